import { csvLine } from '../kernel/index.ts';
import type { IssueView } from './contract.ts';

const columns: readonly (readonly [string, (issue: IssueView) => string])[] = [
  ['Issue', ({ id }) => id],
  ['Summary', ({ summary }) => summary],
  ['Status', ({ status, muted }) => (muted ? `${status}, muted` : status)],
  ['Priority', ({ priority }) => priority],
  ['Category', ({ category }) => category],
  ['Check or known error', ({ check }) => check.id],
  ['Message', ({ message }) => message],
  ['Cause', ({ cause }) => cause],
  ['What to do', ({ remedy }) => remedy],
  ['Who', ({ who }) => who],
  ['Source', ({ source }) => source.label],
  ['Connection', ({ connection }) => connection?.label ?? ''],
  ['Holds up', ({ subjects }) => [...new Set(subjects.map(({ label }) => label))].join(', ')],
  ['Times found', ({ count }) => String(count)],
  ['First detected', ({ firstDetectedAt }) => firstDetectedAt],
  ['Last detected', ({ lastDetectedAt }) => lastDetectedAt],
  ['Resolved', ({ resolvedAt }) => resolvedAt ?? ''],
  ['Assigned to', ({ assignedTo }) => assignedTo?.username ?? ''],
  ['Muted because', ({ mutedReason }) => mutedReason ?? ''],
];

/** The issue log as a spreadsheet (HLT-15): CSV as in RFC 4180. */
export const issueReport = (issues: readonly IssueView[]): string =>
  [columns.map(([title]) => title), ...issues.map((issue) => columns.map(([, cell]) => cell(issue)))]
    .map(csvLine)
    .join('');
