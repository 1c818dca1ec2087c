import type { Clock, Random } from '../../kernel/index.ts';
import type { Tx } from '../../platform/db/index.ts';
import type { MailEnded } from '../../platform/mail/index.ts';
import { ERROR_DIGEST } from './error-digest-mail.ts';
import { recordError } from './record-error.ts';
import { settleErrors } from './settle-errors.ts';

type Deps = { readonly clock: Clock; readonly random: Random };

/** Records a mail that could not be delivered (REG-47); the next one about the same record that can be settles it. */
export const mailEnded =
  (deps: Deps) =>
  async (tx: Tx, { id, kind, record, outcome, reason }: MailEnded): Promise<void> => {
    const source = { kind: 'mail', id: record ?? id, label: record ?? `a mail (${kind})` };
    if (outcome === 'sent') return settleErrors(deps, tx, [source.id], ['mail-not-delivered']);
    const about = record === null ? '' : ` for ${record}`;
    const text = `The mail${about} (${kind}) could not be delivered: ${reason ?? 'no reason given'}.`;
    // A digest that cannot be mailed must not be the reason for another one, every hour.
    const digested = kind === ERROR_DIGEST;
    await recordError(deps, tx, { code: 'mail-not-delivered', text, side: null, source }, { digested });
  };
