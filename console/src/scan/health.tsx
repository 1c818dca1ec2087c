import { Button, Select } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { HEALTH_RECORD, type IssueView, listIssues, priorities, reportIssues } from '../../../src/scan/contract.ts';
import { useLive } from '../api/live.ts';
import { Guarded } from '../shell/failure.tsx';
import { Banner, Page } from '../shell/page.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import { RowLink, Table } from '../shell/table.tsx';
import { useAddress } from '../shell/use-address.ts';
import { HealthTabs } from './health-tabs.tsx';
import { IssueBadge, PriorityBadge } from './issue-badges.tsx';
import { strings } from './strings.ts';
import { Summary } from './summary.tsx';
import { ValidateButton } from './validate-button.tsx';

const names = ['search', 'subject', 'priority', 'category', 'status', 'muted', 'mine'] as const;
/** Those of checks and of known errors. */
const categories = [
  'Configuration',
  'Connection',
  'Engine',
  'Installation',
  'Keys',
  'Network',
  'Onboarding',
  'Transport',
  'Unknown',
];
const choices = (words: Record<string, string>) => Object.entries(words).map(([value, label]) => ({ value, label }));

/** Open issues, the gravest first; narrowed to one record when its banner led here. */
export function Health() {
  const { values, set, clear } = useAddress(names);
  const every = useLive(HEALTH_RECORD);
  const { subject } = values;
  return (
    <Guarded permission={listIssues.permission} title={strings.health}>
      <Page
        title={strings.health}
        lead={strings.healthLead}
        width="wide"
        actions={
          <Button component="a" href={reportAddress(values)} download variant="default" title={strings.reportHint}>
            {strings.report}
          </Button>
        }
      >
        <HealthTabs />
        {subject === undefined ? (
          <Summary every={every} />
        ) : (
          <Narrowed subject={subject} onAll={() => set({ subject: '' })} />
        )}
        <Table<IssueView>
          caption={strings.issues}
          route={listIssues}
          query={values}
          every={every}
          onSearch={(search) => set({ search })}
          onClear={clear}
          filters={<Filters values={values} set={set} />}
          keyOf={({ id }) => id}
          empty={{ title: strings.noIssues, hint: strings.noIssuesHint }}
          {...(subject !== undefined && {
            unmatched: {
              title: strings.goneTitle(subject),
              hint: strings.goneHint,
              action: <RecordLink subject={subject} />,
            },
          })}
          columns={[
            {
              title: strings.summary,
              broad: true,
              cell: (issue) => (
                <>
                  <RowLink to={`/health/issues/${issue.id}`}>{issue.summary}</RowLink>
                  <div style={{ color: 'var(--dim)' }}>{issue.message}</div>
                </>
              ),
            },
            {
              title: strings.priority,
              sort: 'priority',
              cell: ({ priority, category }) => <PriorityBadge priority={priority} meaning={category} />,
              width: '120px',
            },
            { title: strings.statusField, cell: (issue) => <IssueBadge issue={issue} />, width: '110px' },
            { title: strings.recordOrConnection, cell: labels },
            { title: strings.category, sort: 'category', cell: ({ category }) => category, width: '120px' },
            {
              title: strings.assigned,
              cell: ({ assignedTo }) => assignedTo?.username ?? strings.nobody,
              width: '120px',
            },
            {
              title: strings.detected,
              sort: 'lastDetectedAt',
              cell: ({ lastDetectedAt }) => when(lastDetectedAt),
              width: '160px',
            },
            {
              title: strings.validate,
              free: true,
              cell: (issue) => <ValidateButton issue={issue} size="xs" variant="default" />,
              width: '160px',
            },
          ]}
        />
      </Page>
    </Guarded>
  );
}

const SHOWN = 2;

/** What it holds up; for an error, where it happened. */
function labels({ subjects, connection, origin, source }: IssueView): string {
  if (origin === 'error') return connection?.label ?? source.label;
  const all = [...new Set(subjects.map(({ label }) => label))];
  const more = all.length > SHOWN ? [strings.more(all.length - SHOWN)] : [];
  return [...all.slice(0, SHOWN), ...more].join(', ') || shared.none;
}

function Narrowed({ subject, onAll }: { subject: string; onAll: () => void }) {
  return (
    <Banner tone="busy" title={strings.onlyFor(subject)}>
      <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap', marginTop: 8 }}>
        <RecordLink subject={subject} />
        <Button variant="default" onClick={onAll}>
          {strings.showAll}
        </Button>
      </div>
    </Banner>
  );
}

/** A record's number tells its kind. */
const RecordLink = ({ subject }: { subject: string }) =>
  /^(REG|PRC)\d+$/.test(subject) ? (
    <Button
      component={Link}
      variant="default"
      to={`${subject.startsWith('REG') ? '/registrations' : '/provider-connections'}/${subject}`}
    >
      {strings.backToRecord(subject)}
    </Button>
  ) : null;

type FiltersProps = Pick<ReturnType<typeof useAddress<(typeof names)[number]>>, 'values' | 'set'>;

function Filters({ values, set }: FiltersProps) {
  return (
    <>
      <Select
        aria-label={strings.priority}
        placeholder={strings.anyPriority}
        data={priorities.map((value) => ({ value, label: strings.priorities[value] }))}
        value={values.priority ?? null}
        onChange={(priority) => set({ priority: priority ?? '' })}
        clearable
        clearButtonProps={{ 'aria-label': shared.clear }}
      />
      <Select
        aria-label={strings.category}
        placeholder={strings.anyCategory}
        data={categories}
        value={values.category ?? null}
        onChange={(category) => set({ category: category ?? '' })}
        clearable
        clearButtonProps={{ 'aria-label': shared.clear }}
      />
      <Select
        aria-label={strings.mineField}
        placeholder={strings.anybody}
        data={choices(strings.mineChoices)}
        value={values.mine ?? null}
        onChange={(mine) => set({ mine: mine ?? '' })}
        clearable
        clearButtonProps={{ 'aria-label': shared.clear }}
      />
      <Select
        aria-label={strings.statusField}
        data={choices(strings.statusChoices)}
        value={values.status ?? 'open'}
        onChange={(status) => set({ status: status === 'open' ? '' : (status ?? '') })}
        allowDeselect={false}
      />
      <Select
        aria-label={strings.mutedField}
        data={choices(strings.mutedChoices)}
        value={values.muted ?? 'hide'}
        onChange={(muted) => set({ muted: muted === 'hide' ? '' : (muted ?? '') })}
        allowDeselect={false}
      />
    </>
  );
}

function reportAddress(values: Record<string, string | undefined>): string {
  const asked = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${reportIssues.path}?${new URLSearchParams(asked)}`;
}
