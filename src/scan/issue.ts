import { type Id, idType } from '../kernel/index.ts';

export type IssueId = Id<'iss'>;
export const issueId = idType('iss');

/** ST-20. A resolved issue stays resolved: a recurrence opens a new one. */
export const issueStatuses = ['open', 'resolved'] as const;
export type IssueStatus = (typeof issueStatuses)[number];
