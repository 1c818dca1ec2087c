import { Checkbox, Select } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { cancelRun, HEALTH_RECORD, listRuns, listSuites, runSuite } from '../../../src/scan/contract.ts';
import { call } from '../api/client.ts';
import { useLive } from '../api/live.ts';
import { useRead } from '../api/queries.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Guarded, Refusal } from '../shell/failure.tsx';
import { Banner, Card, Page } from '../shell/page.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import { RowLink, Table } from '../shell/table.tsx';
import { HealthTabs } from './health-tabs.tsx';
import { RunBadge, type RunSummary } from './run-status.tsx';
import css from './scan.module.css';
import { strings } from './strings.ts';

type Suite = OutputOf<typeof listSuites>['items'][number];
type Side = RunSummary['side'];

const sideChoices = Object.entries(strings.sides).map(([value, label]) => ({ value, label }));
/** Runs of people take seconds; the list keeps up while one goes on. */
const RUNNING_MS = 1_000;

/** Suites to tick and execute, and what came of the latest runs (SUI-07, SUI-08). */
export function Suites() {
  const client = useQueryClient();
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const [side, setSide] = useState<Side>('provider');
  const [started, setStarted] = useState<readonly string[]>([]);
  const [refusal, setRefusal] = useState<unknown>(null);
  const every = useLive(HEALTH_RECORD);
  const execute = async () => {
    setRefusal(null);
    try {
      const runs = await Promise.all(ticked.map((name) => call(runSuite, { params: { name }, input: { side } })));
      setStarted(runs.map(({ id }) => id));
    } catch (error) {
      setRefusal(error);
    }
    await client.invalidateQueries();
  };
  const tick = (name: string, on: boolean) =>
    setTicked((before) => [...before.filter((other) => other !== name), ...(on ? [name] : [])]);
  return (
    <Guarded permission={listSuites.permission} title={strings.suites}>
      <Page
        title={strings.health}
        lead={strings.suitesLead}
        width="wide"
        actions={
          <>
            <Select
              aria-label={strings.sideField}
              data={sideChoices}
              value={side}
              onChange={(value) => setSide(value as Side)}
              allowDeselect={false}
            />
            <ActButton route={runSuite} hindrance={ticked.length === 0 ? strings.tickFirst : null} onClick={execute}>
              {strings.execute}
            </ActButton>
          </>
        }
      >
        <HealthTabs />
        <Refusal error={refusal} />
        <Result started={started} />
        <Table<Suite>
          caption={strings.suites}
          route={listSuites}
          every={every}
          keyOf={({ name }) => name}
          empty={{ title: strings.noSuites, hint: strings.noSuitesHint }}
          columns={[
            {
              title: strings.tick,
              cell: ({ name, title }) => (
                <Checkbox
                  aria-label={strings.tickSuite(title)}
                  checked={ticked.includes(name)}
                  onChange={(event) => tick(name, event.currentTarget.checked)}
                />
              ),
              width: '70px',
            },
            { title: strings.suite, broad: true, cell: (suite) => <SuiteCell suite={suite} /> },
            {
              title: strings.schedule,
              cell: ({ daily }) => (daily ? strings.daily : strings.onDemand),
              width: '120px',
            },
            {
              title: strings.lastRun,
              cell: ({ lastRun }) => (lastRun === null ? strings.neverRun : <RunBadge run={lastRun} />),
              width: '140px',
            },
            { title: strings.lastRunAt, cell: ({ lastRun }) => when(lastRun?.requestedAt ?? null), width: '170px' },
          ]}
        />
        <LatestRuns />
      </Page>
    </Guarded>
  );
}

function SuiteCell({ suite: { title, checks, children } }: { suite: Suite }) {
  return (
    <details>
      <summary>
        <strong>{title}</strong> {strings.checkCount(checks.length)}
        {children.length > 0 && ` ${strings.includes(children.length)}`}
      </summary>
      <ul className={css.checks}>
        {checks.map(({ id, name, category, priority }) => (
          <li key={id}>
            <strong>{id}</strong> {name} ({category}, {strings.priorities[priority]})
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What came of the suites just executed: nothing, or how many findings and the way to them. */
function Result({ started }: { started: readonly string[] }) {
  const runs = useRead(
    listRuns,
    { query: { subject: 'instance' } },
    { enabled: started.length > 0, every: RUNNING_MS },
  );
  const mine = runs.data?.items.filter(({ id }) => started.includes(id)) ?? [];
  if (started.length === 0 || mine.length === 0) return null;
  if (mine.some(({ status }) => status === 'queued' || status === 'running'))
    return <Banner tone="busy" title={strings.executing} />;
  const findings = mine.reduce((sum, run) => sum + run.findings, 0);
  const unfinished = mine.filter(({ status }) => status !== 'complete');
  if (findings === 0 && unfinished.length === 0) return <Banner tone="good" title={strings.foundNothing} />;
  return (
    <Banner tone="bad" title={findings > 0 ? strings.found(findings) : strings.notFinished}>
      <Link to="/health">{strings.goToIssues}</Link>
    </Banner>
  );
}

function LatestRuns() {
  const client = useQueryClient();
  const [refusal, setRefusal] = useState<unknown>(null);
  const stop = (id: RunSummary['id']) => {
    setRefusal(null);
    void call(cancelRun, { params: { id } }).then(() => client.invalidateQueries(), setRefusal);
  };
  return (
    <Card title={strings.runs} flush>
      <Refusal error={refusal} />
      <Table<RunSummary>
        caption={strings.runs}
        route={listRuns}
        every={5 * RUNNING_MS}
        bare
        keyOf={({ id }) => id}
        empty={{ title: strings.noRuns, hint: strings.noRunsHint }}
        columns={[
          {
            title: strings.requested,
            cell: ({ id, requestedAt }) => <RowLink to={`/health/runs/${id}`}>{when(requestedAt)}</RowLink>,
            width: '170px',
          },
          { title: strings.suite, cell: ({ suite }) => suite },
          { title: strings.about, cell: ({ subject }) => subject.label },
          { title: strings.statusField, cell: (run) => <RunBadge run={run} />, width: '130px' },
          { title: strings.findings, cell: ({ findings }) => findings, width: '100px' },
          { title: strings.took, cell: ({ durationMs }) => duration(durationMs), width: '100px' },
          {
            title: strings.cancelRun,
            cell: ({ id, status, subject }) =>
              subject.kind === 'instance' && (status === 'queued' || status === 'running') ? (
                <ActButton route={cancelRun} size="xs" variant="default" onClick={() => stop(id)}>
                  {strings.cancelRun}
                </ActButton>
              ) : null,
            width: '120px',
          },
        ]}
      />
    </Card>
  );
}

const duration = (milliseconds: number | null): string =>
  milliseconds === null ? shared.none : strings.seconds(milliseconds / 1_000);
