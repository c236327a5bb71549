import { useApp } from '../../api/app';
import { useRules } from '../../api/queries';
import type { Service } from '../../api/types';
import { CircuitBadge, EnabledBadge } from '../../components/Badges';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { hrefTo } from '../../router';

/** What there is to know of a service at a glance. */
export function ServiceFacts({ service }: { service: Service }) {
  const { t, translator } = useI18n();
  const { canManage } = useApp();
  const rules = useRules().data?.filter((rule) => rule.service === service.name);
  return (
    <div className="card card-body">
      <div className="cols">
        <dl className="facts">
          <dt>{t('column.circuit')}</dt>
          <dd><CircuitBadge circuit={service.circuit} /></dd>
          <dt>{t('column.state')}</dt>
          <dd><EnabledBadge enabled={service.enabled} paused={service.paused} /></dd>
          <dt>{t('column.type')}</dt>
          <dd>{t(`type.${service.type}`)}</dd>
          <dt>{t(`address.${service.type}`)}</dt>
          <dd className="mono">{service.base_url}</dd>
          {service.aliases.length > 0 && (
            <>
              <dt>{t('services.aliases')}</dt>
              <dd>{translator.list(service.aliases)}</dd>
            </>
          )}
        </dl>
        <dl className="facts">
          <dt>{t('column.backlog')}</dt>
          <dd>
            <a href={hrefTo(['queue'], { service: service.name })}>
              {translator.number(service.backlog)}
            </a>
          </dd>
          <dt>{t('column.latency')}</dt>
          <dd>{service.avg_latency_ms == null ? '–'
            : translator.milliseconds(service.avg_latency_ms)}</dd>
          <dt>{t('column.errors_24h')}</dt>
          <dd>{translator.number(service.errors_24h)}</dd>
          <dt>{t('column.last_used')}</dt>
          <dd><Ago at={service.last_used} /></dd>
          <dt>{t('nav.rules')}</dt>
          <dd>
            {rules?.length ? (
              <ul className="list-tight">
                {rules.map((rule) => (
                  <li key={rule.id}>
                    <a href={hrefTo(['rules', rule.id])}>{rule.name || rule.eventname}</a>
                  </li>
                ))}
              </ul>
            ) : t('state.none')}
            {canManage && (
              <div className="mt-1">
                <a href={hrefTo(['rules', 'new'], { service: service.name })}>{t('rules.add')}</a>
              </div>
            )}
          </dd>
        </dl>
      </div>
    </div>
  );
}
