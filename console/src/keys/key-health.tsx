import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { readKeyHealth } from '../../../src/keys/contract.ts';
import { ApiProblem } from '../api/problem.ts';
import { useRead } from '../api/queries.ts';
import { Failure } from '../shell/failure.tsx';
import { Banner, Card, Notice, Page } from '../shell/page.tsx';
import { whenExactly } from '../shell/strings.ts';
import { ComponentBadge, componentTones } from './component-badge.tsx';
import css from './keys.module.css';
import { strings } from './strings.ts';
import { Unseal } from './unseal.tsx';

type Health = OutputOf<typeof readKeyHealth>;
type Component = Health['groups'][number]['components'][number];

/** KMF-03: the instance looks at itself every 15 s, and so does the page. */
const EVERY_MS = 15_000;

export function KeyHealth() {
  const answer = useRead(readKeyHealth, {}, { every: EVERY_MS });
  const [rerunning, setRerunning] = useState(false);
  const health = answer.error instanceof ApiProblem ? undefined : answer.data;
  const rerun = async () => {
    setRerunning(true);
    await answer.refetch();
    setRerunning(false);
  };
  const button = health && (
    <Button variant="default" loading={rerunning} onClick={rerun}>
      {strings.rerun}
    </Button>
  );
  return (
    <Page title={strings.health} lead={strings.healthLead} actions={button}>
      {health ? <Report health={health} /> : <Refused error={answer.error} />}
    </Page>
  );
}

function Refused({ error }: { error: unknown }): ReactNode {
  if (error === null) return null;
  return (
    <Card>
      {error instanceof ApiProblem && error.status === 403 ? (
        <Notice title={strings.forbidden}>{error.message}</Notice>
      ) : (
        <Failure error={error} />
      )}
    </Card>
  );
}

function Report({ health }: { health: Health }) {
  return (
    <>
      {health.sealed && (
        <Banner tone="bad" title={strings.sealedTitle}>
          {health.sealedReason}
        </Banner>
      )}
      {health.passphraseWanted !== null && <Unseal wanted={health.passphraseWanted} />}
      <Banner
        tone={health.onboardingReady ? componentTones[health.status] : 'bad'}
        title={strings.overall[health.status]}
      >
        {health.onboardingReady ? strings.ready : strings.notReady} {strings.checkedAt(whenExactly(health.checkedAt))}.
        {health.readOnly && ` ${strings.readOnly}`}
      </Banner>
      {health.groups.map((group) => (
        <Card key={group.name} title={group.label} actions={<ComponentBadge status={group.status} />} flush>
          <ul className={css.components}>
            {group.components.map((component) => (
              <Line key={component.name} component={component} />
            ))}
          </ul>
        </Card>
      ))}
    </>
  );
}

function Line({ component }: { component: Component }) {
  const { label, status, required, cause, remedy, who } = component;
  const told = [
    [strings.cause, cause],
    [strings.remedy, remedy],
    [strings.who, who],
  ].filter(([, text]) => text !== null);
  return (
    <li>
      <div className={css.line}>
        <span>
          {label} <span className={css.dim}>({required ? strings.required : strings.advisory})</span>
        </span>
        <ComponentBadge status={status} />
      </div>
      {told.length > 0 && (
        <dl className={css.told}>
          {told.map(([term, text]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}
