import { Suspense } from 'react';
import type { Service } from '../../api/types';
import { Field, type FormState } from '../../components/Field';
import { HubText } from '../../components/HubText';
import { Labelled } from '../../components/Labelled';
import { lazyPart } from '../../components/lazy-part';
import { Loading, Notice } from '../../components/States';
import { useI18n } from '../../i18n';
import type { Fault } from '../../lib/checks';
import { useHubTexts } from '../../lib/hub-texts';
import type { FieldPath } from '../../lib/paths';
import { compareTexts } from '../../lib/sorting';
import { exampleOf, useOperations } from '../services/operations';
import { useCatalogue } from './examples';

const CodeEditor = lazyPart(() => import('../../components/CodeEditor'));

function faultsAt(state: FormState, name: string): Fault[] {
  return state.faults.filter((fault) => fault.field === name);
}

export function ServiceChoice({ state, services }: { state: FormState; services: Service[] }) {
  const { t } = useI18n();
  const sorted = [...services].sort((one, other) => compareTexts(one.name, other.name));
  return (
    <Labelled label={t('field.rule.service')} help={t('help.rule.service')}
      faults={faultsAt(state, 'service')}>
      {({ id, describedBy, invalid }) => (
        <select id={id} aria-describedby={describedBy} aria-invalid={invalid}
          className="form-select" value={String(state.values.service ?? '')}
          onChange={(event) => state.set('service', event.target.value)}>
          {!state.values.service && <option value="">{t('rules.choose_service')}</option>}
          {sorted.map(({ name, type }) => (
            <option key={name} value={name}>{`${name} (${t(`type.short.${type}`)})`}</option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

/** With the names that the sites know, and what they are called there. */
export function EventName({ state }: { state: FormState }) {
  const { t, tn } = useI18n();
  const catalogue = useCatalogue();
  const chosen = catalogue.find(({ eventname }) => eventname === state.values.eventname);
  const about = chosen && [chosen.title, chosen.seen > 0 && tn('rules.seen', chosen.seen)]
    .filter(Boolean).join(' · ');
  return (
    <Labelled label={t('field.rule.eventname')} help={about || t('help.rule.eventname')}
      faults={faultsAt(state, 'eventname')} full>
      {({ id, describedBy, invalid }) => (
        <>
          <input id={id} aria-describedby={describedBy} aria-invalid={invalid} list={`${id}-names`}
            className="form-control mono" spellCheck={false} autoComplete="off"
            placeholder={'\\core\\event\\user_created'} value={String(state.values.eventname ?? '')}
            onChange={(event) => state.set('eventname', event.target.value)} />
          <datalist id={`${id}-names`}>
            {catalogue.map(({ eventname, title }) => (
              <option key={eventname} value={eventname}>{title}</option>
            ))}
          </datalist>
        </>
      )}
    </Labelled>
  );
}

/** Path, routing key or operation, and how it is called. */
export function Call({ state, service }: { state: FormState; service: Service | undefined }) {
  const { t } = useI18n();
  const type = service?.type ?? 'rest';
  const operations = useOperations(service?.name ?? '', type === 'soap');
  const endpoint = String(state.values.endpoint ?? '');
  const operation = operations.data?.find((one) => one.endpoint === endpoint);
  return (
    <fieldset className="group">
      <legend>{t('rules.call')}</legend>
      <div className="form-grid">
        {type === 'rest' && <Field {...state} name="http_method" />}
        <Labelled label={t(`endpoint.${type}`)} help={t(`endpoint.help.${type}`)}
          faults={faultsAt(state, 'endpoint')}>
          {({ id, describedBy, invalid }) => (
            <>
              <input id={id} aria-describedby={describedBy} aria-invalid={invalid}
                className="form-control mono" spellCheck={false} autoComplete="off"
                list={`${id}-list`} value={endpoint}
                onChange={(event) => state.set('endpoint', event.target.value)} />
              <datalist id={`${id}-list`}>
                {operations.data?.map((one) => <option key={one.endpoint} value={one.endpoint} />)}
              </datalist>
            </>
          )}
        </Labelled>
        {type === 'rest' && <Field {...state} name="content_type" />}
      </div>
      {operations.error && (
        <Notice tone="warn">
          <strong>{t('soap.unreadable')}</strong>
          <p><HubText text={operations.error.message} /></p>
        </Notice>
      )}
      {operation && (
        <button type="button" className="btn btn-sm btn-outline-primary mt-2"
          onClick={() => state.set('payload_template', exampleOf(operation))}>
          {t('soap.use_example')}
        </button>
      )}
    </fieldset>
  );
}

export function Template({ state, fields }: { state: FormState; fields: FieldPath[] }) {
  const { t } = useI18n();
  const say = useHubTexts();
  const faults = state.faults.filter((fault) => fault.field === 'payload_template');
  const said = faults.map((fault) => ({ ...fault, message: say(fault.message) ?? fault.message }));
  return (
    <fieldset className="group">
      <legend>{t('field.rule.payload_template')}</legend>
      <p className="muted small">{t('help.rule.payload_template')}</p>
      <Suspense fallback={<Loading />}>
        <CodeEditor label={t('field.rule.payload_template')} faults={said} fields={fields}
          value={String(state.values.payload_template ?? '')}
          onChange={(text) => state.set('payload_template', text)} />
      </Suspense>
      {faults.map((fault) => (
        <div key={fault.message} className="field-fault" role="alert">
          {fault.line !== undefined && (
            <strong>{t('rules.at', { line: fault.line, column: fault.column ?? 1 })} </strong>
          )}
          <HubText text={fault.message} />
        </div>
      ))}
    </fieldset>
  );
}

/** What stands behind a click. */
const INSIDE = ['headers', 'ordering_key', 'dedupe_key', 'dedupe_window'];

export function More({ state }: { state: FormState }) {
  const { t } = useI18n();
  const used = ['ordering_key', 'dedupe_key'].some((name) => Boolean(state.values[name])) ||
    Number(state.values.dedupe_window) > 0 || Boolean(state.values.include_anonymous) ||
    state.faults.some(({ field }) => INSIDE.includes(field));
  return (
    <>
      <details className="group" open={used || undefined}>
        <summary>{t('rules.more')}</summary>
        <div className="form-grid">
          <Field {...state} name="headers" full />
          <Field {...state} name="ordering_key" />
          <Field {...state} name="dedupe_window" />
          <Field {...state} name="dedupe_key" />
          <Field {...state} name="include_anonymous" full />
        </div>
      </details>
      <div className="mt-3"><Field {...state} name="enabled" /></div>
    </>
  );
}
