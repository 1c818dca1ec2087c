import { Problem } from '../kernel/index.ts';

export class SuiteNotFound extends Problem {
  override readonly name = 'SuiteNotFound';
  readonly slug = 'scan/suite-not-found';
  readonly title = 'No such suite';
  readonly status = 404;
}

export class RunNotFound extends Problem {
  override readonly name = 'RunNotFound';
  readonly slug = 'scan/run-not-found';
  readonly title = 'No such run';
  readonly status = 404;
}

/** It can only be cancelled together with the record that waits for it. */
export class RunOfRecord extends Problem {
  override readonly name = 'RunOfRecord';
  readonly slug = 'scan/run-of-record';
  readonly title = 'A record waits for this run';
  readonly status = 409;
}

export class RunEnded extends Problem {
  override readonly name = 'RunEnded';
  readonly slug = 'scan/run-ended';
  readonly title = 'The run has ended';
  readonly status = 409;
}

export class IssueNotFound extends Problem {
  override readonly name = 'IssueNotFound';
  readonly slug = 'scan/issue-not-found';
  readonly title = 'No such issue';
  readonly status = 404;
}

export class IssueResolved extends Problem {
  override readonly name = 'IssueResolved';
  readonly slug = 'scan/issue-resolved';
  readonly title = 'The issue is resolved';
  readonly status = 409;
}

export class CheckNotFound extends Problem {
  override readonly name = 'CheckNotFound';
  readonly slug = 'scan/check-not-found';
  readonly title = 'The check of this issue is gone';
  readonly status = 409;
}

export class AssigneeNotFound extends Problem {
  override readonly name = 'AssigneeNotFound';
  readonly slug = 'scan/assignee-not-found';
  readonly title = 'No such person';
  readonly status = 422;
}
