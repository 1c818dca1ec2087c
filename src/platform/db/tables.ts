export type MigrationTable = {
  room: string;
  name: string;
  checksum: string;
  applied_at: Date;
};

declare module './database.ts' {
  interface Database {
    'platform.migration': MigrationTable;
  }
}
