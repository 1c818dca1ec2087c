import type { IssueView } from '../../../src/scan/contract.ts';
import type { Tone } from '../shell/page.tsx';
import { StateBadge } from '../shell/state-badge.tsx';
import { strings } from './strings.ts';

const priorityTones: Record<IssueView['priority'], Tone> = {
  critical: 'bad',
  high: 'bad',
  moderate: 'warn',
  low: 'idle',
};

export const PriorityBadge = ({ priority, meaning }: { priority: IssueView['priority']; meaning: string }) => (
  <StateBadge words={{ label: strings.priorities[priority], meaning }} tone={priorityTones[priority]} />
);

export const IssueBadge = ({ issue: { status, muted } }: { issue: Pick<IssueView, 'status' | 'muted'> }) =>
  status === 'resolved' ? (
    <StateBadge words={strings.statuses.resolved} tone="good" />
  ) : muted ? (
    <StateBadge words={strings.statuses.muted} tone="idle" />
  ) : (
    <StateBadge words={strings.statuses.open} tone="bad" />
  );

/** The screen of a record that an issue names; its label begins with the record's number. */
export function recordAddress({ kind, label }: { kind: string; label: string }): string | null {
  const [number] = /^(REG|PRC)\d+/.exec(label) ?? [];
  if (number === undefined) return null;
  if (kind === 'registration') return `/registrations/${number}`;
  if (kind === 'provider-connection') return `/provider-connections/${number}`;
  return null;
}
