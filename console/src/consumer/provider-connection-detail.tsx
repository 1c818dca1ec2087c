import { Link, useParams } from '@tanstack/react-router';
import {
  addProviderConnectionActivity,
  confirmProviderConnectionSafetyNumber,
  getProviderConnection,
  listProviderConnectionActivity,
  type ProviderConnectionView,
  providerConnectionStates,
} from '../../../src/consumer/contract.ts';
import { useLive } from '../api/live.ts';
import { useRead } from '../api/queries.ts';
import { ConnectionCard } from '../link/connection-card.tsx';
import { SafetyComparison } from '../link/safety-comparison.tsx';
import { ValidationCard } from '../link/validation-card.tsx';
import { Activity } from '../shell/activity.tsx';
import { Detail, type Fact } from '../shell/detail.tsx';
import { Guarded, Unread } from '../shell/failure.tsx';
import { Banner, Page } from '../shell/page.tsx';
import { when } from '../shell/strings.ts';
import { AttemptCard } from './attempt-card.tsx';
import { ProviderConnectionActions } from './provider-connection-actions.tsx';
import { ProviderConnectionBadge } from './provider-connection-state.tsx';
import { strings } from './strings.ts';
import { WizardCard } from './wizard-card.tsx';

const parent = { to: '/provider-connections', title: strings.connections };

/** One provider connection, from the imported invitation to Onboarded; it goes on where it was left. */
export function ProviderConnectionDetail() {
  const { number } = useParams({ strict: false }) as { number: string };
  const every = useLive(number);
  const answer = useRead(getProviderConnection, { params: { number } }, { every });
  const connection = answer.data;
  return (
    <Guarded permission={getProviderConnection.permission} title={strings.connections}>
      {connection === undefined ? (
        <Page title={number} parent={parent}>
          <Unread answer={answer} />
        </Page>
      ) : (
        <Detail
          number={connection.number}
          parent={parent}
          badge={<ProviderConnectionBadge state={connection.state} />}
          lead={`${providerConnectionStates[connection.state].meaning} ${providerConnectionStates[connection.state].next}`}
          actions={<ProviderConnectionActions connection={connection} />}
          banner={<ConnectionBanner connection={connection} />}
          first={<WizardCard connection={connection} />}
          factsTitle={strings.record}
          facts={factsOf(connection)}
          activity={
            <Activity
              number={number}
              list={listProviderConnectionActivity}
              add={addProviderConnectionActivity}
              every={every}
            />
          }
        >
          <AttemptCard connection={connection} />
          {connection.validation && connection.state !== 'onboarded' && (
            <ValidationCard validation={connection.validation} />
          )}
          {connection.connection && <ConnectionCard connection={connection.connection} />}
        </Detail>
      )}
    </Guarded>
  );
}

const factsOf = ({
  provider,
  company,
  contact,
  linkExpiresAt,
  safetyNumber,
  ...rest
}: ProviderConnectionView): Fact[] => [
  { label: strings.invitedBy, value: <strong>{provider.name}</strong> },
  { label: strings.origin, value: provider.origin },
  { label: strings.company, value: company && <Link to={`/companies/${company.id}`}>{company.name}</Link> },
  { label: strings.contact, value: contact },
  { label: strings.firstSeen, value: when(provider.firstSeenAt) },
  ...(rest.state === 'onboarded' ? [] : [{ label: strings.linkUntil, value: when(linkExpiresAt) }]),
  { label: strings.instanceId, value: <code>{provider.instanceId}</code> },
  {
    label: strings.safetyNumber,
    hint: strings.safetyHint,
    wide: true,
    value: (
      <SafetyComparison
        digits={safetyNumber}
        comparison={rest.safetyComparison}
        confirm={confirmProviderConnectionSafetyNumber}
        number={rest.number}
      />
    ),
  },
];

function ConnectionBanner({
  connection: { state, validation, attempt, number },
}: {
  connection: ProviderConnectionView;
}) {
  if (state === 'validation-failed') {
    const failed = validation?.checks.filter(({ outcome }) => outcome === 'failed').length ?? 0;
    return (
      <Banner tone="bad" title={strings.bannerTitle(Math.max(failed, 1))}>
        {strings.bannerBody}{' '}
        <Link to="/health" search={{ subject: number } as never}>
          {strings.bannerLink}
        </Link>
        .
      </Banner>
    );
  }
  if (state === 'onboarded') return <Banner tone="good" title={strings.doneTitle} />;
  if (attempt?.step === 'aborted')
    return (
      <Banner tone="warn" title={strings.attemptEnded}>
        {attempt.reason}
      </Banner>
    );
  return null;
}
