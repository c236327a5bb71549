import { call } from '../../api/client';
import { ApiError } from '../../api/problem';
import { useOptional } from '../../api/queries';
import { Data } from '../../components/Data';
import { Paged } from '../../components/Paged';
import { Empty, Loading, NotInThisHub } from '../../components/States';
import { Table } from '../../components/Table';
import { Moment } from '../../components/Time';
import { useI18n } from '../../i18n';
import { CommandLineOnly } from './Tokens';

interface Change {
  id: number;
  timecreated: number;
  who?: string | null;
  address?: string | null;
  action?: string;
  what?: unknown;
}
interface Changes {
  items: Change[];
  next_cursor: string | null;
}

/** Who changed what, from where. */
export function Audit() {
  const { t } = useI18n();
  const there = useOptional<Changes>('/audit?limit=1');
  if (there.missing) return <NotInThisHub what={t('settings.audit')} />;
  if (there.error instanceof ApiError && there.error.status === 403) {
    return <CommandLineOnly title={t('settings.audit')} command={'mih log audit'} />;
  }
  if (there.isPending) return <Loading />;
  return (
    <Paged<Change> queryKey={['audit']} refresh_ms={false}
      load={(cursor) => call<Changes>('GET',
        `/audit?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)}>
      {(rows) => rows.length === 0 ? <Empty icon="list" title={t('audit.empty')} /> : (
        <Table label={t('settings.audit')} rows={rows} rowKey={(row) => row.id} columns={[
          { id: 'time', title: t('column.time'), cell: (row) => <Moment at={row.timecreated} /> },
          { id: 'who', title: t('audit.who'), cell: (row) => (
            <>
              <span className="nowrap">{row.who ?? '–'}</span>
              <div className="small muted nowrap">{row.address}</div>
            </>
          ) },
          { id: 'action', title: t('audit.action'), kind: 'wide',
            cell: (row) => <span className="mono">{row.action}</span> },
          { id: 'what', title: t('audit.what'), kind: 'clipped',
            cell: (row) => <What change={row} /> },
        ]} />
      )}
    </Paged>
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
      <Data label={t('audit.what')} value={what} />
    </details>
  );
}
