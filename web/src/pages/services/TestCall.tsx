import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { data, hub } from '../../api/client';
import { useOptional } from '../../api/queries';
import type { Service, ServiceTestResult } from '../../api/types';
import { ResultBadge } from '../../components/Badges';
import { Data } from '../../components/Data';
import { Dialog } from '../../components/Dialog';
import { ErrorNotice, Notice } from '../../components/States';
import { useI18n } from '../../i18n';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
interface Operation {
  name: string;
  arguments?: unknown;
  example?: unknown;
}

/** One real call of a service: what was sent, what came back, how long it took. */
export function TestCall({ service, onClose }: { service: Service; onClose: () => void }) {
  const { t } = useI18n();
  const rest = service.type === 'rest';
  const [method, setMethod] = useState<(typeof METHODS)[number]>(rest ? 'GET' : 'POST');
  const [endpoint, setEndpoint] = useState(rest ? '/' : '');
  const [payload, setPayload] = useState('');
  const [fault, setFault] = useState('');
  const run = useMutation({
    mutationFn: (body: { endpoint: string; method: typeof method; payload?: unknown }) =>
      data(hub.POST('/api/v1/services/{name}/test',
        { params: { path: { name: service.name } }, body: body })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setFault('');
    let parsed: unknown;
    try {
      parsed = payload.trim() ? JSON.parse(payload) : undefined;
    } catch (error) {
      setFault(error instanceof Error ? error.message : '');
      return;
    }
    run.mutate({ endpoint, method, ...(parsed === undefined ? {} : { payload: parsed }) });
  };
  return (
    <Dialog wide title={t('test.title', { name: service.name })} onClose={onClose} footer={
      <>
        <button type="button" className="btn btn-outline-secondary" onClick={onClose}>
          {t('action.close')}
        </button>
        <button type="submit" form="test-call" className="btn btn-primary"
          disabled={run.isPending}>
          {run.isPending ? t('test.running') : t('test.run')}
        </button>
      </>
    }>
      <p className="muted">{t('test.text')}</p>
      <form id="test-call" className="form-grid" onSubmit={submit}>
        {rest && (
          <label>
            <span className="form-label">{t('field.rule.http_method')}</span>
            <select className="form-select" value={method}
              onChange={(event) => setMethod(event.target.value as typeof method)}>
              {METHODS.map((name) => <option key={name}>{name}</option>)}
            </select>
          </label>
        )}
        <label>
          <span className="form-label">{t(`endpoint.${service.type}`)}</span>
          <input className="form-control mono" value={endpoint} spellCheck={false}
            onChange={(event) => setEndpoint(event.target.value)} />
        </label>
        <label className="full">
          <span className="form-label">{t('test.payload')}</span>
          <textarea className="form-control mono" rows={3} value={payload} spellCheck={false}
            aria-invalid={fault !== ''} onChange={(event) => setPayload(event.target.value)} />
          {fault && <span className="field-fault" lang="en">{fault}</span>}
        </label>
      </form>
      {service.type === 'soap' && (
        <Operations service={service} onPick={(operation) => {
          setEndpoint(operation.name);
          if (operation.example) setPayload(JSON.stringify(operation.example, null, 2));
        }} />
      )}
      <div className="mt-3" aria-live="polite">
        {run.error && <ErrorNotice error={run.error} />}
        {run.data && <Result result={run.data} />}
      </div>
    </Dialog>
  );
}

function Result({ result }: { result: ServiceTestResult }) {
  const { t, translator } = useI18n();
  const { request, response } = result;
  return (
    <div className="stack">
      <div className="row-wrap">
        <ResultBadge success={result.success ?? false} status={response?.http_status} />
        <span className="muted">{translator.milliseconds(result.latency_ms ?? 0)}</span>
      </div>
      {result.error && <Notice tone="bad"><span lang="en">{result.error}</span></Notice>}
      {response && <Data label={t('test.response')} value={response.body ?? ''} />}
      {request && (
        <Data label={t('test.request')} value={
          [`${request.method} ${request.url}`,
            ...Object.entries(request.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
            '', request.payload ?? ''].join('\n').trim()} />
      )}
    </div>
  );
}

function Operations(props: { service: Service; onPick: (operation: Operation) => void }) {
  const { t } = useI18n();
  const found = useOptional<Operation[] | { items: Operation[] }>(
    `/services/${encodeURIComponent(props.service.name)}/operations`);
  if (found.missing) return <Notice tone="idle">{t('soap.no_operations')}</Notice>;
  if (found.error) return <ErrorNotice error={found.error} />;
  const list = Array.isArray(found.data) ? found.data : (found.data?.items ?? []);
  return (
    <div className="mt-3">
      <h3>{t('soap.operations')}</h3>
      <div className="row-wrap">
        {list.map((operation) => (
          <button key={operation.name} type="button" className="btn btn-sm btn-outline-primary"
            onClick={() => props.onPick(operation)}>
            {operation.name}
          </button>
        ))}
      </div>
    </div>
  );
}
