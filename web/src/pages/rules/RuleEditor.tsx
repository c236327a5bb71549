import { useEffect, useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { faultsOf } from '../../api/problem';
import { useChange, useRules, useServices } from '../../api/queries';
import type { Rule, RuleInput, Service } from '../../api/types';
import { useCheckedForm } from '../../components/checked-form';
import { LeaveGuard } from '../../components/LeaveGuard';
import { useLeaveGuard } from '../../components/leave-guard';
import { Field, type FormState } from '../../components/Field';
import { Icon } from '../../components/Icon';
import { Answer, ErrorNotice, Notice } from '../../components/States';
import { useTitle } from '../../components/title';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { faultsOfEmpty, faultsOfNumbers } from '../../lib/checks';
import { fieldInfo, fieldNames, withDefaults, type Values } from '../../lib/fields';
import { stillRefused, type Refused } from '../../lib/refusals';
import { goTo, hrefTo, usePlace } from '../../router';
import { FilterEditor } from './FilterEditor';
import { PreviewPanel } from './PreviewPanel';
import { Call, EventName, More, ServiceChoice, Template } from './RuleFields';
import { RuleState } from './RuleState';
import { RuleSummary } from './RuleSummary';
import { useExampleEvents, useFieldPaths } from './examples';
import { faultsNow, useLivePreview } from './preview';
import { inputOf } from './rule-file';

/** The form of a rule: the one with `id`, a copy of another, or a new one. */
export function RuleEditor({ id, copy }: { id?: number; copy?: number }) {
  const { t } = useI18n();
  const { canManage } = useApp();
  const { query } = usePlace();
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
              : {
                service: query.service || onlyOne(known), eventname: '',
                endpoint: query.endpoint ?? '', payload_template: query.example ?? '',
              });
            if (source && !rule) start.name = t('rules.copy_of', { name: String(start.name) });
            return <Form rule={rule} start={start} services={known} />;
          }}
        </Answer>
      )}
    </Answer>
  );
}

/** Where there is a choice, people make it. */
function onlyOne(services: Service[]): string {
  const [first, second] = services;
  return first && !second ? first.name : '';
}

/** The form as the API takes it; what is still missing, the API says. */
function bodyOf(values: Values): RuleInput {
  return { ...values, filter: values.filter ?? null } as RuleInput;
}

function Form(props: { rule: Rule | null; start: Values; services: Service[] }) {
  const { t } = useI18n();
  const say = useToast();
  const { rule } = props;
  const [first] = useState(props.start);
  const [values, setValues] = useState(first);
  const [refused, setRefused] = useState<Refused | null>(null);
  const set = (name: string, value: unknown) => setValues((now) => ({ ...now, [name]: value }));
  const only = onlyOne(props.services);
  useEffect(() => {
    // The list may have been an old one without any.
    if (only) setValues((now) => ({ ...now, service: now.service || only }));
  }, [only]);
  const changed = JSON.stringify({ ...first, service: first.service || only }) !==
    JSON.stringify({ ...values, service: values.service || only });
  const guard = useLeaveGuard(changed);
  const title = rule ? rule.name || t('rules.unnamed', { n: String(rule.id) }) : t('rules.add');
  useTitle(title, 'nav.rules');
  const save = useChange(async () => {
    const body = bodyOf(values);
    if (!rule) return (await data(hub.POST('/api/v1/rules', { body }))) as Rule;
    const params = { path: { id: rule.id } };
    return (await data(hub.PUT('/api/v1/rules/{id}', { params, body }))) as Rule;
  }, ['rules']);
  const examples = useExampleEvents(String(values.eventname));
  const fields = useFieldPaths(String(values.eventname), examples);
  const [chosen, setChosen] = useState('');
  const event = examples.find((one) => one.id === chosen) ?? examples[0] ?? null;
  const live = useLivePreview(bodyOf(values), event);
  const found = [
    ...faultsOfEmpty(['eventname', 'service'], values, t),
    ...faultsOfNumbers(fieldNames('rule'), values, (name) => fieldInfo('rule', name), t),
  ];
  const checked = useCheckedForm(found, () => save.mutate(undefined, {
    onSuccess: (saved) => {
      guard.free();
      say(t('rules.saved', { name: saved.name || saved.eventname }));
      goTo(['rules']);
    },
    onError: (error) => {
      setRefused({ error, values });
      checked.focusFault();
    },
  }));
  const state: FormState = {
    form: 'rule', values, set,
    faults: [...checked.faults, ...faultsNow(live, stillRefused(refused, values))],
  };
  const wrong = save.isPending ? null : stillRefused(refused, values);
  const service = props.services.find((one) => one.name === values.service);
  return (
    <form ref={checked.form} onSubmit={checked.submit} noValidate>
      <div className="page-head">
        <h1>{title}</h1>
        {rule && <RuleState rule={rule} />}
        {rule && (
          <a className="btn btn-outline-secondary"
            href={hrefTo(['rules', 'new'], { copy: rule.id })}>
            <Icon name="copy" />{t('action.duplicate')}
          </a>
        )}
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
      {rule?.enabled && rule.flagged && (
        <div className="notices"><Notice tone="warn">{t('rules.gone_text')}</Notice></div>
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
          {wrong !== null && checked.faults.length === 0 && (
            <div className="mt-3"><Refusal error={wrong} /></div>
          )}
          {checked.faults.length > 0 && (
            <div className="mt-3"><Notice tone="bad" live>{t('form.check')}</Notice></div>
          )}
          <div className="row-wrap mt-3">
            <button type="submit" className="btn btn-primary" disabled={save.isPending}>
              {t('action.save')}
            </button>
            <a className="btn btn-outline-secondary" href={hrefTo(['rules'])}>
              {t('action.cancel')}
            </a>
          </div>
        </div>
        <div className="aside">
          <PreviewPanel rule={bodyOf(values)} live={live} examples={examples} event={event}
            onEvent={setChosen} />
        </div>
      </div>
      <LeaveGuard guard={guard} />
    </form>
  );
}

/** Why it was not saved; what is wrong with a field stands there. */
function Refusal({ error }: { error: unknown }) {
  const { t } = useI18n();
  if (faultsOf(error).length === 0) return <ErrorNotice error={error} />;
  return <Notice tone="bad" live>{t('form.check')}</Notice>;
}
