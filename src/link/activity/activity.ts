import { z } from 'zod';
import { type Id, idType } from '../../kernel/ids.ts';

export type ActivityId = Id<'act'>;
export const activityId = idType('act');

/**
 * What people and the program write on a record. Comments are for everybody who may read the record, work notes for the
 * people who work on it. A `registration-link` note holds no link: it is rendered for those who may have it, when they read.
 */
export const activityKinds = ['comment', 'workNote', 'registration-link'] as const;
export type ActivityKind = (typeof activityKinds)[number];

export const activityView = z.object({
  id: activityId.schema,
  kind: z.enum(activityKinds),
  author: z.string(),
  text: z.string(),
  /** Only on a `registration-link` note that is still valid, and only for admin and sn_sb.admin. */
  link: z.string().optional(),
  createdAt: z.iso.datetime(),
});
export type ActivityView = z.output<typeof activityView>;

export const newActivity = z.object({
  kind: z.enum(['comment', 'workNote']),
  text: z.string().trim().min(1, 'Write something first.').max(10_000),
});
