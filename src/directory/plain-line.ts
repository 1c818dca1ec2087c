import { z } from 'zod';

/**
 * Control characters, line and paragraph separators, and the marks that reverse the direction of writing: each lets a
 * name show as something else in a list, a mail's subject or a log. Lone surrogates cannot be stored as UTF-8.
 */
const DECEIVING = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u;

/** One line of visible text, 1 to `max` characters after trimming, in Unicode's composed form (NFC). */
export const plainLine = (max: number) =>
  z
    .string()
    .max(max * 4)
    .transform((text) => text.normalize('NFC').trim())
    .refine((text) => !DECEIVING.test(text), 'Use one line of text without control characters.')
    .refine((text) => text.length > 0, 'Fill this in.')
    .refine((text) => text.length <= max, `Use at most ${max} characters.`);

/** What two spellings of one name have in common: compatible forms folded, case ignored. */
export const foldCase = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC');
