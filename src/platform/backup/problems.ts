import { Problem } from '../../kernel/index.ts';

export class BackupRefused extends Problem {
  override readonly name = 'BackupRefused';
  readonly slug = 'platform/backup-refused';
  readonly title = 'No backup was made';
  readonly status = 409;
}
