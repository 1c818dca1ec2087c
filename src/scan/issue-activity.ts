import { type Id, idType } from '../kernel/index.ts';

export type IssueActivityId = Id<'isa'>;
export const issueActivityId = idType('isa');

/** Comments are said to somebody, work notes say what was done; both are read by whoever reads issues. */
export const issueActivityKinds = ['comment', 'workNote'] as const;
export type IssueActivityKind = (typeof issueActivityKinds)[number];
