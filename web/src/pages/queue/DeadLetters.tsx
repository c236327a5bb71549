import { useEffect, useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { useRules } from '../../api/queries';
import type { DeadLetter, DeadLetterFilter, DeadReason } from '../../api/types';
import { Pill, ReasonBadge } from '../../components/Badges';
import { HubText } from '../../components/HubText';
import { Filters, SelectFilter } from '../../components/Filters';
import { InputFilter, TimeFilter } from '../../components/InputFilter';
import { Icon } from '../../components/Icon';
import { useIsPhone } from '../../components/media';
import { NothingFits } from '../../components/NothingFits';
import { Paged } from '../../components/Paged';
import { ServiceFilter } from '../../components/ServiceFilter';
import { ServiceLink } from '../../components/ServiceLink';
import { Empty } from '../../components/States';
import { Table, type Column } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';
import { unixOf } from '../../lib/log';
import { compareTexts } from '../../lib/sorting';
import { hrefTo, usePlace } from '../../router';
import { useEventNames } from '../rules/examples';
import { BulkAction, type Bulk } from './BulkAction';

export const REASONS: DeadReason[] = [
  'rejected', 'exhausted', 'expired', 'template', 'unroutable', 'overflow', 'cancelled',
  'rule_deleted', 'service_deleted', 'inbound', 'loop',
];

function filterOf(query: Record<string, string>): DeadLetterFilter {
  const filter: DeadLetterFilter = {
    service: query.service,
    rule_id: query.rule_id ? Number(query.rule_id) : undefined,
    eventname: query.eventname,
    reason: REASONS.find((reason) => reason === query.reason),
    from: unixOf(query.from),
    to: unixOf(query.to),
    text: query.text,
  };
  const given = Object.entries(filter).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(given) as DeadLetterFilter;
}

/** What was given up, to be looked at, sent again or thrown away. */
export function DeadLetters() {
  const { t } = useI18n();
  const { canManage, refresh_ms } = useApp();
  const { query } = usePlace();
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [bulk, setBulk] = useState<Bulk | null>(null);
  const filter = filterOf(query);
  const filtered = Object.keys(filter).length > 0;
  // Nobody shall delete what another filter has put out of sight.
  useEffect(() => setSelected(new Set()), [JSON.stringify(filter)]);
  const select = (id: number, on: boolean) =>
    setSelected((before) => {
      const next = new Set(before);
      if (on) next.add(id);
      else next.delete(id);
      return next;
    });
  const which = selected.size > 0 ? { ids: [...selected] } : filtered ? { filter } : { all: true };
  return (
    <>
      <LetterFilters />
      <Paged queryKey={['dead-letters', filter]} refresh_ms={refresh_ms}
        load={(cursor) => data(hub.GET('/api/v1/dead-letters',
          { params: { query: { ...filter, limit: 50, cursor } } }))}>
        {(rows) => (
          <>
            {canManage && rows.length > 0 && (
              <SelectionBar selected={selected.size} filtered={filtered}
                onPage={() => setSelected(new Set(rows.map(({ id }) => id)))}
                onClear={() => setSelected(new Set())}
                onBulk={(kind) => setBulk({ kind, which })} />
            )}
            {rows.length === 0 ? (filtered ? <NothingFits /> : (
              <Empty icon="letter" title={t('dead.empty')}><p>{t('dead.empty_text')}</p></Empty>
            )) : <Letters rows={rows} selected={selected} onSelect={canManage ? select : null}
              onAll={(on) => setSelected(new Set(on ? rows.map(({ id }) => id) : []))} />}
          </>
        )}
      </Paged>
      {bulk && (
        <BulkAction bulk={bulk} onClose={(done) => {
          setBulk(null);
          if (done) setSelected(new Set());
        }} />
      )}
    </>
  );
}

function SelectionBar(props: {
  selected: number;
  filtered: boolean;
  onPage: () => void;
  onClear: () => void;
  onBulk: (kind: Bulk['kind']) => void;
}) {
  const { t, tn } = useI18n();
  const scope = props.selected > 0 ? tn('dead.selected', props.selected)
    : props.filtered ? t('dead.by_filter') : t('dead.all');
  return (
    <div className="selection-bar tone-idle" role="group" aria-label={t('dead.bulk')}>
      <strong aria-live="polite">{scope}</strong>
      <button type="button" className="btn btn-sm btn-primary"
        onClick={() => props.onBulk('replay')}>
        <Icon name="retry" />{t('dead.replay')}
      </button>
      <button type="button" className="btn btn-sm btn-danger"
        onClick={() => props.onBulk('delete')}>
        <Icon name="trash" />{t('action.delete')}
      </button>
      <button type="button" className="btn btn-sm btn-plain"
        onClick={props.selected > 0 ? props.onClear : props.onPage}>
        {props.selected > 0 ? t('dead.unselect') : t('dead.select_page')}
      </button>
    </div>
  );
}

function Letters(props: {
  rows: DeadLetter[];
  selected: ReadonlySet<number>;
  onSelect: ((id: number, on: boolean) => void) | null;
  onAll: (on: boolean) => void;
}) {
  const { t, translator } = useI18n();
  const isPhone = useIsPhone();
  const { onSelect } = props;
  const here = props.rows.filter(({ id }) => props.selected.has(id)).length;
  const columns: Column<DeadLetter>[] = [
    ...(onSelect ? [{
      id: 'select', title: t('dead.select'), kind: 'tools' as const,
      // Cards have no heading; there the button above them does it.
      head: isPhone ? undefined : (
        <input type="checkbox" className="form-check-input" aria-label={t('dead.select_page')}
          checked={here === props.rows.length} ref={(box) => {
            if (box) box.indeterminate = here > 0 && here < props.rows.length;
          }} onChange={(event) => props.onAll(event.target.checked)} />
      ),
      cell: (letter: DeadLetter) => (
        <input type="checkbox" className="form-check-input" checked={props.selected.has(letter.id)}
          aria-label={t('dead.select_one', { n: String(letter.id) })}
          onChange={(event) => onSelect(letter.id, event.target.checked)} />
      ),
    }] : []),
    { id: 'event', title: t('column.event'), kind: 'headline', cell: (letter) => (
      <>
        <a className="row-link" href={hrefTo(['queue', 'dead-letters', letter.id])}>
          {shortName(letter.eventname) ?? t('delivery.gateway_call')}
        </a>
        <div className="small muted break">{letter.rule}</div>
      </>
    ) },
    { id: 'service', title: t('column.service'),
      cell: (letter) => <ServiceLink name={letter.service} /> },
    { id: 'reason', title: t('column.reason'), cell: (letter) => letter.state === 'replaying'
      ? <Pill tone="note" icon="retry" text={t('dead.replaying')} />
      : <ReasonBadge reason={letter.reason} /> },
    { id: 'error', title: t('column.error'), kind: 'clipped', cell: (letter) => letter.error_message
      ? <HubText text={letter.error_message} clip /> : '–' },
    { id: 'attempts', title: t('column.attempts'), kind: 'num',
      cell: (letter) => translator.number(letter.attempt_count) },
    { id: 'time', title: t('column.since'), cell: (letter) => <Ago at={letter.timecreated} /> },
  ];
  return (
    <Table label={t('overview.dead_letters')} columns={columns} rows={props.rows}
      rowKey={(letter) => letter.id} />
  );
}

function LetterFilters() {
  const { t } = useI18n();
  const rules = useRules();
  const names = useEventNames();
  return (
    <Filters>
      <InputFilter name="text" label={t('filter.text')} grow />
      <ServiceFilter />
      <SelectFilter name="rule_id" label={t('column.rule')}
        options={(rules.data ?? []).map((rule): [string, string] =>
          [String(rule.id), rule.name || rule.eventname])
          .sort(([, one], [, other]) => compareTexts(one, other))} />
      <SelectFilter name="reason" label={t('column.reason')}
        options={REASONS.map((reason) => [reason, t(`reason.${reason}`)])} />
      <InputFilter name="eventname" label={t('column.event')} options={names} />
      <TimeFilter />
    </Filters>
  );
}
