import type { UserActor } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import { type ActDeps, actOnKey, generateKey } from './act-on-key.ts';
import { changeSchedule } from './change-schedule.ts';
import type { Draft } from './change-store.ts';
import { exportKeys } from './export-keys.ts';
import { confirmRecoveryFile, makeRecoveryFile } from './keep-recovery-file.ts';
import { keyEvents } from './key-events.ts';
import { HOW_ROLES_ARE_ASSIGNED, type KeyTask, rolesFor } from './key-roles.ts';
import type { KeyManagement, KeyVersion, RotationView } from './keys.ts';
import type { KeysDeps } from './keys-deps.ts';
import { isModule, type ModuleName } from './module.ts';
import { KeyActionRefused, KeyRoleNeeded, NoSuchKey } from './problems.ts';
import { beginRotation } from './rotate-in-order.ts';
import { latestRotations } from './rotation-repo.ts';
import type { KeyVersionRow } from './rows.ts';
import { liveValues } from './seal-anew.ts';
import { passphraseWanted, type UnsealDeps, unseal } from './unseal.ts';

export type ManagementDeps = Pick<KeysDeps, 'db'> &
  ActDeps & {
    /** Runs one change of the key store and loads the outcome. */
    readonly change: <T>(work: (draft: Draft) => Promise<T>) => Promise<T>;
  };

export const keyManagement = (deps: ManagementDeps & UnsealDeps): KeyManagement => ({
  passphraseWanted: () => passphraseWanted(deps),
  unseal: (actor, asked) => unseal(deps, actor, asked),
  async generate(actor, { module, reason }) {
    await requireRole(deps, actor, 'generate', module);
    const name = changeable(module);
    return keyVersion(await deps.change((draft) => generateKey(deps, draft, actor, name, reason)));
  },
  async act(actor, { module, ...asked }) {
    await requireRole(deps, actor, asked.action, `${module}#${asked.version}`);
    const name = changeable(module);
    return keyVersion(await deps.change((draft) => actOnKey(deps, draft, actor, { name, ...asked })));
  },
  async rotateInOrder(actor, { module, reason }) {
    await requireRole(deps, actor, 'rotate', module);
    const name = changeable(module);
    const { module: _, ...rotation } = await deps.change((draft) =>
      beginRotation(deps, draft, actor, { module: name, reason }),
    );
    return { ...rotation, remaining: 0 };
  },
  async changeSchedule(actor, { module, ...asked }) {
    await requireRole(deps, actor, 'change the schedule of', module);
    const name = changeable(module);
    await deps.change((draft) => changeSchedule(deps, draft, actor, { module: name, ...asked }));
  },
  rotations: (module) => rotationsOf(deps, module),
  async makeRecoveryFile(actor, passphrase) {
    await requireRole(deps, actor, 'generate', 'recovery-file');
    return makeRecoveryFile(deps, actor, passphrase);
  },
  async exportKeys(actor, asked) {
    await requireRole(deps, actor, 'export', 'key-backup');
    return exportKeys(deps, actor, asked);
  },
  async confirmRecoveryFile(actor, passphrase, file) {
    await requireRole(deps, actor, 'generate', 'recovery-file');
    return confirmRecoveryFile(deps, actor, passphrase, file);
  },
});

export function keyVersion({ wrapped, mac: _, ...row }: KeyVersionRow): KeyVersion {
  return { ...row, hasSecret: wrapped !== null };
}

async function rotationsOf(deps: ManagementDeps, module: string): Promise<RotationView[]> {
  const views: RotationView[] = [];
  for (const { module: _, ...rotation } of await latestRotations(deps.db, module)) {
    const waits = rotation.phase === 'draining' && isModule(module);
    const remaining = waits ? await liveValues(deps, deps.db, { module, version: rotation.from_version }) : 0;
    views.push({ ...rotation, remaining });
  }
  return views;
}

/** Every module but the one with the root keys. */
function changeable(module: string): ModuleName {
  if (!isModule(module))
    throw new NoSuchKey(
      `There is no module ${module}. Nothing was changed. GET /api/key-management/modules lists them.`,
    );
  if (module !== 'sx.identity') return module;
  throw new KeyActionRefused(
    'sx.identity holds the root keys: the current one is replaced only by a succession with the next root key, which this ' +
      'version does not do yet. Nothing was changed.',
  );
}

async function requireRole(deps: ManagementDeps, actor: UserActor, action: KeyTask, subject: string) {
  const allowed = rolesFor(action);
  if (allowed.some((role) => actor.roles.has(role))) return;
  await transact(deps.db, (tx) => keyEvents.actionRefused(tx, deps.clock, actor, action, subject));
  throw new KeyRoleNeeded(
    `To ${action} a key you need one of ${allowed.join(', ')}. Nothing was changed. ${HOW_ROLES_ARE_ASSIGNED}`,
  );
}
