import { Readable } from 'node:stream';
import { csvColumnsOf, csvLine, csvRouteOf, isList, type Route } from '../../kernel/index.ts';
import type { Call, Endpoint } from './endpoint.ts';

/** The most a list gives at a time. */
const ROWS_AT_A_TIME = 200;

/** A spreadsheet for each list among these endpoints, answered by the list itself, page after page. */
export const listExports = (endpoints: readonly Endpoint[]): Endpoint[] =>
  endpoints.filter(({ route }) => isList(route)).map(exportOf);

const exportOf = (list: Endpoint): Endpoint => ({
  route: csvRouteOf(list.route),
  handle: async (call) => {
    const pages = pagesOf(list, call);
    // A refusal is a problem document and not the beginning of a file: the first page decides.
    const first = await pages.next();
    const name = list.route.path.split('/').at(-1);
    call.reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="${name}.csv"`);
    return Readable.from(linesOf(list.route, first.done === true ? [] : first.value, pages)) as never;
  },
});

async function* linesOf(list: Route, first: readonly unknown[], rest: AsyncIterable<readonly unknown[]>) {
  const columns = csvColumnsOf(list);
  const textOf = (items: readonly unknown[]) =>
    items.map((item) => csvLine(columns.map(({ cell }) => cell(item)))).join('');
  yield csvLine(columns.map(({ title }) => title)) + textOf(first);
  for await (const items of rest) yield textOf(items);
}

type Listed = { readonly items: readonly unknown[]; readonly next?: string | null };

async function* pagesOf(list: Endpoint, call: Call<Route>): AsyncGenerator<readonly unknown[], void> {
  let after: string | undefined;
  do {
    const query = { ...(call.query as object), limit: ROWS_AT_A_TIME, after };
    // Parsed as the list's own answer is: members its contract does not name never leave.
    const page = list.route.output.parse(await list.handle({ ...call, query } as never)) as Listed;
    yield page.items;
    after = page.next ?? undefined;
  } while (after !== undefined);
}
