import { useLatestEvents } from '../../api/queries';
import { Answer } from '../../components/States';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';
import { hrefTo } from '../../router';
import { Card } from './Card';
import { NEWEST } from './newest';

export function LatestEvents() {
  const { t } = useI18n();
  const events = useLatestEvents(NEWEST);
  return (
    <Card title={t('overview.latest_events')} more={hrefTo(['events'])}>
      <Answer of={events}>
        {({ items }) => items.length === 0
          ? <p className="muted mb-0">{t('events.empty_short')}</p>
          : (
            <ul className="list-plain">
              {items.map((event) => (
                <li key={`${event.site}/${event.id}`} className="list-line">
                  <a href={hrefTo(['events', event.site, event.id])} title={event.eventname}>
                    {shortName(event.eventname)}
                  </a>
                  <span className="small muted"><Ago at={event.accepted} /></span>
                </li>
              ))}
            </ul>
          )}
      </Answer>
    </Card>
  );
}
