import { useSyncExternalStore } from 'react';
import { useI18n } from '../i18n';

const TICK_MS = 10_000;
const listeners = new Set<() => void>();
let now = Math.floor(Date.now() / 1000);
setInterval(() => {
  if (document.hidden) return;
  now = Math.floor(Date.now() / 1000);
  listeners.forEach((tell) => tell());
}, TICK_MS);

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

/** Unix seconds, moving on every ten seconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** A moment, as time from now; the exact time is its title. */
export function Ago({ at }: { at: number | null | undefined }) {
  const { translator, t } = useI18n();
  const current = useNow();
  if (at == null) return <span className="muted">{t('state.never')}</span>;
  const text = translator.relative(at, Math.max(current, Math.floor(Date.now() / 1000)));
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={translator.time(at)}
      className="nowrap">
      {text}
    </time>
  );
}

export function Moment({ at }: { at: number }) {
  const { translator } = useI18n();
  return (
    <time dateTime={new Date(at * 1000).toISOString()} className="nowrap">
      {translator.time(at)}
    </time>
  );
}
