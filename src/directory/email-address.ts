import { z } from 'zod';

/** RFC 5321 section 4.5.3.1: 64 octets before the @, 254 in all. */
const LOCAL_MAX = 64;
const ADDRESS_MAX = 254;

const DOT_ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** Names that never receive mail from outside (RFC 2606, RFC 6761, RFC 7686). */
const NOWHERE = new Set(['invalid', 'localhost', 'onion']);

/**
 * True when mail can be sent to the address: a dot-atom before the @, a domain of at least two labels whose last one is a
 * word, plain ASCII, no address literal. Source: RFC 5321 section 4.1.2 without quoted strings; spec row REG-09.
 */
export function isDeliverableAddress(text: string | null | undefined): text is string {
  if (typeof text !== 'string' || text.length > ADDRESS_MAX) return false;
  const at = text.lastIndexOf('@');
  if (at < 1 || at > LOCAL_MAX) return false;
  const labels = text.slice(at + 1).split('.');
  const last = labels.at(-1)?.toLowerCase() ?? '';
  return (
    DOT_ATOM.test(text.slice(0, at)) &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label)) &&
    /[a-z]/.test(last) &&
    !NOWHERE.has(last)
  );
}

/**
 * What the directory keeps as a contact's address. Laxer than `isDeliverableAddress`, because an address such as
 * `ops@localhost` serves an instance without mail; whoever sends mail asks the stricter question.
 */
export const emailAddress = z
  .string()
  .trim()
  .max(ADDRESS_MAX)
  .regex(/^[\x21-\x3F\x41-\x7E]+@[\x21-\x3F\x41-\x7E]+$/, 'Use an e-mail address such as name@example.com.')
  .refine((text) => !/[<>()",;:\\[\]]/.test(text), 'Use the bare address, such as name@example.com.');
