import type { Migration } from '../../platform/db/migration.ts';
import { keysMigration } from './0001-keys.ts';
import { keyLife } from './0002-key-life.ts';
import { rotation } from './0003-rotation.ts';
import { schedule } from './0004-schedule.ts';

export const keysMigrations: readonly Migration[] = [keysMigration, keyLife, rotation, schedule];
