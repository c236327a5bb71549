import { useQuery } from '@tanstack/react-query';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { ReasonBadge } from '../../components/Badges';
import { Answer } from '../../components/States';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';
import { hrefTo } from '../../router';
import { Card } from './Card';
import { NEWEST } from './newest';

export function NewestDeadLetters() {
  const { t } = useI18n();
  const { refresh_ms } = useApp();
  const letters = useQuery({
    queryKey: ['dead-letters', 'newest'],
    queryFn: () => data(hub.GET('/api/v1/dead-letters', { params: { query: { limit: NEWEST } } })),
    refetchInterval: refresh_ms,
  });
  return (
    <Card title={t('overview.newest_dead')} more={hrefTo(['queue', 'dead-letters'])}>
      <Answer of={letters}>
        {({ items }) => items.length === 0
          ? <p className="muted mb-0">{t('dead.empty_short')}</p>
          : (
            <ul className="list-plain">
              {items.map((letter) => (
                <li key={letter.id} className="list-line">
                  <span>
                    <a href={hrefTo(['queue', 'dead-letters', letter.id])}>
                      {shortName(letter.eventname) ?? t('delivery.gateway_call')}
                    </a>
                    <div className="small muted">
                      {letter.service} · <Ago at={letter.timecreated} />
                    </div>
                  </span>
                  <ReasonBadge reason={letter.reason} />
                </li>
              ))}
            </ul>
          )}
      </Answer>
    </Card>
  );
}
