import { z } from 'zod';
import { signedIn } from '../../kernel/role.ts';
import { route } from '../../kernel/route.ts';

export const readSettings = route({
  method: 'GET',
  path: '/api/settings',
  permission: signedIn,
  summary: 'What this instance is and how its operator configured it; the list of settings is for admin.',
  output: z.object({
    /** The provider's name, else the host of the public address. */
    name: z.string(),
    kind: z.enum(['production', 'non-production']),
    version: z.string(),
    /** Null where no key hierarchy was ever opened. */
    instanceId: z.string().nullable(),
    /** The root key is away: people can sign in and read why, nothing else works. */
    sealed: z.boolean(),
    /** Null while not sealed, and for people without admin. */
    sealedReason: z.string().nullable(),
    publicUrl: z.string().nullable(),
    mailOn: z.boolean(),
    /** Null for people without admin. No value of a secret is ever in it, only whether it is set. */
    settings: z.array(z.object({ variable: z.string(), value: z.string().nullable(), meaning: z.string() })).nullable(),
  }),
  whileSealed: true,
});
