/** What the router opens; one chunk of code for the room. */
export { ErrorLog } from './error-log.tsx';
export { Health } from './health.tsx';
export { IssueDetail } from './issue-detail.tsx';
export { RunDetail } from './run-detail.tsx';
export { Suites } from './suites.tsx';
