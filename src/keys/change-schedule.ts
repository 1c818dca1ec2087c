import { type Actor, DAY_MS, InvalidInput, later } from '../kernel/index.ts';
import type { Draft } from './change-store.ts';
import { keyEvents } from './key-events.ts';
import { activeDaysOf, lifeLimit } from './key-life.ts';
import type { KeysDeps } from './keys-deps.ts';
import { type ModuleName, SHORTEST_DAYS, specOf } from './module.ts';

/** How long keys of a module are in use from now on, the active one included; its rotation begins before that by itself. */
export async function changeSchedule(
  { clock }: Pick<KeysDeps, 'clock'>,
  draft: Draft,
  actor: Actor,
  { module, activeDays, reason }: { module: ModuleName; activeDays: number; reason: string },
): Promise<void> {
  const { activeDays: usual, longestDays } = specOf(module);
  if (!Number.isInteger(activeDays) || activeDays < SHORTEST_DAYS || activeDays > longestDays)
    throw InvalidInput.field(
      'activeDays',
      `A key of ${module} is in use for ${SHORTEST_DAYS} to ${longestDays} whole days: less leaves no time to publish its ` +
        'successor, more is longer than NIST SP 800-57 advises.',
    );
  const from = activeDaysOf(draft.instanceRow, module);
  const { [module]: _, ...others } = draft.instanceRow.active_days ?? {};
  const changed = activeDays === usual ? others : { ...others, [module]: activeDays };
  draft.setInstance({ active_days: Object.keys(changed).length === 0 ? null : changed });
  const active = draft.keyVersions.find((row) => row.module === module && row.state === 'active');
  if (active?.activated_at != null) {
    const end = later(active.renewed_at ?? active.activated_at, activeDays * DAY_MS);
    const limit = lifeLimit(module, active.activated_at);
    await draft.setKey({ ...active, expires_at: new Date(Math.min(end.getTime(), limit.getTime())) });
  }
  await keyEvents.scheduleChanged(draft.tx, clock, actor, module, { from, to: activeDays, reason });
}
