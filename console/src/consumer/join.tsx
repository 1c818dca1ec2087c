import { Button } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { importRegistrationLink } from '../../../src/consumer/contract.ts';
import { call } from '../api/client.ts';
import { forgetFragment, keptFragment } from '../api/fragment.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Facts } from '../shell/detail.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { Banner, Card, Notice, Page } from '../shell/page.tsx';
import { when } from '../shell/strings.ts';
import { type Invitation, readInvitation } from './invitation.ts';
import { strings } from './strings.ts';

export const JOIN_PATH = '/sx/join';

/** Where a registration link leads. Opening it shows who invites and changes nothing; Import does. */
export function Join() {
  const navigate = useNavigate();
  const [fragment] = useState(() => keptFragment(JOIN_PATH));
  const invitation = fragment === null ? null : readInvitation(fragment);
  const leave = async (to: string) => {
    forgetFragment(JOIN_PATH);
    await navigate({ to });
  };
  if (fragment === null || invitation === null)
    return (
      <Page title={strings.joinTitle} width="narrow">
        <Card>
          <Notice
            title={fragment === null ? strings.joinNothing : strings.joinDamaged}
            action={
              <Button component={Link} to="/provider-connections" variant="default">
                {strings.connections}
              </Button>
            }
          >
            {fragment === null ? strings.joinNothingHint : strings.joinDamagedHint}
          </Notice>
        </Card>
      </Page>
    );
  return (
    <Page title={strings.joinTitle} width="narrow">
      <Card title={strings.joinInvites(invitation.provider)}>
        <ImportForm invitation={invitation} fragment={fragment} onLeave={leave} />
      </Card>
    </Page>
  );
}

type ImportProps = { invitation: Invitation; fragment: string; onLeave: (to: string) => Promise<void> };

function ImportForm({ invitation, fragment, onLeave }: ImportProps) {
  const fields = useFields({});
  const [openedAt] = useState(() => new Date());
  const expired = invitation.expiresAt < openedAt;
  const elsewhere = invitation.consumerOrigin !== location.origin;
  const submit = () =>
    fields.send(async () => {
      const { number } = await call(importRegistrationLink, { input: { code: fragment } });
      await onLeave(`/provider-connections/${number}`);
    });
  return (
    <Form fields={fields} onSubmit={submit}>
      {expired && <Banner tone="warn" title={strings.joinExpired} />}
      {elsewhere && <Banner tone="warn" title={strings.joinElsewhere(invitation.consumerOrigin)} />}
      <Facts
        facts={[
          { label: strings.joinOrigin, value: <strong>{invitation.origin}</strong> },
          { label: strings.joinContact, value: invitation.contact },
          { label: strings.joinExpires, value: when(invitation.expiresAt.toISOString()) },
          { label: strings.joinIdentity, value: <code>{invitation.instanceId}</code> },
        ]}
      />
      <p style={{ margin: 0 }}>{strings.joinPromise}</p>
      <p style={{ margin: 0, color: 'var(--dim)' }}>{strings.joinUnverified}</p>
      <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap', justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={() => void onLeave('/provider-connections')}>
          {strings.joinForget}
        </Button>
        <ActButton route={importRegistrationLink} type="submit" loading={fields.busy}>
          {strings.import}
        </ActButton>
      </div>
    </Form>
  );
}
