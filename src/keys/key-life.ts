import { DAY_MS, later } from '../kernel/index.ts';
import { isModule, type ModuleName, specOf } from './module.ts';
import type { InstanceRow, KeyVersionRow } from './rows.ts';

type Dates = Pick<
  KeyVersionRow,
  'module' | 'state' | 'generated_at' | 'activated_at' | 'renewed_at' | 'deactivated_at' | 'expires_at'
>;

/** How long after its last use a signature must still verify: as long as a tombstone is kept (protocol.md C.9). */
const STORED_SIGNATURE_DAYS = 400;

/** Which part of its life an active key has had: 0 when fresh, 1 when it is due; null for keys that have none to lose. */
export function lifeUsed({ state, activated_at, renewed_at, expires_at: to }: Dates, now: Date): number | null {
  const from = renewed_at ?? activated_at;
  if (state !== 'active' || from === null || to === null) return null;
  return (now.getTime() - from.getTime()) / (to.getTime() - from.getTime());
}

/** From when on nobody needs a key that only verifies; null where it is needed as long as the instance lives. */
export function neededUntil(row: Dates): Date | null {
  const { activeDays, extraDays } = specOf(row.module as ModuleName);
  const lastUse =
    row.deactivated_at ?? row.expires_at ?? later(row.activated_at ?? row.generated_at, activeDays * DAY_MS);
  const days = extraDays ?? STORED_SIGNATURE_DAYS;
  return Number.isFinite(days) ? later(lastUse, days * DAY_MS) : null;
}

/** How long a key of a module is in use: as its module says, unless its schedule was changed. */
export const activeDaysOf = ({ active_days }: Pick<InstanceRow, 'active_days'>, module: ModuleName): number =>
  active_days?.[module] ?? specOf(module).activeDays;

/** The end of a renewed life (KMF-18): once more what the key was given before, counted from now. */
export function renewedEnd({ activated_at, renewed_at, expires_at }: Dates, now: Date): Date | null {
  const from = renewed_at ?? activated_at;
  return from === null || expires_at === null ? null : later(now, expires_at.getTime() - from.getTime());
}

/** The instance's limit for a key (KMF-23): no renewal reaches beyond it. */
export const lifeLimit = (module: ModuleName, activatedAt: Date): Date =>
  later(activatedAt, specOf(module).longestDays * DAY_MS);

/** What lies ahead of a key as things stand (KMF-20); null where nothing is planned. */
export function plannedDates(row: Dates): { rotation: Date | null; destruction: Date | null } {
  if (!isModule(row.module)) return { rotation: null, destruction: null };
  const verifiesOnly = row.state === 'deactivated' && specOf(row.module).purpose !== 'encrypt';
  return {
    rotation: row.state === 'active' && row.module !== 'sx.identity' ? row.expires_at : null,
    destruction: verifiesOnly ? neededUntil(row) : null,
  };
}
