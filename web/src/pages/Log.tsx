import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useApp } from '../api/app';
import { data, hub } from '../api/client';
import { useChange, useSummary } from '../api/queries';
import type { LogRow } from '../api/types';
import { Confirm } from '../components/Confirm';
import { Filters, SelectFilter } from '../components/Filters';
import { InputFilter, TimeFilter } from '../components/InputFilter';
import { Icon } from '../components/Icon';
import { LogTable } from '../components/LogTable';
import { ServiceFilter } from '../components/ServiceFilter';
import { ErrorNotice } from '../components/States';
import { useToast } from '../components/Toasts';
import { useI18n } from '../i18n';
import { csvOf, logQuery } from '../lib/log';
import { usePlace } from '../router';

/** A download larger than this would be a job for the API. */
const MAX_ROWS = 100_000;

/** So many rows are counted before they are deleted; it could be any number. */
const COUNTED = 5_000;

async function allRows(filter: Record<string, string>, most = MAX_ROWS): Promise<LogRow[]> {
  const rows: LogRow[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...logQuery(filter), limit: 500, cursor };
    const page = await data(hub.GET('/api/v1/log', { params: { query } }));
    rows.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor && rows.length < most);
  return rows;
}

export default function Log() {
  const { t } = useI18n();
  const { canManage } = useApp();
  const { query } = usePlace();
  const download = useMutation({
    mutationFn: async () => {
      const file = new Blob([csvOf(await allRows(query))], { type: 'text/csv' });
      const link = document.createElement('a');
      link.href = URL.createObjectURL(file);
      link.download = 'mih-log.csv';
      link.click();
      URL.revokeObjectURL(link.href);
    },
  });
  return (
    <>
      <div className="page-head">
        <h1>{t('nav.log')}</h1>
        <button type="button" className="btn btn-outline-secondary" disabled={download.isPending}
          onClick={() => download.mutate()}>
          <Icon name="download" />{t('log.csv')}
        </button>
        {canManage && <Clear />}
        <p className="lead-in">{t('log.intro')}</p>
      </div>
      {download.error && <ErrorNotice error={download.error} />}
      <LogFilters />
      <LogTable filter={query} filtered={Object.values(query).some(Boolean)} />
    </>
  );
}

function LogFilters() {
  const { t } = useI18n();
  return (
    <Filters>
      <InputFilter name="text" label={t('filter.text')} grow />
      <ServiceFilter />
      <SelectFilter name="success" label={t('column.result')}
        options={[['true', t('result.success')], ['false', t('result.failure')]]} />
      <SelectFilter name="direction" label={t('column.direction')}
        options={[['outbound', t('direction.outbound')], ['inbound', t('direction.inbound')]]} />
      <TimeFilter />
    </Filters>
  );
}

function Clear() {
  const { t, tn } = useI18n();
  const say = useToast();
  const summary = useSummary();
  const [asking, setAsking] = useState(false);
  const count = useQuery({
    queryKey: ['log', 'count'],
    queryFn: async () => (await allRows({}, COUNTED)).length,
    enabled: asking,
    gcTime: 0,
  });
  const clear = useChange(() => data(hub.POST('/api/v1/log/clear')), ['log']);
  return (
    <>
      <button type="button" className="btn btn-outline-danger" onClick={() => setAsking(true)}>
        <Icon name="trash" />{t('log.clear')}
      </button>
      {asking && (
        <Confirm title={t('log.clear')} action={t('log.clear')} onClose={() => setAsking(false)}
          onConfirm={async () => {
            await clear.mutateAsync(undefined);
            say(t('log.cleared'));
          }}>
          <p>{t('log.clear_text')} {count.data !== undefined && (count.data < COUNTED
            ? tn('log.clear_rows', count.data) : t('log.clear_many', { n: COUNTED }))}</p>
          <p className="mb-0">
            {t('log.clear_kept', { n: summary.data?.dead_letters ?? 0 })}
          </p>
        </Confirm>
      )}
    </>
  );
}
