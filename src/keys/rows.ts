import type { Selectable } from 'kysely';
import type { AccessPolicyTable, ClassKeyTable, InstanceTable, KeyVersionTable } from './tables.ts';

export type InstanceRow = Omit<Selectable<InstanceTable>, 'only_one'>;
export type ClassKeyRow = Selectable<ClassKeyTable>;
export type KeyVersionRow = Selectable<KeyVersionTable>;
export type AccessPolicyRow = Selectable<AccessPolicyTable>;

/** Everything in the database that the hierarchy is opened from, read at one moment. */
export type Rows = {
  readonly instance: InstanceRow;
  readonly classKeys: readonly ClassKeyRow[];
  readonly keyVersions: readonly KeyVersionRow[];
  readonly policies: readonly AccessPolicyRow[];
};
