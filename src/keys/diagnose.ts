import type { webcrypto } from 'node:crypto';
import type { Component, ComponentGroup } from './component.ts';
import { OPERATOR, rollUp } from './component.ts';
import { group, judgeComponents } from './components.ts';
import type { Diagnostics } from './keys.ts';
import type { KeysDeps } from './keys-deps.ts';
import { readRows } from './keys-repo.ts';
import { type Opening, openHierarchy } from './open-hierarchy.ts';
import type { Roots } from './root-provider.ts';
import type { Rows } from './rows.ts';
import type { ClockWitness } from './surroundings.ts';
import { NoAnswer, within } from './within.ts';

export type DiagnoseDeps = Pick<
  KeysDeps,
  'db' | 'clock' | 'random' | 'files' | 'rootKeyFile' | 'dataDir' | 'manifestDetails' | 'clockWitnesses'
> & {
  readonly root: Roots;
};

/** `stored`: what was read and opened on the way; null when the key records could not be read or there are none. */
export type Diagnosis = {
  readonly diagnostics: Diagnostics;
  readonly stored: { readonly rows: Rows; readonly opening: Opening } | null;
};

// NOTE two slow parts and the gate's own 60 s: each may take a third, and the components still get their names.
const PART_MS = 20_000;

/**
 * Tries everything now and throws nothing: the key records and the root key are read again, every key is opened anew, so
 * what a cache would hide is seen. `held`: the instance root key in memory, if the instance is not sealed.
 */
export async function diagnose(
  deps: DiagnoseDeps,
  held: webcrypto.CryptoKey | null,
  sealedCause: string | null,
): Promise<Diagnosis> {
  const now = deps.clock.now();
  const done = (groups: ComponentGroup[], stored: Diagnosis['stored']): Diagnosis => ({
    diagnostics: { status: rollUp(groups.map(({ status }) => status)), groups, checkedAt: now },
    stored,
  });
  let rows: Rows | null;
  try {
    rows = await within(readRows(deps.db), PART_MS);
  } catch (error) {
    return done([unreadable(error)], null);
  }
  if (rows === null) return done([notBegun(sealedCause)], null);
  const root = withDeadline(deps.root);
  const opening = await openHierarchy(rows, root, held);
  const volumes = {
    rootKey: deps.dataDir === null ? null : await deps.files.volumeOf(deps.rootKeyFile),
    data: deps.dataDir === null ? null : await deps.files.volumeOf(deps.dataDir),
  };
  const publicUrlSet = (await deps.manifestDetails()) !== null;
  return done(
    await judgeComponents({
      rows,
      opening,
      random: deps.random,
      now,
      volumes,
      free: deps.dataDir === null ? null : await deps.files.freeBytes(deps.dataDir),
      clocks: await clocksOf(deps),
      publicUrlSet,
      rootKey: rootKeyOf(deps.root, rows),
    }),
    {
      rows,
      opening,
    },
  );
}

/** A clock that does not answer says nothing about ours. */
async function clocksOf({ clockWitnesses }: DiagnoseDeps): Promise<readonly ClockWitness[]> {
  if (clockWitnesses === undefined) return [];
  return within(clockWitnesses(), PART_MS).catch(() => []);
}

const rootKeyOf = (root: Roots, { instance }: Rows) => ({
  holder: root.holder(instance.root_key).kind,
  wanted: root.kind,
});

/** A root key on storage that hangs is a root key that does not answer. */
const withDeadline = (root: Roots): Roots => ({
  ...root,
  async unwrap(context, wrapped) {
    try {
      return await within(root.unwrap(context, wrapped), PART_MS);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      const cause = `The root key (${root.describe()}) did not answer within ${PART_MS / 1_000} s.`;
      const remedy = 'Check the storage that holds it.';
      return { ok: false, error: { code: 'unreadable', cause, remedy } };
    }
  },
});

function unreadable(error: unknown): ComponentGroup {
  const cause =
    error instanceof NoAnswer
      ? `The database did not answer within ${PART_MS / 1_000} s.`
      : 'The key records cannot be read from the database.';
  return group('key-records', 'Key records', [
    required('key-records', 'Key records can be read', cause, 'Check the database and its connection.'),
  ]);
}

const notBegun = (cause: string | null): ComponentGroup =>
  group('root-key', 'Root key', [
    required(
      'root-key',
      'Root key',
      cause ?? 'The instance has no keys yet.',
      'Correct the cause; the instance makes its keys by itself within 15 s.',
    ),
  ]);

const required = (name: string, label: string, cause: string, remedy: string): Component => ({
  name,
  label,
  required: true,
  status: 'malfunction',
  cause,
  remedy,
  who: OPERATOR,
});
