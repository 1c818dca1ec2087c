import { Anchor } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { readCompany } from '../../../src/directory/contract.ts';
import {
  addRegistrationActivity,
  confirmRegistrationSafetyNumber,
  getRegistration,
  listRegistrationActivity,
  listRegistrations,
  type RegistrationView,
  registrationStates,
} from '../../../src/provider/contract.ts';
import { useLive } from '../api/live.ts';
import { useRead } from '../api/queries.ts';
import { useMay } from '../api/session.tsx';
import { SafetyComparison } from '../link/safety-comparison.tsx';
import { SafetyNumber } from '../link/safety-number.tsx';
import { ValidationCard } from '../link/validation-card.tsx';
import { Activity } from '../shell/activity.tsx';
import { Detail, type Fact } from '../shell/detail.tsx';
import { Guarded, Unread } from '../shell/failure.tsx';
import { Banner, Page } from '../shell/page.tsx';
import { when } from '../shell/strings.ts';
import { AttemptCard } from './attempt-card.tsx';
import { RegistrationActions } from './registration-actions.tsx';
import { RegistrationBadge } from './registration-state.tsx';
import { strings } from './strings.ts';
import { isWebAddress } from './url-field.tsx';

const parent = { to: '/registrations', title: strings.registrations };

/** One registration, followed live from Awaiting Validation to Closed Complete. */
export function RegistrationDetail() {
  const { number } = useParams({ strict: false }) as { number: string };
  const every = useLive(number);
  const answer = useRead(getRegistration, { params: { number } }, { every });
  const registration = answer.data;
  const mayOpen = useMay(readCompany.permission);
  return (
    <Guarded permission={listRegistrations.permission} title={strings.registration}>
      {registration === undefined ? (
        <Page title={number} parent={parent}>
          <Unread answer={answer} />
        </Page>
      ) : (
        <Detail
          number={registration.number}
          parent={parent}
          badge={<RegistrationBadge state={registration.state} />}
          lead={`${registrationStates[registration.state].meaning} ${registrationStates[registration.state].next}`}
          actions={<RegistrationActions registration={registration} />}
          banner={<RegistrationBanner registration={registration} />}
          factsTitle={strings.facts}
          facts={factsOf(registration, mayOpen)}
          activity={
            <Activity number={number} list={listRegistrationActivity} add={addRegistrationActivity} every={every} />
          }
        >
          <AttemptCard registration={registration} />
          {registration.validation && <ValidationCard validation={registration.validation} />}
        </Detail>
      )}
    </Guarded>
  );
}

/** A contact reads names; people of the instance go on to the records behind them. */
function factsOf(registration: RegistrationView, mayOpen: boolean): Fact[] {
  const { company, contact, url, link, instanceId, safetyNumber } = registration;
  return [
    {
      label: strings.company,
      value: mayOpen ? <Link to={`/companies/${company.id}`}>{company.name}</Link> : company.name,
    },
    {
      label: strings.contact,
      value: (
        <>
          {mayOpen ? <Link to={`/contacts/${contact.id}`}>{contact.name}</Link> : contact.name}{' '}
          {contact.email ?? strings.noEmail}
        </>
      ),
    },
    {
      label: strings.url,
      value: isWebAddress(url) ? (
        <Anchor href={url} target="_blank" rel="noreferrer noopener" inherit>
          {url}
        </Anchor>
      ) : (
        url
      ),
    },
    { label: strings.linkState, value: linkWords(link) },
    { label: strings.created, value: when(registration.createdAt) },
    { label: strings.updated, value: when(registration.updatedAt) },
    { label: strings.instanceId, value: instanceId === null ? strings.instanceUnknown : <code>{instanceId}</code> },
    ...(safetyNumber === null
      ? []
      : [
          {
            label: strings.safetyNumber,
            hint: strings.safetyHint,
            wide: true,
            value: mayOpen ? (
              <SafetyComparison
                digits={safetyNumber}
                comparison={registration.safetyComparison}
                confirm={confirmRegistrationSafetyNumber}
                number={registration.number}
              />
            ) : (
              <SafetyNumber digits={safetyNumber} />
            ),
          },
        ]),
  ];
}

function linkWords({ state, expiresAt, generation }: RegistrationView['link']): string {
  if (state === 'none') return strings.linkStates.none;
  const words = state === 'live' && expiresAt !== null ? strings.linkUntil(when(expiresAt)) : strings.linkStates[state];
  return `${words} (${strings.generation(generation)})`;
}

function RegistrationBanner({ registration }: { registration: RegistrationView }) {
  const { state, validation, attempt, connection, number } = registration;
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
  if (state === 'closed-complete' && connection !== null)
    return (
      <Banner tone="good" title={strings.doneTitle}>
        <Link to={`/consumers/${connection}`}>{strings.doneLink(connection)}</Link>
      </Banner>
    );
  if (state === 'open' && attempt?.refusal)
    return (
      <Banner tone="warn" title={`${strings.refused} (${when(attempt.refusal.at)})`}>
        {attempt.refusal.message}
      </Banner>
    );
  if (state === 'open' && attempt?.step === 'aborted' && attempt.reason !== null)
    return (
      <Banner tone="warn" title={strings.attemptEnded}>
        {attempt.reason}
      </Banner>
    );
  return null;
}
