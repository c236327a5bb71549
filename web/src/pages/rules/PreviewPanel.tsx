import { ApiError } from '../../api/problem';
import type { HubEvent, Preview, RuleInput } from '../../api/types';
import { Pill } from '../../components/Badges';
import { Data } from '../../components/Data';
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

/** In short; the faults stand at their fields too. */
export function PreviewFault({ error }: { error: unknown }) {
  const { t, maybe } = useI18n();
  if (!(error instanceof ApiError) || error.status !== 422) return <ErrorNotice error={error} />;
  const faults = error.faults.length ? error.faults : [{ field: '', message: error.message }];
  return (
    <Notice tone="warn">
      <strong>{t('preview.not_yet')}</strong>
      {faults.map((fault) => (
        <p key={fault.field + fault.message}>
          {fault.field && <>{maybe(`field.rule.${fault.field}`) ?? fault.field}: </>}
          <span lang="en">{fault.message}</span>
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
      {made.source !== 'recorded' && made.source !== 'given' && (
        <p className="small muted mb-0">{t(`preview.source.${made.source}`)}</p>
      )}
      {made.warnings.map((warning) => (
        <Notice key={warning} tone="warn"><span lang="en">{warning}</span></Notice>
      ))}
      {made.payload != null && <Data label={t('preview.payload')} value={made.payload} />}
      {headers.length > 0 && <Data label={t('preview.headers')} value={headers.join('\n')} />}
    </div>
  );
}
