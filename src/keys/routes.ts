import type { Db } from '../platform/db/index.ts';
import { type Endpoint, endpoint, signedInActor } from '../platform/http/endpoint.ts';
import * as contract from './contract.ts';
import { latestDecisions } from './decision-repo.ts';
import { activeDaysOf, plannedDates } from './key-life.ts';
import { HOW_ROLES_ARE_ASSIGNED } from './key-roles.ts';
import { keyStateLabel } from './key-state.ts';
import type { Keys, KeyVersion, RotationView } from './keys.ts';
import { readRows } from './keys-repo.ts';
import { keyVersion } from './manage-keys.ts';
import { algorithmFor, isModule, type ModuleName, moduleNames, SHORTEST_DAYS, specOf } from './module.ts';
import { KeyRoleNeeded, NoSuchKey } from './problems.ts';
import type { Rows } from './rows.ts';

export const keysEndpoints = (deps: { readonly keys: Keys; readonly db: Db }): Endpoint[] => [
  endpoint(contract.readKeyHealth, async (call) => {
    const access = contract.diagnosticsAccess(signedInActor(call).roles);
    if (access === 'none')
      throw new KeyRoleNeeded(
        'Key management health is shown to users who hold sn_kmf.admin and sn_kmf.cryptographic_manager (or, to read only, ' +
          `sn_kmf.admin and sn_kmf.cryptographic_auditor). Nothing was checked. ${HOW_ROLES_ARE_ASSIGNED}`,
      );
    return healthOf(deps.keys, access);
  }),
  endpoint(contract.listModules, async () => {
    const rows = await readRows(deps.db);
    return { items: moduleNames.map((name) => moduleOf(name, rows)) };
  }),
  endpoint(contract.readModule, async ({ params: { name } }) => {
    if (!isModule(name)) throw new NoSuchKey(`There is no module ${name}. GET /api/key-management/modules lists them.`);
    const rows = await readRows(deps.db);
    const policies = rows?.policies.filter(({ module }) => module === name) ?? [];
    const keys = rows?.keyVersions.filter(({ module }) => module === name) ?? [];
    const rotations = await deps.keys.manage.rotations(name);
    return {
      ...moduleOf(name, rows),
      rotations: rotations.map(rotationOf),
      keys: keys.map((row) => keyOf(keyVersion(row))),
      policies: policies.map(({ subject, operations, effect, expires_at: end }) => ({
        subject,
        operations: [...operations],
        effect,
        expiresAt: end?.toISOString() ?? null,
      })),
    };
  }),
  endpoint(contract.generateKey, async (call) =>
    keyOf(
      await deps.keys.manage.generate(signedInActor(call), { module: call.params.name, reason: call.input.reason }),
    ),
  ),
  endpoint(contract.rotateInOrder, async (call) =>
    rotationOf(await deps.keys.manage.rotateInOrder(signedInActor(call), { module: call.params.name, ...call.input })),
  ),
  endpoint(contract.changeSchedule, async (call) => {
    const { name } = call.params;
    await deps.keys.manage.changeSchedule(signedInActor(call), { module: name, ...call.input });
    return moduleOf(name as ModuleName, await readRows(deps.db));
  }),
  endpoint(contract.actOnKey, async (call) => {
    const { name: module, version, action } = call.params;
    return keyOf(await deps.keys.manage.act(signedInActor(call), { module, version, action, ...call.input }));
  }),
  endpoint(contract.unseal, (call) => deps.keys.manage.unseal(signedInActor(call), call.input)),
  endpoint(contract.exportKeys, async (call) => {
    const backup = await deps.keys.manage.exportKeys(signedInActor(call), call.input);
    const day = backup.createdAt.slice(0, 10);
    return { filename: `liaise-keys-${backup.instance.slice(0, 12)}-${day}.json`, backup };
  }),
  endpoint(contract.makeRecoveryFile, async (call) => {
    const file = await deps.keys.manage.makeRecoveryFile(signedInActor(call), call.input.passphrase);
    return { filename: `liaise-recovery-${file.instance.slice(0, 12)}.json`, file };
  }),
  endpoint(contract.confirmRecoveryFile, async (call) => {
    const { passphrase, file } = call.input;
    const at = await deps.keys.manage.confirmRecoveryFile(signedInActor(call), passphrase, file);
    return { confirmedAt: at.toISOString() };
  }),
  endpoint(contract.listDecisions, async () => ({
    items: (await latestDecisions(deps.db, 200)).map(({ id: _, at, ...decision }) => ({
      ...decision,
      at: at.toISOString(),
    })),
  })),
];

async function healthOf(keys: Keys, access: 'full' | 'read-only') {
  const { status, groups, checkedAt } = await keys.diagnostics();
  const failing = groups.flatMap(({ components }) =>
    components.filter((one) => one.required && one.status === 'malfunction'),
  );
  return {
    status,
    sealed: keys.sealed(),
    sealedReason: keys.sealedReason(),
    passphraseWanted: await keys.manage.passphraseWanted(),
    onboardingReady: failing.length === 0,
    readOnly: access === 'read-only',
    checkedAt: checkedAt.toISOString(),
    groups: groups.map((group) => ({ ...group, components: [...group.components] })),
  };
}

function moduleOf(name: ModuleName, rows: Rows | null) {
  const { label, purpose, class: keyClass, activeDays: usualDays, longestDays, onboarding } = specOf(name);
  const active = rows?.keyVersions.find((row) => row.module === name && row.state === 'active');
  return {
    name,
    label,
    purpose,
    algorithm: algorithmFor(name),
    class: keyClass,
    activeDays: rows === null ? usualDays : activeDaysOf(rows.instance, name),
    usualDays,
    shortestDays: SHORTEST_DAYS,
    longestDays,
    requiredForOnboarding: onboarding,
    activeVersion: active?.version ?? null,
    activeSince: iso(active?.activated_at ?? null),
  };
}

const rotationOf = (rotation: RotationView) => ({
  from: rotation.from_version,
  to: rotation.to_version,
  phase: rotation.phase,
  startedAt: rotation.started_at.toISOString(),
  promotedAt: iso(rotation.promoted_at),
  endedAt: iso(rotation.ended_at),
  resealed: rotation.resealed,
  remaining: rotation.remaining,
  reason: rotation.reason,
});

const iso = (instant: Date | null): string | null => instant?.toISOString() ?? null;

function keyOf(key: KeyVersion) {
  const { rotation, destruction } = plannedDates(key);
  return { ...datesOf(key), planned: { rotationAt: iso(rotation), destructionAt: iso(destruction) } };
}

const datesOf = (key: KeyVersion) => ({
  version: key.version,
  kid: key.kid,
  state: key.state,
  stateLabel: keyStateLabel[key.state],
  algorithm: key.algorithm,
  generatedAt: key.generated_at.toISOString(),
  activatedAt: iso(key.activated_at),
  renewedAt: iso(key.renewed_at),
  suspendedAt: iso(key.suspended_at),
  rotatedAt: iso(key.rotated_at),
  deactivatedAt: iso(key.deactivated_at),
  compromisedAt: iso(key.compromised_at),
  destroyedAt: iso(key.destroyed_at),
  expiresAt: iso(key.expires_at),
  reason: key.reason,
  hasSecret: key.hasSecret,
});
