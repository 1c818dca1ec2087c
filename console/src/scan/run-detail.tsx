import { Link, useParams } from '@tanstack/react-router';
import { listSuites, type RunView, readRun } from '../../../src/scan/contract.ts';
import { useLive } from '../api/live.ts';
import { useRead } from '../api/queries.ts';
import { Detail, type Step, Steps } from '../shell/detail.tsx';
import { Guarded, Unread } from '../shell/failure.tsx';
import { Card, Page, type Tone } from '../shell/page.tsx';
import { when } from '../shell/strings.ts';
import { recordAddress } from './issue-badges.tsx';
import { RunBadge } from './run-status.tsx';
import { strings } from './strings.ts';

const parent = { to: '/health/suites', title: strings.suites };
type Check = RunView['checks'][number];

/** One run with the result of each check (SCN-07). */
export function RunDetail() {
  const { id } = useParams({ strict: false }) as { id: RunView['id'] };
  const every = useLive(id);
  const answer = useRead(readRun, { params: { id } }, { every });
  const run = answer.data;
  return (
    <Guarded permission={listSuites.permission} title={strings.run}>
      {run === undefined ? (
        <Page title={strings.run} parent={parent}>
          <Unread answer={answer} />
        </Page>
      ) : (
        <Detail
          number={strings.runOf(run.suite, run.subject.label)}
          parent={parent}
          badge={<RunBadge run={run} />}
          lead={run.reason ?? undefined}
          factsTitle={strings.run}
          facts={[
            { label: strings.about, value: <Subject subject={run.subject} /> },
            { label: strings.sideField, value: strings.sides[run.side] },
            { label: strings.requested, value: when(run.requestedAt) },
            { label: strings.started, value: when(run.startedAt) },
            { label: strings.finished, value: when(run.finishedAt) },
          ]}
        >
          <Card title={strings.checks}>
            <Steps label={strings.checks} steps={run.checks.map(stepOf)} />
          </Card>
        </Detail>
      )}
    </Guarded>
  );
}

function Subject({ subject }: Pick<RunView, 'subject'>) {
  const to = recordAddress(subject);
  return to === null ? subject.label : <Link to={to}>{subject.label}</Link>;
}

const tones: Record<Check['status'], Tone> = {
  waiting: 'idle',
  passed: 'good',
  failed: 'bad',
  errored: 'bad',
  'timed-out': 'bad',
};

const stepOf = ({ id, name, status, durationMs, findings }: Check): Step => ({
  key: id,
  title: `${id} ${name}`,
  tone: tones[status],
  state:
    status === 'waiting' ? strings.checkStates.waiting : strings.checkTook(strings.checkStates[status], durationMs),
  body: findings.length > 0 && (
    <ul style={{ margin: 0, paddingInlineStart: 18 }}>
      {findings.map(({ message, source }) => (
        <li key={source.kind + source.id}>{message}</li>
      ))}
    </ul>
  ),
});
