import { useMutation } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { data, hub } from '../../api/client';
import type { Service, ServiceTestResult } from '../../api/types';
import { ResultBadge } from '../../components/Badges';
import { Data } from '../../components/Data';
import { Dialog } from '../../components/Dialog';
import { HubText } from '../../components/HubText';
import { ErrorNotice, Notice } from '../../components/States';
import { useI18n } from '../../i18n';
import { jsonFault } from '../../lib/json-fault';
import { exampleOf, useOperations, type Operation } from './operations';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** One real call of a service: what was sent, what came back, how long it took. */
export function TestCall(props: {
  service: Service;
  onClose: () => void;
  /** Of a SOAP service: what is called first. */
  operation?: Operation | undefined;
}) {
  const { t } = useI18n();
  const { service, onClose } = props;
  const rest = service.type === 'rest';
  const operations = useOperations(service.name, service.type === 'soap');
  const [method, setMethod] = useState<(typeof METHODS)[number]>(rest ? 'GET' : 'POST');
  const [endpoint, setEndpoint] = useState(props.operation?.endpoint ?? (rest ? '/' : ''));
  const [payload, setPayload] = useState(props.operation ? exampleOf(props.operation) : '');
  const choose = (operation: Operation | undefined) => {
    setEndpoint(operation?.endpoint ?? '');
    setPayload(operation ? exampleOf(operation) : '');
  };
  const [first] = operations.data ?? [];
  useEffect(() => {
    if (first && endpoint === '') choose(first);
  }, [first]);
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
    } catch {
      setFault(jsonFault(payload, t));
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
          {operations.data?.length ? (
            <select className="form-select mono" value={endpoint} onChange={(event) =>
              choose(operations.data.find((one) => one.endpoint === event.target.value))}>
              {operations.data.map((one) => <option key={one.endpoint}>{one.endpoint}</option>)}
            </select>
          ) : (
            <input className="form-control mono" value={endpoint} spellCheck={false}
              onChange={(event) => setEndpoint(event.target.value)} />
          )}
        </label>
        <label className="full">
          <span className="form-label">{t('test.payload')}</span>
          <textarea className="form-control mono" rows={service.type === 'soap' ? 12 : 4}
            value={payload} spellCheck={false}
            aria-invalid={fault !== ''} onChange={(event) => setPayload(event.target.value)} />
          {fault && <span className="field-fault">{fault}</span>}
        </label>
      </form>
      {operations.error && (
        <Notice tone="warn">
          <strong>{t('soap.unreadable')}</strong>
          <p><HubText text={operations.error.message} /></p>
        </Notice>
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
      {result.error && <Notice tone="bad"><HubText text={result.error} /></Notice>}
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
