import { useMemo, useState } from 'react';
import { useApp } from '../../api/app';
import { useRules, useServices } from '../../api/queries';
import type { Rule } from '../../api/types';
import { Filters, SelectFilter } from '../../components/Filters';
import { InputFilter } from '../../components/InputFilter';
import { Icon } from '../../components/Icon';
import { NothingFits } from '../../components/NothingFits';
import { ServiceLink } from '../../components/ServiceLink';
import { Answer, Empty } from '../../components/States';
import { Table, type Column } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { compareTexts } from '../../lib/sorting';
import { hrefTo, usePlace } from '../../router';
import { ImportRules } from './ImportRules';
import { RuleActions } from './RuleActions';
import { RuleState } from './RuleState';
import { exportOf } from './rule-file';

export function RuleList() {
  const { t } = useI18n();
  const { canManage } = useApp();
  const rules = useRules();
  const [importing, setImporting] = useState(false);
  return (
    <>
      <div className="page-head">
        <h1>{t('nav.rules')}</h1>
        {Boolean(rules.data?.length) && (
          <button type="button" className="btn btn-outline-secondary"
            onClick={() => exportOf(rules.data ?? [])}>
            <Icon name="download" />{t('rules.export')}
          </button>
        )}
        {canManage && (
          <button type="button" className="btn btn-outline-secondary"
            onClick={() => setImporting(true)}>
            <Icon name="upload" />{t('rules.import')}
          </button>
        )}
        {canManage && (
          <a className="btn btn-primary" href={hrefTo(['rules', 'new'])}>
            <Icon name="plus" />{t('rules.add')}
          </a>
        )}
        <p className="lead-in">{t('rules.intro')}</p>
      </div>
      <Answer of={rules}>
        {(list) => list.length === 0 ? (
          <Empty icon="filter" title={t('rules.empty')}>
            <p>{t('rules.empty_text')}</p>
            {canManage && (
              <a className="btn btn-primary" href={hrefTo(['rules', 'new'])}>{t('rules.add')}</a>
            )}
          </Empty>
        ) : <Listed rules={list} />}
      </Answer>
      {importing && <ImportRules onClose={() => setImporting(false)} />}
    </>
  );
}

function Listed({ rules }: { rules: Rule[] }) {
  const { t, translator } = useI18n();
  const { query } = usePlace();
  const text = (query.text ?? '').toLowerCase();
  const found = rules.filter((rule) =>
    (!query.service || rule.service === query.service) &&
    (!query.enabled || String(rule.enabled) === query.enabled) &&
    `${rule.name} ${rule.eventname} ${rule.service}`.toLowerCase().includes(text));
  const off = useOff();
  const columns: Column<Rule>[] = [
    {
      id: 'name', title: t('column.name'), kind: 'wide', sortBy: (r) => r.name || r.eventname,
      cell: (r) => (
        <a className="row-link clamp" title={r.name} href={hrefTo(['rules', r.id])}>
          {r.name || t('rules.unnamed', { n: String(r.id) })}
        </a>
      ),
    },
    { id: 'event', title: t('column.event'), kind: 'wide', sortBy: (r) => r.eventname,
      cell: (r) => (
        <>
          <span className="mono break">{r.eventname}</span>
          {r.filter != null && <span className="small muted"> {t('rules.filtered')}</span>}
        </>
      ) },
    { id: 'service', title: t('column.service'), sortBy: (r) => r.service,
      cell: (r) => (
        <>
          <ServiceLink name={r.service} />
          {off.has(r.service) && (
            <div className="small muted">{t(`parked.${off.get(r.service) ?? 'disabled'}`)}</div>
          )}
        </>
      ) },
    { id: 'hits', title: t('column.hits'), kind: 'num', sortBy: (r) => r.hits, cell: (r) => (
      <>
        {translator.number(r.hits)}
        <div className="small muted">{r.hits > 0 && <Ago at={r.last_hit} />}</div>
      </>
    ) },
    { id: 'state', title: t('column.enabled'), cell: (r) => <RuleState rule={r} inList /> },
    { id: 'changed', title: t('column.changed'), sortBy: (r) => r.timemodified,
      cell: (r) => <Ago at={r.timemodified} /> },
    { id: 'actions', title: t('column.actions'), kind: 'tools',
      cell: (r) => <RuleActions rule={r} /> },
  ];
  return (
    <>
      <Filters>
        <InputFilter name="text" label={t('filter.text')} grow />
        <SelectFilter name="service" label={t('column.service')}
          options={[...new Set(rules.map((rule) => rule.service))].sort(compareTexts)
            .map((name) => [name, name])} />
        <SelectFilter name="enabled" label={t('column.enabled')}
          options={[['true', t('action.yes')], ['false', t('action.no')]]} />
      </Filters>
      {found.length === 0
        ? <NothingFits />
        : (
          <Table label={t('nav.rules')} columns={columns} rowKey={(r) => r.id}
            rows={found} first={{ id: 'name', down: false }} />
        )}
    </>
  );
}

/** Services whose deliveries wait because somebody wants it so: a rule at work does not help. */
function useOff(): Map<string, 'disabled' | 'paused'> {
  const services = useServices().data;
  return useMemo(() => new Map((services ?? [])
    .filter(({ enabled, paused }) => !enabled || paused)
    .map(({ name, enabled }) => [name, enabled ? 'paused' : 'disabled'])), [services]);
}
