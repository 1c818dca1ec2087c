import type { TestInstance } from './instances.ts';

/** Rooms whose tables a refused message must leave as they were. Records of proofs seen, and of the audit, may grow. */
const ROOMS = ['provider', 'consumer', 'link', 'access'];
const MAY_GROW = new Set(['access.proof_seen']);

/** When a peer was last seen: a look at its identity is allowed to leave that. */
const BUT_FOR = "- 'seen_at' - 'skew_ms'";

/** Every table as `rows checksum`: compare before and after to prove that nothing was stored, changed or deleted. */
export async function stored(at: TestInstance, rooms: readonly string[] = ROOMS): Promise<Record<string, string>> {
  const { open } = at.instance;
  const { rows } = await open.executeSql(
    `select table_schema || '.' || table_name as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema = any($1) order by 1`,
    [rooms],
  );
  const names = (rows as { name: string }[]).map(({ name }) => name).filter((name) => !MAY_GROW.has(name));
  const contents: Record<string, string> = {};
  for (const name of names) {
    const found = await open.executeSql(
      `select count(*) || ' ' || coalesce(md5(string_agg(row::text, ',' order by row::text)), '') as content
       from (select to_jsonb(line) ${BUT_FOR} as row from ${name} line) rows`,
    );
    contents[name] = (found.rows as { content: string }[])[0]?.content ?? '';
  }
  return contents;
}

/** Everything in the database as text: every row of every table of every schema, the job queue's included. */
export async function everythingStored(at: TestInstance): Promise<string> {
  const { open } = at.instance;
  const { rows } = await open.executeSql(
    `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const texts: string[] = [];
  for (const { name } of rows as { name: string }[]) {
    const found = await open.executeSql(`select line::text as text from ${name} line`);
    texts.push(name, ...(found.rows as { text: string }[]).map(({ text }) => text));
  }
  return texts.join('\n');
}
