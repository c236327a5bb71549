import { useMutation } from '@tanstack/react-query';
import { data, hub } from '../../api/client';
import type { components } from '../../api/generated/schema';
import type { RuleInput } from '../../api/types';
import { Pill } from '../../components/Badges';
import { Data } from '../../components/Data';
import { HubText } from '../../components/HubText';
import { Notice } from '../../components/States';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';
import { PreviewFault } from './PreviewPanel';

type Result = components['schemas']['DryRun'];
const LOOKED_AT = 10_000;
const SHOWN = 8;

/** The rule against the last real events, without sending anything. */
export function DryRun({ rule }: { rule: RuleInput }) {
  const { t } = useI18n();
  const run = useMutation({
    mutationFn: () =>
      data(hub.POST('/api/v1/rules/dry-run', { body: { rule, limit: LOOKED_AT } })),
  });
  return (
    <section className="card">
      <div className="card-head">
        <h2>{t('dry.title')}</h2>
        <button type="button" className="btn btn-sm btn-outline-primary"
          disabled={run.isPending || !rule.eventname} onClick={() => run.mutate()}>
          {t('dry.run')}
        </button>
      </div>
      <div className="card-body" aria-live="polite">
        {run.error && <PreviewFault error={run.error} />}
        {!run.error && !run.data && <p className="muted mb-0">{t('dry.text')}</p>}
        {run.data && !run.error && <Shown result={run.data} />}
      </div>
    </section>
  );
}

function Shown({ result }: { result: Result }) {
  const { t, tn, translator } = useI18n();
  if (result.events === 0) return <p className="muted mb-0">{t('dry.no_events')}</p>;
  const since = result.oldest == null ? '' : translator.time(result.oldest);
  return (
    <div className="stack">
      <div>
        <p className="mb-1"><strong>{tn('dry.matched', result.matched)}</strong></p>
        <p className="small muted mb-0">
          {tn('dry.looked_at', result.events, { since, named: result.of_pattern })}
        </p>
      </div>
      {result.unrenderable > 0 && (
        <Notice tone="bad">{tn('dry.unrenderable', result.unrenderable)}</Notice>
      )}
      {result.warnings.map((warning) => (
        <Notice key={warning} tone="warn"><HubText text={warning} /></Notice>
      ))}
      <ul className="list-plain small">
        {result.samples.slice(0, SHOWN).map((sample) => (
          <li key={`${sample.site}/${sample.event_id}`}>
            <div className="list-line">
              <span className="break">
                {shortName(sample.eventname)}{' '}
                <span className="muted">{translator.clock(sample.accepted)}</span>
              </span>
              {sample.matches ? <Pill tone="ok" icon="check" text={t('preview.match')} />
                : <Pill tone="idle" icon="cross" text={t('preview.no_match')} />}
            </div>
            {sample.why_not && <div className="muted break"><HubText text={sample.why_not} /></div>}
            {sample.payload != null && (
              <details>
                <summary>{t('preview.payload')}</summary>
                <Data label={t('preview.payload')} value={sample.payload} />
              </details>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
