import { z } from 'zod';
import { anyOf } from '../../kernel/role.ts';
import { route } from '../../kernel/route.ts';

export const makeBackup = route({
  method: 'POST',
  path: '/api/backups',
  permission: anyOf('admin'),
  summary: 'Copy the embedded database, while it runs, into a folder beside it on this machine. Without the root key.',
  status: 201,
  output: z.object({ path: z.string(), madeAt: z.iso.datetime() }),
  problems: ['platform/backup-refused'],
  perMinute: 6,
  whileSealed: true,
});
