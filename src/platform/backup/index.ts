import type { Actor, Clock } from '../../kernel/index.ts';
import { type Tx, transact } from '../db/index.ts';
import { type Endpoint, endpoint, signedInActor } from '../http/endpoint.ts';
import * as contract from './contract.ts';
import { type BackupDeps, makeBackup } from './make-backup.ts';

type AuditRecord = {
  readonly event: 'platform.backup-made';
  readonly actor: Actor;
  readonly subject: string;
  readonly clock: Clock;
};

type Deps = BackupDeps & { readonly recordAudit: (tx: Tx, record: AuditRecord) => Promise<void> };

export const backupEndpoint = (deps: Deps): Endpoint =>
  endpoint(contract.makeBackup, async (call) => {
    const actor = signedInActor(call);
    const { path, madeAt } = await makeBackup(deps);
    await transact(deps.open.db, (tx) =>
      deps.recordAudit(tx, { event: 'platform.backup-made', actor, subject: path, clock: deps.clock }),
    );
    return { path, madeAt: madeAt.toISOString() };
  });
