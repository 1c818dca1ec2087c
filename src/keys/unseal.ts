import type { Random, UserActor } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import type { Draft } from './change-store.ts';
import { keyEvents } from './key-events.ts';
import { HOW_ROLES_ARE_ASSIGNED } from './key-roles.ts';
import type { KeysDeps } from './keys-deps.ts';
import { readRows } from './keys-repo.ts';
import { KeyRoleNeeded, KeysSealed, UnsealRefused } from './problems.ts';
import type { RootKeyError, RootProviderKind, Roots } from './root-provider.ts';
import { rootKeyContext } from './vault.ts';

export type UnsealDeps = Pick<KeysDeps, 'db' | 'clock' | 'random'> & {
  readonly roots: Roots;
  readonly change: <T>(work: (draft: Draft) => Promise<T>) => Promise<T>;
  /** Tries to open everything now; makes the keys at the first start. */
  readonly lightCheck: () => Promise<unknown>;
  readonly sealedReason: () => string | null;
};

/** `repeat`: once more, when the passphrase is set now; nobody could correct a slip afterwards. */
type Asked = { readonly passphrase: string; readonly repeat?: string | undefined };

export type Unsealed = { readonly rootKey: RootProviderKind; readonly moved: boolean };

/**
 * Takes the passphrase from a person: opens the instance with it, or sets it where none is set yet. Where the settings name
 * another provider than the one that holds the root key, the instance root key moves there; nothing else is wrapped anew.
 */
export async function unseal(deps: UnsealDeps, actor: UserActor, { passphrase, repeat }: Asked): Promise<Unsealed> {
  const { roots, random } = deps;
  if (!actor.roles.has('sn_kmf.admin'))
    throw new KeyRoleNeeded(
      `To unseal the instance you need sn_kmf.admin. Nothing was tried. ${HOW_ROLES_ARE_ASSIGNED}`,
    );
  const stored = (await readRows(deps.db))?.instance;
  const holder = stored === undefined ? roots : roots.holder(stored.root_key);
  const held =
    stored !== undefined && holder.kind === 'passphrase'
      ? { context: rootKeyContext(stored.instance_id), wrapped: stored.root_key }
      : null;
  const taker = held === null ? roots : holder;
  if (taker.unlock === undefined)
    throw new UnsealRefused(
      `The root key of this instance is its ${holder.describe()}: there is no passphrase to give. It opens by itself once the ` +
        'file is back. Nothing was tried.',
    );
  if (held === null && repeat !== passphrase)
    throw new UnsealRefused(
      'This passphrase is set now, for good: give it twice, the same both times. Nothing was changed.',
    );
  const unlocked = await taker.unlock(passphrase, held, random);
  if (!unlocked.ok) {
    await transact(deps.db, (tx) => keyEvents.unsealRefused(tx, deps.clock, actor));
    throw new UnsealRefused(`${unlocked.error.cause} The instance stays as it is. ${unlocked.error.remedy}`);
  }
  await deps.lightCheck();
  // A check that was under way already has not seen the passphrase.
  if (deps.sealedReason() !== null) await deps.lightCheck();
  const reason = deps.sealedReason();
  if (reason !== null) throw new KeysSealed(`The instance is still sealed: ${reason}`);
  const moved = await moveRootKey(deps, random);
  await transact(deps.db, (tx) => keyEvents.unsealed(tx, deps.clock, actor, { rootKey: roots.kind, moved }));
  return { rootKey: roots.kind, moved };
}

/**
 * What a person would have to give now: the passphrase in force, or a new one, twice; null when nothing waits for one.
 */
export async function passphraseWanted({
  db,
  roots,
  sealedReason,
}: Pick<UnsealDeps, 'db' | 'roots' | 'sealedReason'>): Promise<'present' | 'new' | null> {
  const stored = (await readRows(db))?.instance;
  const isSealed = sealedReason() !== null;
  if (stored === undefined) return roots.kind === 'passphrase' && isSealed ? 'new' : null;
  const holder = roots.holder(stored.root_key).kind;
  if (holder === 'passphrase') return isSealed || roots.kind !== holder ? 'present' : null;
  return roots.kind === 'passphrase' ? 'new' : null;
}

/** False when the root key is where the settings want it already. */
async function moveRootKey({ change, roots }: UnsealDeps, random: Random): Promise<boolean> {
  return change(async (draft) => {
    const { instance_id: instance, root_key: wrapped } = draft.instanceRow;
    const context = rootKeyContext(instance);
    if (roots.holder(wrapped).kind === roots.kind) return false;
    const ensured = await roots.ensure(random);
    if (!ensured.ok) throw notMoved(ensured.error);
    const plain = await roots.unwrap(context, wrapped);
    if (!plain.ok) throw notMoved(plain.error);
    const anew = await roots.wrap(context, plain.value, random);
    plain.value.fill(0);
    if (!anew.ok) throw notMoved(anew.error);
    draft.setInstance({ root_key: anew.value });
    return true;
  });
}

const notMoved = ({ cause, remedy }: RootKeyError): UnsealRefused =>
  new UnsealRefused(`The instance is open, but its root key stays where it is: ${cause} ${remedy}`);
