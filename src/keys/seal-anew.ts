import type { Random } from '../kernel/index.ts';
import type { Db, Tx } from '../platform/db/index.ts';
import type { Draft } from './change-store.ts';
import { importKey } from './key-material.ts';
import type { KeysDeps } from './keys-deps.ts';
import { type ModuleName, specOf } from './module.ts';
import { KeyActionRefused } from './problems.ts';
import type { KeyVersionRow } from './rows.ts';
import type { SealedColumn } from './sealed-column-repo.ts';
import { openValue, parseSealed, type SealingKey, sealedPrefix, sealValue } from './sealed-value.ts';
import { keyContext } from './vault.ts';
import { unwrap } from './wrap.ts';

type Deps = Pick<KeysDeps, 'random' | 'sealedColumns'>;

export type Resealed = {
  readonly done: number;
  /** Values that do not open even with their own key: altered before, and left as they are. */
  readonly broken: number;
};

const BATCH = 200;

/** The columns with values of a module; none for modules that sign or hash. */
const columnsOf = ({ sealedColumns }: Pick<KeysDeps, 'sealedColumns'>, module: ModuleName) =>
  specOf(module).purpose === 'encrypt' ? sealedColumns[module as keyof KeysDeps['sealedColumns']] : [];

/** How many stored values only this version opens. */
export async function liveValues(
  deps: Pick<KeysDeps, 'sealedColumns'>,
  db: Db,
  key: Pick<KeyVersionRow, 'module' | 'version'>,
): Promise<number> {
  let values = 0;
  for (const column of columnsOf(deps, key.module as ModuleName))
    values += await column.count(db, sealedPrefix(key.version));
  return values;
}

/** Seals at most `limit` values of one version anew under another one; with fewer done, nothing that opens is left. */
export async function sealAnew(
  deps: Deps,
  draft: Draft,
  versions: { from: KeyVersionRow; to: KeyVersionRow },
  limit: number,
): Promise<Resealed> {
  const [from, to] = [await sealingKey(draft, versions.from), await sealingKey(draft, versions.to)];
  let [done, broken] = [0, 0];
  for (const column of columnsOf(deps, from.module)) {
    const moved = await sealColumn(deps.random, draft.tx, column, { from, to }, limit - done);
    done += moved.done;
    broken += moved.broken;
  }
  return { done, broken };
}

async function sealColumn(
  random: Random,
  tx: Tx,
  column: SealedColumn,
  { from, to }: { from: SealingKey; to: SealingKey },
  limit: number,
): Promise<Resealed> {
  const failed = new Set<string>();
  for (let done = 0; ; ) {
    const batch = Math.min(BATCH, limit - done);
    const values = batch > 0 ? await column.some(tx, sealedPrefix(from.version), batch + failed.size) : [];
    const untried = values.filter(({ sealed }) => !failed.has(sealed));
    if (untried.length === 0) return { done, broken: failed.size };
    for (const { sealed, context } of untried) {
      const bytes = parseSealed(sealed)?.bytes;
      const plain = bytes === undefined ? null : await openValue(from, context, bytes);
      if (plain === null) {
        failed.add(sealed);
        continue;
      }
      if (await column.replace(tx, sealed, await sealValue(to, context, plain, random))) done += 1;
      plain.fill(0);
    }
  }
}

async function sealingKey(draft: Draft, row: KeyVersionRow): Promise<SealingKey> {
  const module = row.module as ModuleName;
  const classKey = draft.classKeys.get(row.class);
  const opened =
    classKey && row.wrapped !== null
      ? await unwrap(classKey, keyContext(draft.instance, module, row.version), row.wrapped)
      : undefined;
  if (!opened?.ok)
    throw new KeyActionRefused(
      `${module} version ${row.version} does not open, so what it sealed cannot be sealed anew. Nothing was changed. See ` +
        'Key Management > Health.',
    );
  const secret = await importKey('A256GCM', opened.value);
  return { instance: draft.instance, module, version: row.version, secret };
}
