import { useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { changeUser, readUser } from '../../../src/directory/contract.ts';
import type { UserId } from '../../../src/kernel/actor.ts';
import { call } from '../api/client.ts';
import { useRead } from '../api/queries.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Facts } from '../shell/detail.tsx';
import { Confirm } from '../shell/dialog.tsx';
import { Refusal, Unread } from '../shell/failure.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { Card, Page } from '../shell/page.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import { ContactFields, inputOf, valuesOf } from './contact-form.tsx';
import { type Contact, ContactState } from './contacts.tsx';
import { RolesEditor } from './roles-editor.tsx';
import { SignInLinkButton } from './sign-in-link.tsx';
import { strings } from './strings.ts';

/** One person: details, roles, the way in, and the way out. */
export function ContactDetail() {
  const { id } = useParams({ strict: false }) as { id: UserId };
  const client = useQueryClient();
  const answer = useRead(readUser, { params: { id } });
  const [asking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const person = answer.data;
  if (person === undefined)
    return (
      <Page title={strings.contacts}>
        <Unread answer={answer} />
      </Page>
    );
  const turn = async (active: boolean) => {
    await call(changeUser, { params: { id }, input: { active } });
    await client.invalidateQueries();
  };
  return (
    <Page
      title={person.name}
      parent={{ to: '/contacts', title: strings.contacts }}
      badge={<ContactState active={person.active} />}
      actions={
        <>
          <SignInLinkButton id={id} active={person.active} />
          <ActButton
            route={changeUser}
            variant="default"
            onClick={() => (person.active ? setAsking(true) : void turn(true).catch(setRefusal))}
          >
            {person.active ? strings.deactivate : strings.activate}
          </ActButton>
        </>
      }
    >
      <Refusal error={refusal} />
      <Card title={strings.details}>
        <Facts
          facts={[
            {
              label: strings.lastSignIn,
              value: person.lastSignInAt === null ? strings.never : when(person.lastSignInAt),
            },
            { label: strings.created, value: when(person.createdAt) },
          ]}
        />
        <Details key={person.id} person={person} />
      </Card>
      <RolesEditor key={person.roles.join()} person={person} />
      <Confirm
        title={strings.deactivateTitle}
        open={asking}
        onClose={() => setAsking(false)}
        confirm={strings.deactivate}
        danger
        action={() => turn(false)}
      >
        {strings.deactivateBody}
      </Confirm>
    </Page>
  );
}

function Details({ person }: { person: Contact }) {
  const client = useQueryClient();
  const fields = useFields(valuesOf(person));
  const save = async () => {
    const saved = await fields.send(() =>
      call(changeUser, { params: { id: person.id }, input: inputOf(fields.values) }),
    );
    if (saved) await client.invalidateQueries();
  };
  return (
    <div style={{ marginTop: 16 }}>
      <Form fields={fields} onSubmit={save}>
        <div
          style={{ display: 'grid', gap: 16, gridTemplateColumns: 'repeat(auto-fit, minmax(min(280px, 100%), 1fr))' }}
        >
          <ContactFields fields={fields} company={person} />
        </div>
        <div style={{ display: 'flex', justifyContent: 'flex-end' }}>
          <ActButton route={changeUser} type="submit" loading={fields.busy}>
            {shared.save}
          </ActButton>
        </div>
      </Form>
    </div>
  );
}
