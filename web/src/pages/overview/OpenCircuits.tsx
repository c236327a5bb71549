import type { Service } from '../../api/types';
import { CircuitBadge, Pill } from '../../components/Badges';
import { useI18n } from '../../i18n';
import { hrefTo } from '../../router';
import { Card } from './Card';
import { NEWEST } from './newest';

export function OpenCircuits({ services }: { services: Service[] }) {
  const { t, tn } = useI18n();
  const open = services.filter((service) => service.circuit?.state !== 'closed');
  return (
    <Card title={t('overview.circuits')} more={hrefTo(['services'])}>
      {open.length === 0 && (
        <p className="mb-0"><Pill tone="ok" icon="check" text={t('overview.no_open_circuit')} /></p>
      )}
      <ul className="list-plain">
        {open.slice(0, NEWEST).map((service) => (
          <li key={service.id} className="list-line">
            <span>
              <a href={hrefTo(['services', service.name])}>{service.name}</a>
              <div className="small muted">{tn('services.waiting', service.backlog)}</div>
            </span>
            <CircuitBadge circuit={service.circuit} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
