import { useEffect, useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { onLiveEvent } from '../../api/live';
import type { HubEvent } from '../../api/types';
import { Filters, useRefine } from '../../components/Filters';
import { InputFilter } from '../../components/InputFilter';
import { Icon } from '../../components/Icon';
import { NothingFits } from '../../components/NothingFits';
import { Paged } from '../../components/Paged';
import { Empty } from '../../components/States';
import { Table, type Column } from '../../components/Table';
import { Ago, Moment } from '../../components/Time';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';
import { hrefTo, usePlace } from '../../router';
import { useEventNames } from '../rules/examples';

const TAIL = 100;

export function EventList() {
  const { t } = useI18n();
  const { query } = usePlace();
  const { refresh_ms, live } = useApp();
  const names = useEventNames();
  const tailing = query.tail === '1';
  const filter = { eventname: query.eventname || undefined, site: query.site || undefined };
  const refine = useRefine();
  return (
    <>
      <div className="page-head">
        <h1>{t('nav.events')}</h1>
        <button type="button" aria-pressed={tailing}
          className={`btn ${tailing ? 'btn-primary' : 'btn-outline-secondary'}`}
          onClick={() => refine('tail', tailing ? '' : '1')}>
          <Icon name={tailing ? 'pause' : 'play'} />
          {tailing ? t('events.stop_tail') : t('events.tail')}
        </button>
        <p className="lead-in">{t('events.intro')}</p>
      </div>
      <Filters>
        <InputFilter name="eventname" label={t('events.name')} options={names} grow />
        <InputFilter name="site" label={t('column.site')} />
      </Filters>
      {tailing && live ? <Tail filter={filter} /> : (
        <Paged queryKey={['events', 'list', filter]} refresh_ms={tailing ? 2_000 : refresh_ms}
          load={(cursor) => data(hub.GET('/api/v1/events',
            { params: { query: { ...filter, limit: 50, cursor } } }))}>
          {(rows) => rows.length === 0 ? (filter.eventname || filter.site ? <NothingFits /> : (
            <Empty icon="event" title={t('events.empty')}><p>{t('events.empty_text')}</p></Empty>
          )) : <Rows rows={rows} />}
        </Paged>
      )}
    </>
  );
}

function Rows({ rows }: { rows: HubEvent[] }) {
  const { t } = useI18n();
  const columns: Column<HubEvent>[] = [
    { id: 'event', title: t('column.event'), kind: 'clipped', cell: (event) => (
      <>
        <a className="row-link" href={hrefTo(['events', event.site, event.id])}>
          {shortName(event.eventname)}
        </a>
        <span className="small muted mono clip">{event.eventname}</span>
      </>
    ) },
    { id: 'who', title: t('column.user'), kind: 'num', cell: (event) => numberIn(event, 'userid') },
    { id: 'course', title: t('column.course'), kind: 'num',
      cell: (event) => numberIn(event, 'courseid') },
    { id: 'site', title: t('column.site'),
      cell: (event) => <span className="name" title={event.site}>{event.site}</span> },
    { id: 'time', title: t('column.accepted'), cell: (event) => (
      <><Moment at={event.accepted} /> <span className="small muted d-block">
        <Ago at={event.accepted} /></span></>
    ) },
  ];
  return <Table label={t('nav.events')} columns={columns} rows={rows}
    rowKey={(event) => `${event.site}/${event.id}`} />;
}

/** An id of Moodle; 0 is nobody, and no course. */
function numberIn(event: HubEvent, field: string): string {
  const value = (event.event as Record<string, unknown> | undefined)?.[field];
  return typeof value === 'number' && value !== 0 ? String(value) : '–';
}

/** Events as the hub takes them, newest on top. */
function Tail({ filter }: { filter: { eventname?: string; site?: string } }) {
  const { t } = useI18n();
  const [events, setEvents] = useState<HubEvent[]>([]);
  const { eventname, site } = filter;
  useEffect(() => onLiveEvent((event) => {
    if ((eventname && event.eventname !== eventname) || (site && event.site !== site)) return;
    setEvents((before) => [event, ...before].slice(0, TAIL));
  }), [eventname, site]);
  if (events.length === 0) {
    return <Empty icon="event" title={t('events.tail_waiting')}>
      <p>{t('events.tail_text')}</p>
    </Empty>;
  }
  return <div role="log" aria-label={t('events.tail')} aria-live="off"><Rows rows={events} /></div>;
}
