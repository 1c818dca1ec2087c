import { type Actor, system } from '../kernel/index.ts';
import { type ActDeps, actOnKey, destroyKey, generateKey } from './act-on-key.ts';
import type { Draft } from './change-store.ts';
import { keyEvents } from './key-events.ts';
import { neededUntil } from './key-life.ts';
import type { ManagementDeps } from './manage-keys.ts';
import { isModule, type ModuleName, moduleNames, specOf } from './module.ts';
import { KeyActionRefused } from './problems.ts';
import { isDue, isSeenByPeers, mayPromote, rotationId } from './rotation.ts';
import { rotationMachine } from './rotation-phase.ts';
import {
  countResealed,
  insertRotation,
  lockRotation,
  type Rotation,
  rotationsIn,
  updateRotation,
  waitingRotation,
} from './rotation-repo.ts';
import type { KeyVersionRow } from './rows.ts';
import { liveValues, sealAnew } from './seal-anew.ts';

export type RotationDeps = ManagementDeps & {
  /** Whether every connected peer has this manifest or a later one; absent or null while nobody can tell. */
  readonly peersHaveSeen?: (manifestSeq: number) => Promise<boolean | null>;
};

const SELF = system('keys');
const SCHEDULED = 'rotated as scheduled';
const RESEALED_AT_ONCE = 500;

/**
 * Publishes a successor of the active key. Where peers see keys it waits for them; elsewhere it takes over in the same
 * transaction.
 */
export async function beginRotation(
  deps: ActDeps,
  draft: Draft,
  actor: Actor,
  { module, reason }: { module: ModuleName; reason: string },
): Promise<Rotation> {
  const from = draft.keyVersions.find((row) => row.module === module && row.state === 'active');
  if (from === undefined)
    throw new KeyActionRefused(`${module} has no active key to rotate. Nothing was changed. Resume or generate one.`);
  if ((await waitingRotation(draft.tx, module)) !== undefined)
    throw new KeyActionRefused(
      `A rotation of ${module} is under way already: its successor waits until peers have seen it. Nothing was changed. ` +
        'Rotate the active version itself if it must be replaced this minute.',
    );
  const to = await generateKey(deps, draft, actor, module, reason);
  const waits = isSeenByPeers(module);
  const rotation: Rotation = {
    id: rotationId.create(deps.random),
    module,
    from_version: from.version,
    to_version: to.version,
    phase: 'observing',
    manifest_seq: waits ? draft.instanceRow.manifest_seq + 1 : null,
    resealed: 0,
    reason,
    started_at: draft.now,
    promoted_at: null,
    ended_at: null,
  };
  await insertRotation(draft.tx, rotation);
  await keyEvents.rotation(draft.tx, deps.clock, actor, 'begun', rotation);
  return waits ? rotation : promote(deps, draft, rotation);
}

/** Everything that is due now: rotations to begin, successors to promote, values to seal anew, keys to retire. Repeatable. */
export async function advanceRotations(deps: RotationDeps, keyVersions: readonly KeyVersionRow[]): Promise<void> {
  const now = deps.clock.now();
  for (const key of keyVersions)
    if (isModule(key.module) && key.module !== 'sx.identity' && isDue(key, now)) await beginDue(deps, key.module, now);
  for (const waiting of await rotationsIn(deps.db, 'observing')) await observe(deps, waiting);
  for (const module of moduleNames) if (specOf(module).purpose === 'encrypt') await drain(deps, module);
  for (const draining of await rotationsIn(deps.db, 'draining')) await retire(deps, draining);
}

async function beginDue(deps: RotationDeps, module: ModuleName, now: Date): Promise<void> {
  if ((await waitingRotation(deps.db, module)) !== undefined) return;
  await deps.change(async (draft) => {
    const active = draft.keyVersions.find((row) => row.module === module && row.state === 'active');
    if (active === undefined || !isDue(active, now) || (await waitingRotation(draft.tx, module)) !== undefined) return;
    await beginRotation(deps, draft, SELF, { module, reason: SCHEDULED });
  });
}

async function observe(deps: RotationDeps, waiting: Rotation): Promise<void> {
  const { manifest_seq: seq } = waiting;
  const seen = deps.peersHaveSeen === undefined || seq === null ? null : await deps.peersHaveSeen(seq);
  await deps.change(async (draft) => {
    const rotation = await lockRotation(draft.tx, waiting.id, 'observing');
    if (rotation === undefined) return;
    const [from, to] = [versionOf(draft, rotation, 'from_version'), versionOf(draft, rotation, 'to_version')];
    if (from?.state !== 'active' || to?.state !== 'generated') await stop(deps, draft, rotation, to);
    else if (mayPromote(rotation.started_at, seen, draft.now)) await promote(deps, draft, rotation);
  });
}

async function promote(deps: ActDeps, draft: Draft, rotation: Rotation): Promise<Rotation> {
  const { module, to_version: version, reason } = rotation;
  await actOnKey(deps, draft, SELF, { name: module as ModuleName, version, action: 'activate', reason });
  const promoted = { phase: rotationMachine.observing.promote, promoted_at: draft.now };
  await updateRotation(draft.tx, rotation.id, promoted);
  await keyEvents.rotation(draft.tx, deps.clock, SELF, 'promoted', rotation);
  return { ...rotation, ...promoted };
}

/** A successor that nobody will promote any more must not wait in the manifest. */
async function stop(deps: ActDeps, draft: Draft, rotation: Rotation, to: KeyVersionRow | undefined): Promise<void> {
  if (to?.state === 'generated') {
    const reason = 'its rotation was overtaken by an action on the key before it';
    await destroyKey(deps, draft, { key: to, actor: SELF, reason });
  }
  await updateRotation(draft.tx, rotation.id, { phase: rotationMachine.observing.stop, ended_at: draft.now });
  await keyEvents.rotation(draft.tx, deps.clock, SELF, 'stopped', rotation);
}

/** Seals what older keys of a module sealed anew under its active one, some hundred values a transaction. */
async function drain(deps: RotationDeps, module: ModuleName): Promise<void> {
  for (let more = true; more; )
    more = await deps.change(async (draft) => {
      const to = draft.keyVersions.find((row) => row.module === module && row.state === 'active');
      for (const from of draft.keyVersions) {
        if (to === undefined || from.module !== module || !isDrained(from)) continue;
        if ((await liveValues(deps, draft.tx, from)) === 0) continue;
        const { done } = await sealAnew(deps, draft, { from, to }, RESEALED_AT_ONCE);
        await countResealed(draft.tx, module, from.version, done);
        if (done === RESEALED_AT_ONCE) return true;
      }
      return false;
    });
}

/** What a compromised key has sealed was moved when it was reported; another node may have sealed a little more with it. */
const isDrained = ({ state, wrapped }: KeyVersionRow): boolean =>
  wrapped !== null && (state === 'deactivated' || state === 'compromised');

async function retire(deps: RotationDeps, draining: Rotation): Promise<void> {
  await deps.change(async (draft) => {
    const rotation = await lockRotation(draft.tx, draining.id, 'draining');
    const from = rotation && versionOf(draft, rotation, 'from_version');
    if (rotation === undefined || from === undefined) return;
    if (from.state === 'deactivated' && !(await retired(deps, draft, from))) return;
    await updateRotation(draft.tx, rotation.id, { phase: rotationMachine.draining.retire, ended_at: draft.now });
    await keyEvents.rotation(draft.tx, deps.clock, SELF, 'retired', rotation);
  });
}

/** False while something may still need the key. A key that is needed for ever has nothing secret left and stays. */
async function retired(deps: ActDeps, draft: Draft, key: KeyVersionRow): Promise<boolean> {
  if (neededUntil(key) === null && key.wrapped === null) return true;
  try {
    await destroyKey(deps, draft, { key, actor: SELF, reason: 'nothing needs it any more' });
    return true;
  } catch (error) {
    if (error instanceof KeyActionRefused) return false;
    throw error;
  }
}

const versionOf = (draft: Draft, rotation: Rotation, which: 'from_version' | 'to_version') =>
  draft.keyVersions.find((row) => row.module === rotation.module && row.version === rotation[which]);
