import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useApp } from '../../api/app';
import { all, data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import type { Site, SiteWithCode } from '../../api/types';
import { Pill } from '../../components/Badges';
import { Confirm } from '../../components/Confirm';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
import { Answer, Empty, ErrorNotice } from '../../components/States';
import { Table, type Column } from '../../components/Table';
import { Ago, Moment } from '../../components/Time';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';

/** The Moodles of this hub. */
export function Sites() {
  const { t, translator } = useI18n();
  const { canManage, refresh_ms, session } = useApp();
  const [adding, setAdding] = useState(false);
  const [code, setCode] = useState<SiteWithCode | null>(null);
  const mayChange = canManage && session.way !== 'moodle';
  const sites = useQuery({
    queryKey: ['sites'],
    queryFn: () => all((cursor) =>
      data(hub.GET('/api/v1/sites', { params: { query: { limit: 500, cursor } } }))),
    refetchInterval: refresh_ms * 3,
  });
  const columns: Column<Site>[] = [
    { id: 'name', title: t('column.name'), kind: 'wide', sortBy: (s) => s.name, cell: (s) => (
      <><strong>{s.name}</strong><div className="small muted break">{s.wwwroot}</div></>
    ) },
    { id: 'state', title: t('column.state'), cell: (s) => s.connected
      ? <Pill tone="ok" icon="check" text={t('sites.connected')} />
      : <Pill tone="warn" icon="clock" text={t('sites.waiting')} /> },
    { id: 'seen', title: t('sites.last_seen'), sortBy: (s) => s.last_seen,
      cell: (s) => <Ago at={s.last_seen} /> },
    { id: 'outbox', title: t('sites.outbox'), kind: 'num', sortBy: (s) => s.outbox_rows,
      cell: (s) => translator.number(s.outbox_rows) },
    { id: 'versions', title: t('sites.versions'),
      cell: (s) => [s.moodle_version, s.plugin_version].filter(Boolean).join(' / ') || '–' },
    { id: 'actions', title: t('column.actions'), kind: 'tools',
      cell: (s) => mayChange && <SiteActions site={s} onCode={setCode} /> },
  ];
  return (
    <>
      <div className="page-head">
        <p className="lead-in">{t('sites.intro')}</p>
        {mayChange && (
          <button type="button" className="btn btn-primary" onClick={() => setAdding(true)}>
            <Icon name="plus" />{t('sites.add')}
          </button>
        )}
      </div>
      <Answer of={sites}>
        {(list) => list.length === 0
          ? <Empty icon="home" title={t('sites.empty')}><p>{t('sites.empty_text')}</p></Empty>
          : <Table label={t('settings.sites')} columns={columns} rows={list}
            rowKey={(s) => s.id} />}
      </Answer>
      {adding && <AddSite onClose={() => setAdding(false)} onMade={(made) => {
        setAdding(false);
        setCode(made);
      }} />}
      {code && <Code site={code} onClose={() => setCode(null)} />}
    </>
  );
}

function AddSite(props: { onClose: () => void; onMade: (site: SiteWithCode) => void }) {
  const { t } = useI18n();
  const [name, setName] = useState('');
  const [wwwroot, setWwwroot] = useState('');
  const add = useChange(
    () => data(hub.POST('/api/v1/sites',
      { body: { name, ...(wwwroot ? { wwwroot } : {}) } })), ['sites']);
  return (
    <Dialog title={t('sites.add')} onClose={props.onClose} footer={
      <button type="submit" form="add-site" className="btn btn-primary" disabled={!name}>
        {t('sites.add')}
      </button>
    }>
      <form id="add-site" className="stack" onSubmit={(event) => {
        event.preventDefault();
        add.mutate(undefined, { onSuccess: props.onMade });
      }}>
        <p className="mb-0">{t('sites.add_text')}</p>
        <label>
          <span className="form-label">{t('column.name')}</span>
          <input className="form-control" value={name} required autoComplete="off"
            onChange={(event) => setName(event.target.value)} />
        </label>
        <label>
          <span className="form-label">{t('sites.wwwroot')}</span>
          <input className="form-control" value={wwwroot} placeholder={'https://moodle.example'}
            onChange={(event) => setWwwroot(event.target.value)} />
        </label>
        {add.error && <ErrorNotice error={add.error} />}
      </form>
    </Dialog>
  );
}

function Code({ site, onClose }: { site: SiteWithCode; onClose: () => void }) {
  const { t } = useI18n();
  return (
    <Dialog title={t('sites.code', { name: site.name })} onClose={onClose}>
      <p>{t('sites.code_text')}</p>
      <pre className="data" tabIndex={0} role="region" aria-label={t('sites.code_label')}>
        {site.code}
      </pre>
      <p className="small muted mt-2 mb-0">
        {t('sites.code_until')} <Moment at={site.code_expires} />
      </p>
    </Dialog>
  );
}

function SiteActions({ site, onCode }: { site: Site; onCode: (site: SiteWithCode) => void }) {
  const { t, tn } = useI18n();
  const say = useToast();
  const [deleting, setDeleting] = useState(false);
  const params = { params: { path: { id: site.id } } };
  const code = useChange(() => data(hub.POST('/api/v1/sites/{id}/code', params)), ['sites']);
  const remove = useChange(() => data(hub.DELETE('/api/v1/sites/{id}', params)), ['sites']);
  return (
    <div className="actions">
      <button type="button" className="btn btn-plain btn-icon" title={t('sites.new_code')}
        aria-label={`${t('sites.new_code')}: ${site.name}`}
        onClick={() => code.mutate(undefined, { onSuccess: onCode })}>
        <Icon name="plug" />
      </button>
      <button type="button" className="btn btn-plain btn-icon" title={t('action.delete')}
        aria-label={`${t('action.delete')}: ${site.name}`} onClick={() => setDeleting(true)}>
        <Icon name="trash" />
      </button>
      {deleting && (
        <Confirm title={t('sites.delete_title', { name: site.name })} action={t('action.delete')}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await remove.mutateAsync(undefined);
            say(t('sites.deleted', { name: site.name }));
          }}>
          <p>{t('sites.delete_text')}</p>
          <p className="mb-0">{tn('sites.delete_outbox', site.outbox_rows)}</p>
        </Confirm>
      )}
    </div>
  );
}
