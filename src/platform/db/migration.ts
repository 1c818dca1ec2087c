/** One forward-only step of one room's schema. Never edited once it has run anywhere. */
export type Migration = {
  /** The room, which is also the name of its PostgreSQL schema. */
  readonly room: string;
  /** `0001-what-it-does`; a room's migrations run in the order of these names. */
  readonly name: string;
  readonly sql: string;
};
