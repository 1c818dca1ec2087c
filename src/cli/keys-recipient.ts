import { makeRecipient } from './keys/make-recipient.ts';

/**
 * `npm run keys:recipient -- <file>`: makes the key pair that backups of keys are sealed to. Needs no instance and no
 * settings: run it where the backups will be opened, apart from any instance.
 */
makeRecipient(process.argv.slice(2)).then(
  (text) => process.stdout.write(`${text}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  },
);
