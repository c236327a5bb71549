import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import type { DeadLetterDetail } from '../../api/types';
import { Attempts } from '../../components/Attempts';
import { Pill, ReasonBadge } from '../../components/Badges';
import { Data } from '../../components/Data';
import { HubText } from '../../components/HubText';
import { Icon } from '../../components/Icon';
import { Answer, Notice } from '../../components/States';
import { Moment } from '../../components/Time';
import { useTitle } from '../../components/title';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';
import { goTo, hrefTo } from '../../router';
import { BulkAction, type Bulk } from './BulkAction';

/** One dead letter: why it was given up, what was sent, what came back. */
export function DeadLetterPage({ id }: { id: number }) {
  const { t } = useI18n();
  const { canManage, refresh_ms } = useApp();
  const [bulk, setBulk] = useState<Bulk | null>(null);
  const letter = useQuery({
    queryKey: ['dead-letters', 'one', id],
    queryFn: () => data(hub.GET('/api/v1/dead-letters/{id}', { params: { path: { id } } })),
    refetchInterval: refresh_ms,
  });
  const found = letter.data;
  const name = (found && shortName(found.eventname)) ?? t('dead.one', { n: String(id) });
  useTitle(name, 'overview.dead_letters');
  return (
    <>
      <div className="page-head">
        <h1>{name}</h1>
        {canManage && found?.state === 'dead' && (
          <>
            <button type="button" className="btn btn-primary"
              onClick={() => setBulk({ kind: 'replay', which: { ids: [id] } })}>
              <Icon name="retry" />{t('dead.replay')}
            </button>
            <button type="button" className="btn btn-outline-danger"
              onClick={() => setBulk({ kind: 'delete', which: { ids: [id] } })}>
              <Icon name="trash" />{t('action.delete')}
            </button>
          </>
        )}
        <a className="btn btn-outline-secondary" href={hrefTo(['queue', 'dead-letters'])}>
          <Icon name="back" />{t('overview.dead_letters')}
        </a>
      </div>
      <Answer of={letter}>{(one) => <Detail letter={one} />}</Answer>
      {bulk && (
        <BulkAction bulk={bulk} onClose={(done) => {
          setBulk(null);
          if (done) goTo(['queue', 'dead-letters']);
        }} />
      )}
    </>
  );
}

function Detail({ letter }: { letter: DeadLetterDetail }) {
  const { t } = useI18n();
  const headers = Object.entries(letter.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  return (
    <div className="stack">
      <div className="cols">
        <div className="card card-body">
          <dl className="facts">
            <dt>{t('column.reason')}</dt>
            <dd>
              {letter.state === 'replaying'
                ? <Pill tone="note" icon="retry" text={t('dead.replaying')} />
                : <ReasonBadge reason={letter.reason} />}
              <div className="small muted mt-1">{t(`reason.help.${letter.reason}`)}</div>
            </dd>
            <dt>{t('column.error')}</dt>
            <dd>{letter.error_message ? <HubText text={letter.error_message} /> : '–'}</dd>
            <dt>{t('column.service')}</dt>
            <dd>{letter.service
              ? <a href={hrefTo(['services', letter.service])}>{letter.service}</a> : '–'}</dd>
            <dt>{t('column.rule')}</dt>
            <dd>{letter.rule_id == null ? (letter.rule ?? '–')
              : <a href={hrefTo(['rules', letter.rule_id])}>{letter.rule}</a>}</dd>
            <dt>{t('column.event')}</dt><dd className="mono"><EventLink letter={letter} /></dd>
            <dt>{t('column.call')}</dt>
            <dd className="mono">{letter.method} {letter.url ?? t('dead.never_sent')}</dd>
            <dt>{t('column.since')}</dt><dd><Moment at={letter.timecreated} /></dd>
            <dt>{t('column.delivery')}</dt>
            <dd className="mono">{letter.delivery_id}</dd>
          </dl>
        </div>
        <section className="card">
          <div className="card-head"><h2>{t('column.attempts')}</h2></div>
          <div className="card-body"><Attempts attempts={letter.attempts} /></div>
        </section>
      </div>
      {letter.redacted ? <Notice tone="idle">{t('state.redacted')}</Notice> : (
        <div className="card card-body stack">
          {letter.payload != null && <Data label={t('preview.payload')} value={letter.payload} />}
          {letter.response != null && <Data label={t('test.response')} value={letter.response} />}
          {headers.length > 0 && <Data label={t('preview.headers')} value={headers.join('\n')} />}
          {letter.event != null && <Data label={t('column.event')} value={letter.event} />}
        </div>
      )}
    </div>
  );
}

/** To the way of the event, whose id and site are only known to who may see its contents. */
function EventLink({ letter }: { letter: DeadLetterDetail }) {
  const { id, site } = (letter.event ?? {}) as { id?: unknown; site?: unknown };
  if (typeof id !== 'string' || typeof site !== 'string') return letter.eventname ?? '–';
  return <a href={hrefTo(['events', site, id])}>{letter.eventname}</a>;
}
