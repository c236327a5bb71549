import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { data, hub } from '../../api/client';
import type { DeadLetterFilter, Job } from '../../api/types';
import { Dialog } from '../../components/Dialog';
import { HubText } from '../../components/HubText';
import { ErrorNotice, Loading, Notice } from '../../components/States';
import { useI18n } from '../../i18n';

export interface Bulk {
  kind: 'replay' | 'delete';
  which: { ids?: number[]; filter?: DeadLetterFilter; all?: boolean };
}
type Mode = 'current' | 'as_sent';
const ASK_MS = 400;

function start(bulk: Bulk, mode: Mode, dry_run: boolean) {
  return bulk.kind === 'replay'
    ? data(hub.POST('/api/v1/dead-letters/replay', { body: { ...bulk.which, mode, dry_run } }))
    : data(hub.POST('/api/v1/dead-letters/delete', { body: { ...bulk.which, dry_run } }));
}

/** Counts first, asks, then does it and shows how far it is. */
export function BulkAction({ bulk, onClose }: { bulk: Bulk; onClose: (done: boolean) => void }) {
  const { t, tn } = useI18n();
  const queries = useQueryClient();
  const [mode, setMode] = useState<Mode>('current');
  const [jobId, setJobId] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [starting, setStarting] = useState(false);
  const count = useQuery({
    queryKey: ['bulk-count', bulk],
    queryFn: () => start(bulk, mode, true),
    gcTime: 0, // never the count of the time before
  });
  const job = useQuery({
    queryKey: ['jobs', jobId],
    queryFn: () => data(hub.GET('/api/v1/jobs/{id}', { params: { path: { id: jobId ?? '' } } })),
    enabled: jobId !== null,
    refetchInterval: (query) => (query.state.data?.state === 'running' ? ASK_MS : false),
  });
  const ended = job.data !== undefined && job.data.state !== 'running';
  useEffect(() => {
    if (!ended) return;
    for (const list of ['dead-letters', 'deliveries', 'summary', 'services']) {
      void queries.invalidateQueries({ queryKey: [list] });
    }
  }, [ended]);
  const run = async () => {
    setStarting(true);
    setError(null);
    try {
      setJobId((await start(bulk, mode, false)).job_id);
    } catch (fault) {
      setError(fault);
    }
    setStarting(false);
  };
  const n = count.data?.count ?? 0;
  return (
    <Dialog title={t(`bulk.${bulk.kind}.title`)} onClose={() => onClose(ended)} footer={
      <>
        <button type="button" className="btn btn-outline-secondary" onClick={() => onClose(ended)}>
          {jobId ? t('action.close') : t('action.cancel')}
        </button>
        {!jobId && (
          <button type="button" disabled={!n || starting} onClick={() => void run()}
            className={`btn ${bulk.kind === 'delete' ? 'btn-danger' : 'btn-primary'}`}>
            {tn(`bulk.${bulk.kind}.do`, n)}
          </button>
        )}
      </>
    }>
      {count.isPending && <Loading />}
      {count.error && <ErrorNotice error={count.error} onRetry={() => void count.refetch()} />}
      {count.data && !jobId && (
        <div className="stack">
          <p className="mb-0">{tn(`bulk.${bulk.kind}.text`, n)}</p>
          {bulk.kind === 'replay' && <ModeChoice mode={mode} onChange={setMode} />}
        </div>
      )}
      {error !== null && <ErrorNotice error={error} />}
      {job.data && <Progress job={job.data} kind={bulk.kind} />}
    </Dialog>
  );
}

function ModeChoice({ mode, onChange }: { mode: Mode; onChange: (mode: Mode) => void }) {
  const { t } = useI18n();
  return (
    <fieldset>
      <legend className="form-label">{t('bulk.mode')}</legend>
      {(['current', 'as_sent'] as const).map((name) => (
        <label key={name} className="form-check">
          <input type="radio" className="form-check-input" name="mode" checked={mode === name}
            onChange={() => onChange(name)} />
          <span className="form-check-label">
            {t(`bulk.mode.${name}`)}
            <span className="form-text d-block">{t(`bulk.mode.${name}.text`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Progress({ job, kind }: { job: Job; kind: Bulk['kind'] }) {
  const { t, tn, translator } = useI18n();
  const ended = job.state !== 'running';
  return (
    <div className="stack" aria-live="polite">
      <div>
        <progress className="bulk-progress" max={job.total || 1}
          value={ended ? job.total || 1 : job.done}
          aria-label={t('bulk.progress')} />
        <div className="small muted">
          {t('bulk.done_of', { done: job.done, total: job.total })}
        </div>
      </div>
      {ended && (
        <Notice tone={job.failed || job.state === 'failed' ? 'warn' : 'ok'}>
          {tn(`bulk.done.${kind}`, job.succeeded)}
          {job.skipped > 0 && ` ${tn('bulk.skipped', job.skipped)}`}
          {job.failed > 0 && ` ${tn('bulk.failed', job.failed)}`}
        </Notice>
      )}
      {job.errors.length > 0 && (
        <ul className="small">
          {job.errors.map((message, index) => <li key={index}><HubText text={message} /></li>)}
        </ul>
      )}
      {!ended && <p className="small muted mb-0">
        {t('bulk.goes_on', { n: translator.number(job.total - job.done) })}
      </p>}
    </div>
  );
}
