import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import type { Change } from '../../api/types';
import { Data } from '../../components/Data';
import { HubText } from '../../components/HubText';
import { LocalOnly } from '../../components/LocalOnly';
import { Paged } from '../../components/Paged';
import { Empty } from '../../components/States';
import { Table, type Column } from '../../components/Table';
import { Moment } from '../../components/Time';
import { useI18n } from '../../i18n';
import { sentenceOf } from '../../lib/audit';

/** Who changed what, from where. */
export function Audit() {
  const { t } = useI18n();
  const { refresh_ms } = useApp();
  const columns: Column<Change>[] = [
    { id: 'time', title: t('column.time'), cell: (row) => <Moment at={row.timecreated} /> },
    { id: 'who', title: t('audit.who'), cell: (row) => (
      <>
        <span className="name"><HubText text={row.who} /></span>
        <div className="small muted nowrap">{row.address}</div>
      </>
    ) },
    { id: 'action', title: t('audit.action'), kind: 'wide',
      cell: (row) => <Done change={row} /> },
    { id: 'what', title: t('audit.what'), kind: 'clipped', cell: (row) => <What change={row} /> },
  ];
  return (
    <Paged queryKey={['audit']} refresh_ms={refresh_ms * 3}
      refused={<LocalOnly title={t('settings.audit')} command={'mih log audit'} />}
      load={(cursor) =>
        data(hub.GET('/api/v1/audit', { params: { query: { limit: 50, cursor } } }))}>
      {(rows) => rows.length === 0 ? <Empty icon="list" title={t('audit.empty')} />
        : <Table label={t('settings.audit')} rows={rows} rowKey={(row) => row.id}
          columns={columns} />}
    </Paged>
  );
}

/** As a sentence; in small, the request that it was. */
function Done({ change }: { change: Change }) {
  const { t } = useI18n();
  const found = sentenceOf(change);
  if (!found) return <span className="mono">{change.action}</span>;
  return (
    <>
      {t(`audit.did.${found.sentence}`, { name: found.name })}
      <div className="small muted mono">{change.action}</div>
    </>
  );
}

/** In short; the whole of it behind a click. */
function What({ change }: { change: Change }) {
  const { t } = useI18n();
  const { what } = change;
  if (what == null) return '–';
  const entries = Array.isArray(what) || typeof what !== 'object' ? [] : Object.entries(what);
  const short = entries.map(([name, value]) =>
    `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' · ');
  return (
    <details>
      <summary className="clip">{short || JSON.stringify(what)}</summary>
      <Data label={`${t('audit.what')} · ${change.id}`} value={what} />
    </details>
  );
}
