import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { listRoles } from '../../../src/directory/contract.ts';
import type { Permission, Role } from '../../../src/kernel/role.ts';
import { call } from '../api/client.ts';
import { ApiProblem, Unreachable } from '../api/problem.ts';
import { queryKeyOf } from '../api/queries.ts';
import { rolesOf, useMay } from '../api/session.tsx';
import { Banner, Card, Notice, Page } from './page.tsx';
import { strings } from './strings.ts';

/** Why something could not be shown, in the instance's own words where it gave some. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const action = onRetry && (
    <Button variant="default" onClick={onRetry}>
      {strings.retry}
    </Button>
  );
  if (error instanceof Unreachable) return <Notice title={strings.unreachableTitle}>{strings.unreachable}</Notice>;
  if (error instanceof ApiProblem) {
    if (error.status === 404) return <Notice title={strings.missingTitle}>{strings.missing}</Notice>;
    return (
      <Notice title={error.title} action={action}>
        {error.message}
      </Notice>
    );
  }
  return (
    <Notice title={strings.failedTitle} action={action}>
      {strings.unexpected}
    </Notice>
  );
}

/** A record that is not there yet: nothing while it is read, then why it could not be. */
export function Unread({ answer }: { answer: { error: unknown; data: unknown; refetch: () => unknown } }) {
  if (answer.data !== undefined) return null;
  if (answer.error === null)
    return (
      <p className="unseen" role="status">
        {strings.loading}
      </p>
    );
  return (
    <Card>
      <Failure error={answer.error} onRetry={() => void answer.refetch()} />
    </Card>
  );
}

/** The refusal of one action, beside what was pressed. */
export function Refusal({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <Banner tone="bad" title={error instanceof ApiProblem ? error.title : strings.failedTitle}>
      {messageOf(error)}
    </Banner>
  );
}

export function messageOf(error: unknown): string {
  if (error instanceof ApiProblem || error instanceof Unreachable) return error.message;
  return strings.unexpected;
}

/** Shows a screen only to whom its contract permits; everybody else reads which role is missing and who gives it. */
export function Guarded({
  permission,
  title,
  children,
}: {
  permission: Permission;
  title: string;
  children: ReactNode;
}) {
  const may = useMay(permission);
  if (may) return children;
  return (
    <Page title={title}>
      <Card>
        <Forbidden permission={permission} />
      </Card>
    </Page>
  );
}

function Forbidden({ permission }: { permission: Permission }) {
  const known = useQuery({ queryKey: queryKeyOf(listRoles), queryFn: () => call(listRoles) });
  const needed = 'roles' in permission ? permission.roles : [];
  const givers = known.data?.items.find(({ name }) => name === needed[0])?.givenBy ?? [];
  return (
    <Notice title={strings.forbiddenTitle}>
      {strings.forbiddenNeeds(rolesOf(permission))} {givers.length > 0 && strings.forbiddenGrants(whoGives(givers))}
    </Notice>
  );
}

const whoGives = (givers: readonly (readonly Role[])[]): string =>
  givers.map((set) => `someone with ${set.map((name) => `“${name}”`).join(' and ')}`).join(', or ');
