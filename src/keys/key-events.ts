import { recordAudit } from '../audit/index.ts';
import { type Actor, type Clock, system } from '../kernel/index.ts';
import type { Tx } from '../platform/db/index.ts';
import type { DecisionRow } from './decision-repo.ts';
import type { Rotation } from './rotation-repo.ts';
import type { KeyVersionRow } from './rows.ts';

const SELF = system('keys');

export const keyEvents = {
  identityCreated: (tx: Tx, clock: Clock, instanceId: string) =>
    recordAudit(tx, { event: 'keys.identity-created', actor: SELF, subject: instanceId, clock }),

  keyGenerated: (tx: Tx, clock: Clock, actor: Actor, { module, version, kid, state, reason }: KeyVersionRow) =>
    recordAudit(tx, {
      event: 'keys.key-generated',
      actor,
      subject: `${module}#${version}`,
      detail: { kid, state, reason },
      clock,
    }),

  keyMoved: (
    tx: Tx,
    clock: Clock,
    actor: Actor,
    action: string,
    { from, key, more }: { from: KeyVersionRow['state']; key: KeyVersionRow; more?: Record<string, unknown> },
  ) =>
    recordAudit(tx, {
      event: `keys.key-${action}`,
      actor,
      subject: `${key.module}#${key.version}`,
      detail: { kid: key.kid, from, to: key.state, reason: key.reason, ...more },
      clock,
    }),

  actionRefused: (tx: Tx, clock: Clock, actor: Actor, action: string, subject: string) =>
    recordAudit(tx, { event: 'keys.action-refused', actor, subject, detail: { action }, outcome: 'refused', clock }),

  rotation: (
    tx: Tx,
    clock: Clock,
    actor: Actor,
    what: 'begun' | 'promoted' | 'stopped' | 'retired',
    { module, from_version: from, to_version: to, reason }: Rotation,
  ) =>
    recordAudit(tx, {
      event: `keys.rotation-${what}`,
      actor,
      subject: `${module}#${from}`,
      detail: { from, to, reason },
      clock,
    }),

  scheduleChanged: (
    tx: Tx,
    clock: Clock,
    actor: Actor,
    module: string,
    detail: { from: number; to: number; reason: string },
  ) => recordAudit(tx, { event: 'keys.schedule-changed', actor, subject: module, detail, clock }),

  recoveryFile: (tx: Tx, clock: Clock, actor: Actor, what: 'made' | 'confirmed', kid: string) =>
    recordAudit(tx, { event: `keys.recovery-file-${what}`, actor, subject: kid, clock }),

  exported: (tx: Tx, clock: Clock, actor: Actor, detail: { recipient: string; reason: string }) =>
    recordAudit(tx, { event: 'keys.exported', actor, subject: 'key-backup', detail, clock }),

  imported: (
    tx: Tx,
    clock: Clock,
    actor: Actor,
    instanceId: string,
    detail: { restored: 'all-keys' | 'root-key'; rootKey: string },
  ) => recordAudit(tx, { event: 'keys.imported', actor, subject: instanceId, detail, clock }),

  unsealed: (tx: Tx, clock: Clock, actor: Actor, detail: { rootKey: string; moved: boolean }) =>
    recordAudit(tx, { event: 'keys.unsealed', actor, subject: 'root-key', detail, clock }),

  unsealRefused: (tx: Tx, clock: Clock, actor: Actor) =>
    recordAudit(tx, { event: 'keys.unseal-refused', actor, subject: 'root-key', outcome: 'refused', clock }),

  useRefused: (tx: Tx, clock: Clock, { subject, module, operation, reason, count }: DecisionRow) =>
    recordAudit(tx, {
      event: 'keys.use-refused',
      actor: SELF,
      subject: module,
      detail: { by: subject, operation, reason, count },
      outcome: 'refused',
      clock,
    }),

  manifestSigned: (tx: Tx, clock: Clock, instanceId: string, seq: number) =>
    recordAudit(tx, { event: 'keys.manifest-signed', actor: SELF, subject: instanceId, detail: { seq }, clock }),
};
