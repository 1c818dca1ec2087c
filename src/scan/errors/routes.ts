import type { Page } from '../../kernel/index.ts';
import type { Db } from '../../platform/db/index.ts';
import { type Endpoint, endpoint } from '../../platform/http/index.ts';
import type { issueId } from '../issue.ts';
import * as contract from './contract.ts';
import { type ErrorRow, pageOfErrors } from './error-repo.ts';
import { knownError, knownErrors } from './known-errors.ts';

export const errorEndpoints = ({ db }: { readonly db: Db }): Endpoint[] => [
  endpoint(contract.listErrors, async ({ query }): Promise<Page<contract.ErrorView>> => {
    const page = await pageOfErrors(db, query);
    return { ...page, items: page.items.map(present) };
  }),
  endpoint(contract.listKnownErrors, async () => ({
    items: Object.keys(knownErrors).map((code) => {
      const { name, category, priority, cause, solution, who } = knownError(code);
      return { code, name, category, priority, cause, solution, who };
    }),
  })),
];

function present(row: ErrorRow): contract.ErrorView {
  const { name, cause, solution } = knownError(row.code);
  return {
    number: row.number,
    code: row.code,
    knownError: name,
    text: row.text,
    cause,
    solution,
    side: row.side,
    source: { kind: row.source_kind, id: row.source_id, label: row.source_label },
    connection: row.connection_id === '' ? null : { id: row.connection_id, label: row.connection_label },
    times: row.times,
    createdAt: row.created_at.toISOString(),
    lastAt: row.last_at.toISOString(),
    issue: row.issue_id as ReturnType<typeof issueId.create> | null,
  };
}
