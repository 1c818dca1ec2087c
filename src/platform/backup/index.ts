import type { Actor, Clock } from '../../kernel/index.ts';
import { backupFolderOf, type Db, type Tx, transact } from '../db/index.ts';
import { type Endpoint, endpoint, signedInActor } from '../http/endpoint.ts';
import * as contract from './contract.ts';
import { type BackupDeps, backupMaker } from './make-backup.ts';

type AuditRecord = {
  readonly event: 'platform.backup-made' | 'platform.backup-refused';
  readonly actor: Actor;
  readonly subject: string;
  readonly outcome?: 'refused';
  readonly clock: Clock;
};

type Deps = BackupDeps & {
  readonly open: BackupDeps['open'] & { readonly db: Db };
  readonly recordAudit: (tx: Tx, record: AuditRecord) => Promise<void>;
};

export function backupEndpoint(deps: Deps): Endpoint {
  const { open, dataDir, clock, recordAudit } = deps;
  const makeBackup = backupMaker(deps);
  return endpoint(contract.makeBackup, async (call) => {
    const actor = signedInActor(call);
    const record = (entry: Pick<AuditRecord, 'event' | 'subject' | 'outcome'>) =>
      transact(open.db, (tx) => recordAudit(tx, { ...entry, actor, clock }));
    const { path, madeAt } = await makeBackup().catch(async (error: unknown) => {
      await record({ event: 'platform.backup-refused', subject: backupFolderOf(dataDir), outcome: 'refused' });
      throw error;
    });
    await record({ event: 'platform.backup-made', subject: path });
    return { path, madeAt: madeAt.toISOString() };
  });
}
