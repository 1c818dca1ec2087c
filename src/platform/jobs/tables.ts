/** When each periodic job is to be enqueued next, whichever node gets there first. */
export type ScheduleTable = { job: string; due_at: Date };

declare module '../db/database.ts' {
  interface Database {
    'platform.schedule': ScheduleTable;
  }
}
