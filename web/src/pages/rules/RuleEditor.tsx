import { lazy, Suspense, useEffect, useMemo, useState, type FormEvent } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { faultsOf } from '../../api/problem';
import { useChange, useRules, useServices } from '../../api/queries';
import type { Rule, RuleInput, Service } from '../../api/types';
import { Field, Labelled, type FormState } from '../../components/Field';
import { Answer, ErrorNotice, Loading, Notice } from '../../components/States';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { withDefaults, type Values } from '../../lib/fields';
import { suggestPaths, type FieldPath } from '../../lib/paths';
import { goTo, hrefTo } from '../../router';
import { FilterEditor } from './FilterEditor';
import { PreviewPanel } from './PreviewPanel';
import { inputOf } from './rule-file';
import { RuleSummary } from './RuleSummary';
import { useEventNames, useExampleEvents } from './examples';

const CodeEditor = lazy(() => import('../../components/CodeEditor'));

/** The form of a rule: the one with `id`, a copy of another, or a new one. */
export function RuleEditor({ id, copy }: { id?: number; copy?: number }) {
  const { t } = useI18n();
  const { canManage } = useApp();
  const rules = useRules();
  const services = useServices();
  return (
    <Answer of={rules}>
      {(list) => (
        <Answer of={services}>
          {(known) => {
            const rule = list.find((one) => one.id === id) ?? null;
            const source = rule ?? list.find((one) => one.id === copy);
            if (id !== undefined && !rule) {
              return <Notice tone="warn">{t('rules.not_there')}</Notice>;
            }
            if (rule && !canManage) return <RuleSummary rule={rule} />;
            const start = withDefaults('rule', source ? { ...inputOf(source) }
              : { service: known[0]?.name ?? '', eventname: '' });
            if (source && !rule) start.name = t('rules.copy_of', { name: String(start.name) });
            return <Form rule={rule} start={start} services={known} />;
          }}
        </Answer>
      )}
    </Answer>
  );
}

/** The form as the API takes it; what is still missing, the API says. */
function bodyOf(values: Values): RuleInput {
  return { ...values, filter: values.filter ?? null } as RuleInput;
}

function Form(props: { rule: Rule | null; start: Values; services: Service[] }) {
  const { t } = useI18n();
  const say = useToast();
  const { rule } = props;
  const [values, setValues] = useState(props.start);
  const set = (name: string, value: unknown) => setValues((now) => ({ ...now, [name]: value }));
  const [firstService] = props.services;
  useEffect(() => {
    // The list may have been an old one without any.
    if (firstService) setValues((now) => ({ ...now, service: now.service || firstService.name }));
  }, [firstService?.name]);
  const save = useChange(async () => {
    const body = bodyOf(values);
    if (!rule) return (await data(hub.POST('/api/v1/rules', { body }))) as Rule;
    const params = { path: { id: rule.id } };
    return (await data(hub.PUT('/api/v1/rules/{id}', { params, body }))) as Rule;
  }, ['rules']);
  const examples = useExampleEvents(String(values.eventname));
  const fields = useMemo(() => suggestPaths(examples.map((event) => event.event)), [examples]);
  const state: FormState = { form: 'rule', values, set, faults: faultsOf(save.error) };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, {
      onSuccess: (saved) => {
        say(t('rules.saved', { name: saved.name || saved.eventname }));
        goTo(['rules']);
      },
    });
  };
  const service = props.services.find((one) => one.name === values.service);
  return (
    <form onSubmit={submit} noValidate>
      <div className="page-head">
        <h1>{rule ? rule.name || t('rules.unnamed', { n: rule.id }) : t('rules.add')}</h1>
        <p className="lead-in">{t('rules.editor_intro')}</p>
      </div>
      {props.services.length === 0 && (
        <div className="notices">
          <Notice tone="warn">
            {t('rules.no_service')}{' '}
            <a href={hrefTo(['services'], { add: 'rest' })}>{t('services.add')}</a>
          </Notice>
        </div>
      )}
      {rule?.enabled && Boolean(rule.waiting_for?.length) && (
        <div className="notices"><Notice tone="note">{t('rules.waiting_text')}</Notice></div>
      )}
      <div className="editor-cols">
        <div className="card card-body">
          <div className="form-grid">
            <Field {...state} name="name" />
            <ServiceChoice state={state} services={props.services} />
            <EventName state={state} />
          </div>
          <FilterEditor value={values.filter} fields={fields} onChange={(f) => set('filter', f)}
            faults={state.faults.filter((fault) => fault.field.startsWith('filter'))} />
          <Call state={state} service={service} />
          <Template state={state} fields={fields} />
          <More state={state} />
          {save.error && <div className="mt-3"><ErrorNotice error={save.error} /></div>}
          <div className="row-wrap mt-3">
            <button type="submit" className="btn btn-primary" disabled={save.isPending}>
              {t('action.save')}
            </button>
            <a className="btn btn-outline-secondary" href={hrefTo(['rules'])}>
              {t('action.cancel')}
            </a>
          </div>
        </div>
        <div className="aside"><PreviewPanel rule={bodyOf(values)} examples={examples} /></div>
      </div>
    </form>
  );
}

function ServiceChoice({ state, services }: { state: FormState; services: Service[] }) {
  const { t } = useI18n();
  const faults = state.faults.filter((f) => f.field === 'service').map((f) => f.message);
  return (
    <Labelled label={t('field.rule.service')} help={t('help.rule.service')} faults={faults}>
      {({ id, describedBy, invalid }) => (
        <select id={id} aria-describedby={describedBy} aria-invalid={invalid}
          className="form-select" value={String(state.values.service ?? '')}
          onChange={(event) => state.set('service', event.target.value)}>
          {services.map(({ name }) => <option key={name} value={name}>{name}</option>)}
        </select>
      )}
    </Labelled>
  );
}

function EventName({ state }: { state: FormState }) {
  const { t } = useI18n();
  const names = useEventNames();
  const faults = state.faults.filter((f) => f.field === 'eventname').map((f) => f.message);
  return (
    <Labelled label={t('field.rule.eventname')} help={t('help.rule.eventname')} faults={faults}
      full>
      {({ id, describedBy, invalid }) => (
        <>
          <input id={id} aria-describedby={describedBy} aria-invalid={invalid} list={`${id}-names`}
            className="form-control mono" spellCheck={false} autoComplete="off"
            placeholder={'\\core\\event\\user_created'} value={String(state.values.eventname ?? '')}
            onChange={(event) => state.set('eventname', event.target.value)} />
          <datalist id={`${id}-names`}>
            {names.map((name) => <option key={name} value={name} />)}
          </datalist>
        </>
      )}
    </Labelled>
  );
}

function Call({ state, service }: { state: FormState; service: Service | undefined }) {
  const { t } = useI18n();
  const type = service?.type ?? 'rest';
  const faults = state.faults.filter((f) => f.field === 'endpoint').map((f) => f.message);
  return (
    <fieldset className="group">
      <legend>{t('rules.call')}</legend>
      <div className="form-grid">
        {type === 'rest' && <Field {...state} name="http_method" />}
        <Labelled label={t(`endpoint.${type}`)} help={t(`endpoint.help.${type}`)} faults={faults}>
          {({ id, describedBy, invalid }) => (
            <input id={id} aria-describedby={describedBy} aria-invalid={invalid}
              className="form-control mono" spellCheck={false}
              value={String(state.values.endpoint ?? '')}
              onChange={(event) => state.set('endpoint', event.target.value)} />
          )}
        </Labelled>
        {type === 'rest' && <Field {...state} name="content_type" />}
      </div>
    </fieldset>
  );
}

function Template({ state, fields }: { state: FormState; fields: FieldPath[] }) {
  const { t } = useI18n();
  const faults = state.faults.filter((fault) => fault.field === 'payload_template');
  return (
    <fieldset className="group">
      <legend>{t('field.rule.payload_template')}</legend>
      <p className="muted small">{t('help.rule.payload_template')}</p>
      <Suspense fallback={<Loading />}>
        <CodeEditor label={t('field.rule.payload_template')} faults={faults} fields={fields}
          value={String(state.values.payload_template ?? '')}
          onChange={(text) => state.set('payload_template', text)} />
      </Suspense>
      {faults.map((fault) => (
        <div key={fault.message} className="field-fault" role="alert">
          {fault.line !== undefined && (
            <strong>{t('rules.at', { line: fault.line, column: fault.column ?? 1 })} </strong>
          )}
          <span lang="en">{fault.message}</span>
        </div>
      ))}
    </fieldset>
  );
}

function More({ state }: { state: FormState }) {
  const { t } = useI18n();
  return (
    <>
      <details className="group">
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
