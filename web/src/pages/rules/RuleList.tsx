import { useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { useChange, useRules } from '../../api/queries';
import type { Rule, RuleInput } from '../../api/types';
import { EnabledBadge, Pill } from '../../components/Badges';
import { Confirm } from '../../components/Confirm';
import { Filters, InputFilter, SelectFilter } from '../../components/Filters';
import { Icon } from '../../components/Icon';
import { Answer, Empty } from '../../components/States';
import { Table, type Column } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { goTo, hrefTo, usePlace } from '../../router';
import { ImportRules } from './ImportRules';
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
  const columns: Column<Rule>[] = [
    {
      id: 'name', title: t('column.name'), kind: 'wide', sortBy: (r) => r.name || r.eventname,
      cell: (r) => (
        <a className="row-link" href={hrefTo(['rules', r.id])}>
          {r.name || t('rules.unnamed', { n: r.id })}
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
      cell: (r) => <a href={hrefTo(['services', r.service])}>{r.service}</a> },
    { id: 'hits', title: t('column.hits'), kind: 'num', sortBy: (r) => r.hits, cell: (r) => (
      <>
        {translator.number(r.hits)}
        <div className="small muted">{r.hits > 0 && <Ago at={r.last_hit} />}</div>
      </>
    ) },
    { id: 'state', title: t('column.state'), cell: (r) => <RuleState rule={r} /> },
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
          options={[...new Set(rules.map((rule) => rule.service))].sort()
            .map((name) => [name, name])} />
        <SelectFilter name="enabled" label={t('column.state')}
          options={[['true', t('enabled.yes')], ['false', t('enabled.no')]]} />
      </Filters>
      {found.length === 0
        ? <Empty icon="search" title={t('filter.nothing')}><p>{t('filter.nothing_text')}</p></Empty>
        : (
          <Table label={t('nav.rules')} columns={columns} rowKey={(r) => r.id}
            rows={found} first={{ id: 'name', down: false }} />
        )}
    </>
  );
}

export function RuleState({ rule }: { rule: Rule }) {
  const { t, translator } = useI18n();
  if (rule.enabled && rule.flagged) {
    return <Pill tone="warn" icon="alert" text={t('rules.gone')} title={t('rules.gone_text')} />;
  }
  if (rule.enabled && rule.waiting_for?.length) {
    return <Pill tone="note" icon="clock" text={t('rules.waiting')}
      title={translator.list(rule.waiting_for)} />;
  }
  return <EnabledBadge enabled={rule.enabled} />;
}

function RuleActions({ rule }: { rule: Rule }) {
  const { t } = useI18n();
  const say = useToast();
  const { canManage } = useApp();
  const [deleting, setDeleting] = useState(false);
  const params = { path: { id: rule.id } };
  const name = rule.name || rule.eventname;
  const toggle = useChange(async () => {
    const body = { enabled: !rule.enabled } as RuleInput;
    await data(hub.PATCH('/api/v1/rules/{id}', { params, body }));
    say(rule.enabled ? t('rules.disabled', { name }) : t('rules.enabled', { name }));
  }, ['rules']);
  const remove = useChange(
    () => data(hub.DELETE('/api/v1/rules/{id}', { params })), ['rules', 'deliveries', 'summary']);
  if (!canManage) return null;
  const toggleText = rule.enabled ? t('services.disable') : t('services.enable');
  return (
    <div className="actions">
      <button type="button" className="btn btn-plain btn-icon" title={toggleText}
        aria-label={`${toggleText}: ${name}`} onClick={() => toggle.mutate(undefined)}>
        <Icon name={rule.enabled ? 'wait' : 'check'} />
      </button>
      <button type="button" className="btn btn-plain btn-icon" title={t('action.duplicate')}
        aria-label={`${t('action.duplicate')}: ${name}`}
        onClick={() => goTo(['rules', 'new'], { copy: rule.id })}>
        <Icon name="copy" />
      </button>
      <button type="button" className="btn btn-plain btn-icon" title={t('action.delete')}
        aria-label={`${t('action.delete')}: ${name}`} onClick={() => setDeleting(true)}>
        <Icon name="trash" />
      </button>
      {deleting && (
        <Confirm title={t('rules.delete_title', { name })} action={t('action.delete')}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await remove.mutateAsync(undefined);
            say(t('rules.deleted', { name }));
          }}>
          <p>{t('rules.delete_text')}</p>
        </Confirm>
      )}
    </div>
  );
}
