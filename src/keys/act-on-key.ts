import { type Actor, DAY_MS, later, nextState } from '../kernel/index.ts';
import type { Draft } from './change-store.ts';
import { keyEvents } from './key-events.ts';
import { activeDaysOf, lifeLimit, neededUntil, renewedEnd } from './key-life.ts';
import type { KeyAction } from './key-roles.ts';
import { type KeyEvent, type KeyState, keyMachine, keyStateLabel } from './key-state.ts';
import { newKeyVersion } from './key-versions.ts';
import type { KeysDeps } from './keys-deps.ts';
import { algorithmFor, type ModuleName, specOf } from './module.ts';
import { KeyActionRefused, NoSuchKey } from './problems.ts';
import type { KeyVersionRow } from './rows.ts';
import { liveValues, sealAnew } from './seal-anew.ts';

export type ActDeps = Pick<KeysDeps, 'clock' | 'random' | 'sealedColumns' | 'onCompromised'>;

export type Act = {
  readonly name: ModuleName;
  readonly version: number;
  readonly action: KeyAction;
  readonly reason: string;
  readonly confirm?: string | undefined;
};

/** What an action needs to know, and who asks. */
type Move = { readonly key: KeyVersionRow; readonly actor: Actor; readonly reason: string };

/** One action on one key, inside a change of the key store. Refused when the state of the key does not allow it. */
export async function actOnKey(
  deps: ActDeps,
  draft: Draft,
  actor: Actor,
  { name, version, action, reason, confirm }: Act,
): Promise<KeyVersionRow> {
  const key = draft.keyVersions.find((row) => row.module === name && row.version === version);
  if (key === undefined)
    throw new NoSuchKey(`${name} has no version ${version}. Nothing was changed. Open the module to see its versions.`);
  if (nextState<KeyState, KeyEvent>(keyMachine, key.state, action) === undefined) throw wrongState(key, action);
  const move = { key, actor, reason };
  switch (action) {
    case 'activate':
      return activate(deps, draft, move);
    case 'rotate':
      await takeOut(deps, draft, move, 'rotate');
      return generateKey(deps, draft, actor, name, reason);
    case 'revoke':
      return takeOut(deps, draft, move, 'revoke');
    case 'renew':
      return renew(deps, draft, move);
    case 'suspend':
      return store(deps, draft, move, { action, state: 'suspended', dates: { suspended_at: draft.now } });
    case 'resume':
      return resume(deps, draft, move);
    case 'report-compromised':
      return reportCompromised(deps, draft, move);
    case 'destroy':
      if (confirm !== 'destroy')
        throw new KeyActionRefused(`${label(key)} was not destroyed: type "destroy" to confirm.`);
      return destroyKey(deps, draft, move);
  }
}

/** The first key of a module serves at once; a later one waits until peers have seen it (OQ-27). */
export async function generateKey(deps: ActDeps, draft: Draft, actor: Actor, module: ModuleName, reason: string) {
  const of = draft.keyVersions.filter((key) => key.module === module);
  const isAlone = !of.some(({ state }) => state === 'active' || state === 'suspended');
  const row = await newKeyVersion(draft, deps.random, {
    module,
    version: 1 + Math.max(0, ...of.map(({ version }) => version)),
    state: isAlone ? 'active' : 'generated',
    now: draft.now,
    activeDays: activeDaysOf(draft.instanceRow, module),
    reason,
  });
  await draft.addKey(row);
  await keyEvents.keyGenerated(draft.tx, deps.clock, actor, row);
  return row;
}

async function activate(deps: ActDeps, draft: Draft, move: Move) {
  const { key, actor, reason } = move;
  const predecessor = othersOf(draft, key).find(({ state }) => state === 'active');
  if (predecessor !== undefined) await takeOut(deps, draft, { key: predecessor, actor, reason }, 'rotate');
  const end = later(draft.now, activeDaysOf(draft.instanceRow, key.module as ModuleName) * DAY_MS);
  const dates = { activated_at: draft.now, expires_at: end };
  return store(deps, draft, move, { action: 'activate', state: 'active', dates });
}

/** A private signing key is destroyed at once; a secret that opens stored values is kept for them. */
async function takeOut(deps: ActDeps, draft: Draft, move: Move, action: 'rotate' | 'revoke') {
  const dates = {
    ...(isSigning(move.key) && { wrapped: null }),
    suspended_at: null,
    deactivated_at: draft.now,
    ...(action === 'rotate' && { rotated_at: draft.now }),
  };
  return store(deps, draft, move, { action, state: 'deactivated', dates });
}

async function renew(deps: ActDeps, draft: Draft, move: Move) {
  const { key } = move;
  const end = renewedEnd(key, draft.now);
  if (end === null || key.activated_at === null) throw wrongState(key, 'renew');
  const limit = lifeLimit(key.module as ModuleName, key.activated_at);
  if (end > limit)
    throw new KeyActionRefused(
      `${label(key)} was not renewed: it would be in use until ${dayOf(end)}, and a key of ${key.module} may be in use until ` +
        `${dayOf(limit)} at most. Rotate it instead.`,
    );
  return store(deps, draft, move, {
    action: 'renew',
    state: 'active',
    dates: { renewed_at: draft.now, expires_at: end },
  });
}

async function resume(deps: ActDeps, draft: Draft, move: Move) {
  if (othersOf(draft, move.key).some(({ state }) => state === 'active'))
    throw new KeyActionRefused(
      `${move.key.module} has another active key, so version ${move.key.version} was not resumed. Revoke it, or leave things ` +
        'as they are.',
    );
  return store(deps, draft, move, { action: 'resume', state: 'active', dates: { suspended_at: null } });
}

/**
 * Takes a key that others may know out of use, in one step: a successor where it was in use, everything it sealed sealed
 * anew, the next manifest naming it as revoked, and whoever has signed with it told to begin anew.
 */
async function reportCompromised(deps: ActDeps, draft: Draft, move: Move) {
  const { key, actor, reason } = move;
  const module = key.module as ModuleName;
  const dates = { ...(isSigning(key) && { wrapped: null }), suspended_at: null, compromised_at: draft.now };
  const others = othersOf(draft, key);
  // The index of the table allows one active key: the old one goes first. What it sealed is opened with the row as it was.
  const moved = await draft.setKey({ ...key, ...dates, state: 'compromised', reason });
  const wasInUse = key.state === 'active' || key.state === 'suspended';
  const active = others.find(({ state }) => state === 'active');
  const successor = active ?? (wasInUse ? await generateKey(deps, draft, actor, module, reason) : undefined);
  const resealed =
    specOf(module).purpose === 'encrypt' && successor !== undefined && key.wrapped !== null
      ? await sealAnew(deps, draft, { from: key, to: successor }, Number.POSITIVE_INFINITY)
      : undefined;
  await keyEvents.keyMoved(draft.tx, deps.clock, actor, PAST['report-compromised'], {
    from: key.state,
    key: moved,
    ...(resealed && { more: { resealed: resealed.done, broken: resealed.broken } }),
  });
  await deps.onCompromised?.(draft.tx, { module, kid: key.kid });
  return moved;
}

/** Another node may not have heard yet that the key is out of use, and still seal with it for a moment. */
const SETTLED_MS = 60_000;

/** Shreds what is left of a key; the record stays. Refused while something still needs it (OQ-27). */
export async function destroyKey(deps: ActDeps, draft: Draft, move: Move) {
  const { key } = move;
  const values = await liveValues(deps, draft.tx, key);
  if (values > 0)
    throw new KeyActionRefused(
      `${label(key)} was not destroyed: ${values} stored value(s) open with it alone. They are sealed anew by themselves ` +
        'after a rotation; try again later.',
    );
  const end = key.deactivated_at ?? key.compromised_at;
  const isPublic = specOf(key.module as ModuleName).purpose !== 'encrypt';
  const needed = key.state === 'deactivated' && isPublic ? neededUntil(key) : end && later(end, SETTLED_MS);
  if (key.state === 'deactivated' && needed === null)
    throw new KeyActionRefused(
      `${label(key)} was not destroyed: what it signed is checked with it as long as the instance lives. Its private part is ` +
        'gone already.',
    );
  if (needed !== null && needed > draft.now)
    throw new KeyActionRefused(
      `${label(key)} was not destroyed: what it protected must be readable until ${needed.toISOString()}. Nothing was changed. ` +
        'If others may know the key, report it as compromised instead.',
    );
  return store(deps, draft, move, {
    action: 'destroy',
    state: 'destroyed',
    dates: { wrapped: null, destroyed_at: draft.now },
  });
}

async function store(
  deps: ActDeps,
  draft: Draft,
  { key, actor, reason }: Move,
  { action, state, dates }: { action: KeyAction; state: KeyState; dates: Partial<KeyVersionRow> },
) {
  const moved = await draft.setKey({ ...key, ...dates, state, reason });
  await keyEvents.keyMoved(draft.tx, deps.clock, actor, PAST[action], { from: key.state, key: moved });
  return moved;
}

const PAST: Readonly<Record<KeyAction, string>> = {
  activate: 'activated',
  rotate: 'rotated',
  renew: 'renewed',
  suspend: 'suspended',
  resume: 'resumed',
  revoke: 'revoked',
  'report-compromised': 'compromised',
  destroy: 'destroyed',
};

const othersOf = ({ keyVersions }: Draft, key: KeyVersionRow) =>
  keyVersions.filter((row) => row.module === key.module && row.version !== key.version);

const isSigning = (key: KeyVersionRow): boolean => algorithmFor(key.module as ModuleName) === 'Ed25519';
const label = (key: KeyVersionRow): string => `${key.module} version ${key.version}`;
const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10);

function wrongState(key: KeyVersionRow, action: KeyAction): KeyActionRefused {
  const possible = Object.keys(keyMachine[key.state]).join(', ') || 'nothing';
  return new KeyActionRefused(
    `${label(key)} is ${keyStateLabel[key.state]}, which does not allow "${action}". Nothing was changed. From here: ${possible}.`,
  );
}
