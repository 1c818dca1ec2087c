import { z } from 'zod';

/** Who has compared the digits by phone, and when; null while nobody has compared those of this moment. */
export const safetyComparisonView = z.object({ by: z.string(), at: z.iso.datetime() }).nullable();

/** The digits that were compared; spaces do not count. */
export const comparedDigits = z.object({ safetyNumber: z.string().min(1).max(200) });
