import type { Service } from '../../api/types';
import { CircuitBadge } from '../../components/Badges';
import { HubText } from '../../components/HubText';
import { LogTable } from '../../components/LogTable';
import { Empty, Notice } from '../../components/States';
import { Ago, Moment } from '../../components/Time';
import { useI18n } from '../../i18n';
import { hrefTo } from '../../router';

/** How a service's circuit stands, what it answered last, and how it came to this. */
export function Circuit({ service }: { service: Service }) {
  const { t, tn } = useI18n();
  const { circuit } = service;
  const state = circuit?.state ?? 'closed';
  const failure = service.last_failure;
  return (
    <div className="stack">
      <Notice tone={state === 'closed' ? 'ok' : 'warn'}>
        <strong>{t(`circuit.${state}`)}.</strong> {t(`circuit.help.${state}`)}{' '}
        {tn('circuit.failures', circuit?.failure_count ?? 0)} <Rule service={service} />
        {failure && (
          <p>
            {t('circuit.last_failure')} (<Ago at={failure.time} />):{' '}
            <strong><HubText text={failure.error ?? ''} /></strong>
          </p>
        )}
      </Notice>
      <section className="card">
        <div className="card-head"><h2>{t('circuit.history')}</h2></div>
        <div className="card-body">
          <History changes={service.circuit_changes} />
        </div>
      </section>
      <h2 className="mb-0">{t('circuit.last_failures')}</h2>
      <LogTable filter={{ service: service.name, success: 'false' }} empty={
        <Empty icon="check" title={t('circuit.no_failures')}>
          <p>{t('circuit.no_failures_text')}</p>
          {service.backlog > 0 && (
            <a className="btn btn-outline-secondary"
              href={hrefTo(['queue'], { service: service.name })}>
              {tn('services.waiting', service.backlog)}
            </a>
          )}
        </Empty>
      } />
    </div>
  );
}

/** When it opens, as the service's fields say. */
function Rule({ service }: { service: Service }) {
  const { t, translator } = useI18n();
  const seconds = service.cb_cooldown ?? 0;
  if (service.cb_mode === 'rate') {
    return t('circuit.rate_rule', {
      share: translator.percent(service.cb_rate ?? 0), window: service.cb_window ?? 0, seconds,
    });
  }
  if (service.cb_failure_threshold === 0) return t('circuit.off');
  return t('circuit.rule', { n: service.cb_failure_threshold ?? 0, seconds });
}

type Changes = Service['circuit_changes'];

function History({ changes }: { changes: Changes }) {
  const { t } = useI18n();
  if (changes.length === 0) return <p className="muted mb-0">{t('circuit.no_history')}</p>;
  return (
    <ol className="list-plain">
      {changes.map((change, index) => (
        <li key={`${change.time}/${index}`} className="list-line">
          <CircuitBadge circuit={{ state: change.state }} />
          <span className="muted"><Moment at={change.time} /> · <Ago at={change.time} /></span>
        </li>
      ))}
    </ol>
  );
}
