import { useSyncExternalStore } from 'react';

/** Whether the hub answers. */
let lost = false;
const listeners = new Set<() => void>();

export function setLost(value: boolean): void {
  if (value === lost) return;
  lost = value;
  listeners.forEach((tell) => tell());
}

export function isLost(): boolean {
  return lost;
}

export function useConnectionLost(): boolean {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    isLost,
  );
}
