import { useEffect, useRef, useState } from 'react';
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
const POLL_MS = 2_000;
/** The stream names events only; what is in them is asked for, of several at once. */
const ASK_MS = 300;

export function EventList() {
  const { t } = useI18n();
  const { query } = usePlace();
  const { refresh_ms, live } = useApp();
  const names = useEventNames();
  const [frozen, setFrozen] = useState(false);
  const tailing = query.tail === '1';
  const filter = { eventname: query.eventname || undefined, site: query.site || undefined };
  const refine = useRefine();
  const turn = () => {
    if (tailing) setFrozen(!frozen);
    else refine('tail', '1');
  };
  const runs = tailing && !frozen;
  const pace = frozen ? false : tailing ? POLL_MS : refresh_ms;
  return (
    <>
      <div className="page-head">
        <h1>{t('nav.events')}</h1>
        <button type="button" aria-pressed={runs}
          className={`btn ${runs ? 'btn-primary' : 'btn-outline-secondary'}`} onClick={turn}>
          <Icon name={runs ? 'pause' : 'play'} />
          {runs ? t('events.stop_tail') : t('events.tail')}
        </button>
        {tailing && (
          <button type="button" className="btn btn-outline-secondary" onClick={() => {
            setFrozen(false);
            refine('tail', '');
          }}>
            <Icon name="back" />{t('events.all')}
          </button>
        )}
        <p className="lead-in">{t('events.intro')}</p>
      </div>
      <Filters>
        <InputFilter name="eventname" label={t('events.name')} options={names} grow />
        <InputFilter name="site" label={t('column.site')} />
      </Filters>
      {tailing && live ? <Tail filter={filter} frozen={frozen} /> : (
        <Paged queryKey={['events', 'list', filter]} refresh_ms={pace}
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
    rowKey={keyOf} />;
}

/** An id of Moodle; 0 is nobody, and no course. */
function numberIn(event: HubEvent, field: string): string {
  const value = (event.event as Record<string, unknown> | undefined)?.[field];
  return typeof value === 'number' && value !== 0 ? String(value) : '–';
}

/** Events as the hub takes them, newest on top. */
function useTail(filter: { eventname?: string; site?: string }, frozen: boolean): HubEvent[] {
  const [events, setEvents] = useState<HubEvent[]>([]);
  const held = useRef(frozen);
  held.current = frozen;
  const { eventname, site } = filter;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const fill = async () => {
      timer = undefined;
      const query = { eventname, site, limit: TAIL };
      const { items } = await data(hub.GET('/api/v1/events', { params: { query } }));
      const whole = new Map(items.map((event) => [keyOf(event), event]));
      setEvents((before) => before.map((event) => whole.get(keyOf(event)) ?? event));
    };
    const stop = onLiveEvent((event) => {
      if (held.current) return;
      if ((eventname && event.eventname !== eventname) || (site && event.site !== site)) return;
      setEvents((before) => [event, ...before].slice(0, TAIL));
      timer ??= setTimeout(() => void fill().catch(() => undefined), ASK_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [eventname, site]);
  return events;
}

function Tail(props: { filter: { eventname?: string; site?: string }; frozen: boolean }) {
  const { t } = useI18n();
  const events = useTail(props.filter, props.frozen);
  if (events.length === 0) {
    return <Empty icon="event" title={t('events.tail_waiting')}>
      <p>{t('events.tail_text')}</p>
    </Empty>;
  }
  return <div role="log" aria-label={t('events.tail')} aria-live="off"><Rows rows={events} /></div>;
}

function keyOf(event: HubEvent): string {
  return `${event.site}/${event.id}`;
}
