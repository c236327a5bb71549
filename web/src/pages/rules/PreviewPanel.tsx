import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { data, hub } from '../../api/client';
import { ApiError } from '../../api/problem';
import type { HubEvent, Preview, RuleInput } from '../../api/types';
import { Pill } from '../../components/Badges';
import { Data } from '../../components/Data';
import { ErrorNotice, Notice } from '../../components/States';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';
import { madeUpEvent } from './examples';

const PAUSE_MS = 500;
const DRY_RUN_EVENTS = 25;
const CHOICES = 30;

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** What the hub takes: it keeps an event's id per site, the preview looks it up by id alone. */
function preview(rule: RuleInput, event: HubEvent | null): Promise<Preview> {
  const body = event ? { rule, event_id: event.id }
    : { rule, event: madeUpEvent(rule.eventname) };
  return data(hub.POST('/api/v1/rules/preview', { body }));
}

/** What the rule, as it stands in the form, makes of an event. */
export function PreviewPanel({ rule, examples }: { rule: RuleInput; examples: HubEvent[] }) {
  const { t, translator } = useI18n();
  const [chosen, setChosen] = useState('');
  const event = examples.find(({ id }) => id === chosen) ?? examples[0] ?? null;
  const settled = useSettled(rule);
  const shown = useQuery({
    queryKey: ['preview', settled, event?.id ?? null],
    queryFn: () => preview(settled, event),
    enabled: Boolean(settled.eventname && settled.service),
    placeholderData: keepPreviousData,
  });
  return (
    <div className="stack">
      <section className="card">
        <div className="card-head"><h2>{t('preview.title')}</h2></div>
        <div className="card-body stack">
          <label>
            <span className="form-label">{t('preview.event')}</span>
            <select className="form-select" value={event?.id ?? ''}
              onChange={(change) => setChosen(change.target.value)}>
              {examples.length === 0 && <option value="">{t('preview.made_up')}</option>}
              {examples.slice(0, CHOICES).map((one) => (
                <option key={one.id} value={one.id}>
                  {`${shortName(one.eventname)} · ${translator.time(one.accepted)}`}
                </option>
              ))}
            </select>
          </label>
          {!settled.eventname && <p className="muted mb-0">{t('preview.need_event')}</p>}
          {shown.error ? <Fault error={shown.error} />
            : shown.data && settled.eventname && <Shown preview={shown.data} />}
        </div>
      </section>
      <DryRun rule={rule} examples={examples} />
    </div>
  );
}

/** Faults of the fields stand at the fields when the rule is saved; here in short. */
function Fault({ error }: { error: unknown }) {
  const { t } = useI18n();
  if (!(error instanceof ApiError) || error.status !== 422) return <ErrorNotice error={error} />;
  const faults = error.faults.length ? error.faults : [{ field: '', message: error.message }];
  return (
    <Notice tone="warn">
      <strong>{t('preview.not_yet')}</strong>
      {faults.map((fault) => (
        <p key={fault.message} lang="en">
          {fault.field && <code>{fault.field}</code>}{' '}
          {'line' in fault && fault.line ? `${fault.line}:${fault.column ?? 1} ` : ''}
          {fault.message}
        </p>
      ))}
    </Notice>
  );
}

function Shown({ preview: made }: { preview: Preview }) {
  const { t } = useI18n();
  if (!made.matches) {
    return (
      <Notice tone="idle">
        <strong>{t('preview.no_match')}</strong>
        <p lang="en">{made.why_not}</p>
      </Notice>
    );
  }
  const headers = Object.entries(made.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  return (
    <div className="stack">
      <div className="row-wrap">
        <Pill tone="ok" icon="check" text={t('preview.match')} />
        <span className="mono break">{made.method} {made.url}</span>
      </div>
      {made.warnings.map((warning) => (
        <Notice key={warning} tone="warn"><span lang="en">{warning}</span></Notice>
      ))}
      {made.payload != null && <Data label={t('preview.payload')} value={made.payload} />}
      {headers.length > 0 && <Data label={t('preview.headers')} value={headers.join('\n')} />}
    </div>
  );
}

/** The rule against the last real events, without sending anything. */
function DryRun({ rule, examples }: { rule: RuleInput; examples: HubEvent[] }) {
  const { t, tn } = useI18n();
  const run = useMutation({
    mutationFn: async () => {
      const events = examples.slice(0, DRY_RUN_EVENTS);
      const results: { event: HubEvent; made: Preview }[] = [];
      for (const event of events) results.push({ event, made: await preview(rule, event) });
      return results;
    },
  });
  const matched = run.data?.filter(({ made }) => made.matches) ?? [];
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t('dry.title')}</h2>
        <button type="button" className="btn btn-sm btn-outline-primary"
          disabled={run.isPending || examples.length === 0} onClick={() => run.mutate()}>
          {t('dry.run')}
        </button>
      </div>
      <div className="card-body" aria-live="polite">
        {run.error ? <Fault error={run.error} /> : !run.data && (
          <p className="muted mb-0">
            {examples.length ? t('dry.text') : t('dry.no_events')}
          </p>
        )}
        {run.data && (
          <>
            <p className="mb-2">
              <strong>{tn('dry.matched', matched.length)}</strong>{' '}
              {tn('dry.of', run.data.length)}
            </p>
            <ul className="list-plain small">
              {run.data.slice(0, 8).map(({ event, made }) => (
                <li key={event.id} className="list-line">
                  <span className="break">{shortName(event.eventname)}</span>
                  {made.matches ? <Pill tone="ok" icon="check" text={t('preview.match')} />
                    : <Pill tone="idle" icon="cross" text={t('preview.no_match')}
                      title={made.why_not ?? undefined} />}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </section>
  );
}
