import { isAbsolute, relative, resolve, sep } from 'node:path';
import { KEY_STORE } from './change-store.ts';
import { componentMetrics } from './component-metrics.ts';
import { judgeGate } from './gate.ts';
import { keyKeeper } from './key-keeper.ts';
import { keyRing } from './key-ring.ts';
import type { Keys } from './keys.ts';
import type { KeysDeps } from './keys-deps.ts';
import { readRows } from './keys-repo.ts';
import { keyManagement } from './manage-keys.ts';
import { requireGate } from './require-gate.ts';
import { rootsOf } from './roots-of.ts';
import { advanceRotations } from './rotate-in-order.ts';
import { within } from './within.ts';

export const LIGHT_CHECK_MS = 15_000;
/** A gate without an answer by then is closed (protocol.md B.4). */
const GATE_MS = 60_000;

/** The program must not start: the root key lies where its thief finds it. */
export class RootKeyUnsafe extends Error {
  override readonly name = 'RootKeyUnsafe';
}

/**
 * Opens the keys of this instance, making them at the first start. Resolves sealed, not rejected, when the root key is
 * missing or does not open. Rejects with RootKeyUnsafe when the file may be read by others or lies inside the data directory.
 */
export async function createKeys(deps: KeysDeps): Promise<Keys> {
  await refuseUnsafePlace(deps);
  const roots = rootsOf(deps);
  const keeper = keyKeeper(deps, roots);
  await keeper.lightCheck();
  if (deps.metrics !== undefined) componentMetrics(deps.metrics, keeper.latest);
  const unsubscribe = deps.changes?.subscribe((record) => {
    if (record === KEY_STORE)
      keeper.reload().catch((error) => deps.log.error({ err: error }, 'keys could not be read again'));
  });
  const gate = (signal?: AbortSignal) => judgeGate(within(keeper.diagnostics(), GATE_MS, signal));
  let timer: NodeJS.Timeout | undefined;
  return {
    as: (subject) => keyRing({ ...deps, trace: keeper.trace, vault: keeper.vault }, subject),
    identity: () => keeper.vault().identity,
    sealed: () => keeper.sealedReason() !== null,
    sealedReason: keeper.sealedReason,
    diagnostics: keeper.diagnostics,
    gate,
    requireHealthy: async () => requireGate(await gate()),
    onRecovered: keeper.onRecovered,
    onChanged: keeper.onChanged,
    refreshManifest: keeper.refresh,
    lightCheck: keeper.lightCheck,
    start() {
      timer ??= setInterval(() => {
        keeper.lightCheck().catch((error) => deps.log.error({ err: error }, 'the check of the keys failed'));
      }, LIGHT_CHECK_MS);
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      unsubscribe?.();
      await keeper.settled();
    },
    advanceRotations: async () => {
      const rows = keeper.sealedReason() === null ? await readRows(deps.db) : null;
      if (rows !== null) await advanceRotations({ ...deps, change: keeper.change }, rows.keyVersions);
    },
    manage: keyManagement({ ...deps, ...keeper, roots }),
  };
}

async function refuseUnsafePlace({ rootKeyFile, dataDir, files }: KeysDeps): Promise<void> {
  const inside = dataDir === null ? '..' : relative(resolve(dataDir), resolve(rootKeyFile));
  if (inside.split(sep)[0] !== '..' && !isAbsolute(inside))
    throw new RootKeyUnsafe(
      `The root key file ${rootKeyFile} is inside the data directory ${dataDir}, so a copy of the data would hold its own key. ` +
        'Nothing was started. Set LIAISE_ROOT_KEY_FILE to a place outside it.',
    );
  const read = await files.read(rootKeyFile);
  if (read.ok) read.value.fill(0);
  else if (read.error.code === 'too-open')
    throw new RootKeyUnsafe(`${read.error.message} Nothing was started. Find out who could have read it.`);
}
