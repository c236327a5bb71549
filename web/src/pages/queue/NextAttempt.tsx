import { useServices } from '../../api/queries';
import type { Delivery } from '../../api/types';
import { Ago, useNow } from '../../components/Time';
import { useI18n } from '../../i18n';

/** When a delivery is tried next, or what it waits for. */
export function NextAttempt({ delivery }: { delivery: Delivery }) {
  const { t, translator } = useI18n();
  const now = useNow();
  const services = useServices().data;
  const { state, parked_because: because, next_attempt: next } = delivery;
  if (because === 'circuit_open') {
    const circuit = services?.find(({ name }) => name === delivery.service)?.circuit;
    const wait = circuit?.state === 'open' ? circuit.retry_in_s : null;
    return wait == null ? t('waits.circuit_open')
      : <span className="nowrap">{t('circuit.retry_in', { time: translator.wait(wait) })}</span>;
  }
  if (because) return t(`waits.${because}`);
  if (next == null || state === 'sending' || state === 'delivered' || state === 'dead') return '–';
  return next <= now ? t('waits.due') : <Ago at={next} />;
}
