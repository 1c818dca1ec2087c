import { useSyncExternalStore } from 'react';

/**
 * Whether the instance answers. Every call and the event stream report here; the shell shows "connection lost" from it,
 * so that no screen needs words of its own for it.
 */
let lost = false;
const listeners = new Set<() => void>();

function set(value: boolean): void {
  if (lost === value) return;
  lost = value;
  for (const listener of listeners) listener();
}

export const noteSilence = (): void => set(true);
export const noteAnswer = (): void => set(false);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useConnectionLost = (): boolean => useSyncExternalStore(subscribe, () => lost);
