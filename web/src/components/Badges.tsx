import { useEffect, useState } from 'react';
import type { CircuitState, DeadReason, Delivery, DeliveryState, Service } from '../api/types';
import { useI18n } from '../i18n';
import { Icon, type IconName } from './Icon';
import type { Tone } from './States';

export function Pill(props: { tone: Tone; icon: IconName; text: string; title?: string }) {
  return (
    <span className={`pill tone-${props.tone}`} title={props.title}>
      <Icon name={props.icon} />
      {props.text}
    </span>
  );
}

const CIRCUIT: Record<CircuitState, [Tone, IconName]> = {
  closed: ['ok', 'check'],
  open: ['bad', 'bolt'],
  halfopen: ['warn', 'half'],
};

/** Counts down by itself between two answers of the hub; `known` changes with each. */
function useCountdown(seconds: number | null, known: unknown): number | null {
  const [passed, setPassed] = useState(0);
  const runs = seconds !== null;
  useEffect(() => {
    setPassed(0);
    if (!runs) return;
    const timer = setInterval(() => setPassed((before) => before + 1), 1_000);
    return () => clearInterval(timer);
  }, [known, runs]);
  return seconds === null ? null : Math.max(0, seconds - passed);
}

type Circuit = Service['circuit'];

/** With the time to the next try, if that is known. */
export function CircuitBadge({ circuit }: {
  circuit: Pick<Circuit, 'state'> & Partial<Circuit>;
}) {
  const { t, translator } = useI18n();
  const state = circuit?.state ?? 'closed';
  const [tone, icon] = CIRCUIT[state];
  const wait = useCountdown(state === 'open' ? (circuit?.retry_in_s ?? null) : null, circuit);
  const text = t(`circuit.${state}`);
  const rest = wait === null ? '' : ` · ${t('circuit.retry_in', { time: translator.wait(wait) })}`;
  return <Pill tone={tone} icon={icon} text={text + rest} title={t(`circuit.help.${state}`)} />;
}

const DELIVERY: Record<DeliveryState, [Tone, IconName]> = {
  pending: ['note', 'clock'],
  sending: ['note', 'arrow'],
  retrying: ['warn', 'retry'],
  parked: ['idle', 'pause'],
  delivered: ['ok', 'check'],
  dead: ['bad', 'cross'],
};

export function DeliveryBadge({ of }: { of: Pick<Delivery, 'state' | 'parked_because'> }) {
  const { t } = useI18n();
  const [tone, icon] = DELIVERY[of.state];
  const why = of.parked_because ? ` · ${t(`parked.${of.parked_because}`)}` : '';
  return <Pill tone={tone} icon={icon} text={t(`delivery.${of.state}`) + why} />;
}

export function ReasonBadge({ reason }: { reason: DeadReason }) {
  const { t } = useI18n();
  return <Pill tone="bad" icon="letter" text={t(`reason.${reason}`)}
    title={t(`reason.help.${reason}`)} />;
}

export function ResultBadge(props: { success: boolean; status: number | null | undefined }) {
  const { t } = useI18n();
  const text = props.success ? t('result.success') : t('result.failure');
  const status = props.status ? ` · ${props.status}` : '';
  return <Pill tone={props.success ? 'ok' : 'bad'} icon={props.success ? 'check' : 'cross'}
    text={text + status} />;
}

export function EnabledBadge({ enabled, paused }: { enabled: boolean; paused?: boolean }) {
  const { t } = useI18n();
  if (!enabled) return <Pill tone="idle" icon="wait" text={t('enabled.no')} />;
  if (paused) return <Pill tone="warn" icon="pause" text={t('enabled.paused')} />;
  return <Pill tone="ok" icon="check" text={t('enabled.yes')} />;
}
