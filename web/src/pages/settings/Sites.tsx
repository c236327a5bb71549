import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useApp } from '../../api/app';
import { all, data, hub } from '../../api/client';
import type { Site, SiteWithCode } from '../../api/types';
import { Pill } from '../../components/Badges';
import { Answer, Empty } from '../../components/States';
import { Table, type Column } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { AddSite } from './AddSite';
import { SettingsList } from './SettingsList';
import { SiteActions } from './SiteActions';
import { SiteCode } from './SiteCode';

/** The Moodles of this hub. */
export function Sites() {
  const { t, translator } = useI18n();
  const { canManage, refresh_ms, session } = useApp();
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
      <SettingsList intro={t('sites.intro')} add={t('sites.add')} dialog={mayChange
        ? (close) => <AddSite onClose={close} onMade={(made) => {
          close();
          setCode(made);
        }} /> : null}>
        <Answer of={sites}>
          {(list) => list.length === 0
            ? <Empty icon="home" title={t('sites.empty')}><p>{t('sites.empty_text')}</p></Empty>
            : <Table label={t('settings.sites')} columns={columns} rows={list}
              rowKey={(s) => s.id} />}
        </Answer>
      </SettingsList>
      {code && <SiteCode site={code} onClose={() => setCode(null)} />}
    </>
  );
}
