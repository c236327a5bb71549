import { ApiError } from '../../api/problem';
import type { HubEvent, Preview, RuleInput } from '../../api/types';
import { Pill } from '../../components/Badges';
import { Data } from '../../components/Data';
import { HubText } from '../../components/HubText';
import { ErrorNotice, Notice } from '../../components/States';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';
import { DryRun } from './DryRun';
import type { LivePreview } from './preview';

const CHOICES = 30;

/** What the rule, as it stands in the form, makes of an event. */
export function PreviewPanel(props: {
  rule: RuleInput;
  live: LivePreview;
  examples: HubEvent[];
  event: HubEvent | null;
  onEvent: (id: string) => void;
}) {
  const { t, translator } = useI18n();
  const { live, examples, event } = props;
  return (
    <div className="stack">
      <section className="card">
        <div className="card-head"><h2>{t('preview.title')}</h2></div>
        <div className="card-body stack">
          {examples.length > 0 && (
            <label>
              <span className="form-label">{t('preview.event')}</span>
              <select className="form-select" value={event?.id ?? ''}
                onChange={(change) => props.onEvent(change.target.value)}>
                {examples.slice(0, CHOICES).map((one) => (
                  <option key={`${one.site}/${one.id}`} value={one.id}>
                    {`${shortName(one.eventname)} · ${translator.time(one.accepted)}`}
                  </option>
                ))}
              </select>
            </label>
          )}
          {!live.ready && <p className="muted mb-0">{t('preview.need_event')}</p>}
          {live.ready && live.error && <PreviewFault error={live.error} />}
          {live.ready && !live.error && live.data && <Shown preview={live.data} />}
        </div>
      </section>
      <DryRun rule={props.rule} />
    </div>
  );
}

/** Only where: what it is stands at the field. */
export function PreviewFault({ error }: { error: unknown }) {
  const { t, translator } = useI18n();
  const nameOf = useFieldName();
  if (!(error instanceof ApiError) || error.status !== 422) return <ErrorNotice error={error} />;
  const names = new Set(error.faults.map(({ field }) => nameOf(field.split('.')[0] ?? '')));
  return (
    <Notice tone="warn">
      <strong>{t('preview.not_yet')}</strong>
      <p>
        {names.size > 0 ? t('preview.faulty', { fields: translator.list([...names]) })
          : <HubText text={error.message} />}
      </p>
    </Notice>
  );
}

function useFieldName(): (field: string) => string {
  const { t, maybe } = useI18n();
  return (field) => (field === 'endpoint' ? t('rules.call')
    : maybe(`field.rule.${field}`) ?? field);
}

function Shown({ preview: made }: { preview: Preview }) {
  const { t } = useI18n();
  if (!made.matches) {
    return (
      <Notice tone="idle">
        <strong>{t('preview.no_match')}</strong>
        <p><HubText text={made.why_not ?? ''} /></p>
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
      {made.source !== 'recorded' && made.source !== 'given' && (
        <p className="small muted mb-0">{t(`preview.source.${made.source}`)}</p>
      )}
      {made.warnings.map((warning) => (
        <Notice key={warning} tone="warn"><HubText text={warning} /></Notice>
      ))}
      {made.payload != null && <Data label={t('preview.payload')} value={made.payload} />}
      {headers.length > 0 && <Data label={t('preview.headers')} value={headers.join('\n')} />}
    </div>
  );
}
