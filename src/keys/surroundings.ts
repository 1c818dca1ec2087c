import { type Component, component, OPERATOR } from './component.ts';

/** Another clock that this one was compared with: what it is, and how far it is ahead of ours. */
export type ClockWitness = { readonly who: string; readonly aheadMs: number };

/** FAPI 2.0 lets a proof be ten seconds off. */
const UNEVEN_MS = 10_000;
/** Statements are dated; further off than this they look stale or not valid yet (docs/protocol/conventions.md). */
const OFF_MS = 60_000;

/** D.7-13: a clock that is off makes every peer refuse what this instance signs. */
export function clockRight(witnesses: readonly ClockWitness[]): Component {
  const [name, label] = ['clock', 'Clock'];
  if (witnesses.length === 0) return component(name, label, false, 'disabled');
  const uneven = witnesses.filter(({ aheadMs }) => Math.abs(aheadMs) > UNEVEN_MS);
  if (uneven.length === 0) return component(name, label, false, 'operational');
  const isOff = uneven.some(({ aheadMs }) => Math.abs(aheadMs) > OFF_MS);
  const said = uneven.map(
    ({ who, aheadMs }) => `${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? 'behind' : 'ahead of'} ${who}`,
  );
  return component(name, label, false, isOff ? 'malfunction' : 'degraded', {
    cause: `This clock is ${said.join(', ')}; peers refuse statements that are more than ${OFF_MS / 1_000} s off.`,
    remedy: 'Let both machines set their clocks by NTP (chrony, systemd-timesyncd), and compare them with date -u.',
    who: OPERATOR,
  });
}

const MIB = 1_024 * 1_024;
/** The embedded database takes its log in pieces of 16 MiB: below two of them the next write may be its last. */
const FULL_BYTES = 32 * MIB;
const SCARCE_BYTES = 256 * MIB;

/** `free`: bytes left where the embedded data is; null where that cannot be told or the data is elsewhere. */
export function dataRoom(free: number | null): Component {
  const [name, label] = ['data-room', 'Room for the data'];
  if (free === null) return component(name, label, false, 'disabled');
  if (free >= SCARCE_BYTES) return component(name, label, false, 'operational');
  return component(name, label, false, free < FULL_BYTES ? 'malfunction' : 'degraded', {
    cause: `${Math.floor(free / MIB)} MiB are left on the volume of the data; a database that cannot write stops.`,
    remedy: 'Make room on that volume or enlarge it; LIAISE_DATA_DIR names the folder.',
    who: OPERATOR,
  });
}
