import type { Attempt } from '../api/types';
import { useI18n } from '../i18n';
import { HubText } from './HubText';
import { Icon } from './Icon';
import { Moment } from './Time';

/** The tries of a delivery, in their order. */
export function Attempts({ attempts }: { attempts: Attempt[] }) {
  const { t, translator } = useI18n();
  if (attempts.length === 0) return <p className="muted mb-0">{t('attempts.none')}</p>;
  return (
    <ol className="timeline">
      {attempts.map((attempt, index) => {
        const failed = attempt.error != null;
        const before = attempts[index - 1];
        // The status stands in the line above.
        const said = attempt.error === `HTTP ${attempt.http_status}` ? null : attempt.error;
        return (
          <li key={index}>
            <span className={`dot tone-${failed ? 'bad' : 'ok'}`}>
              <Icon name={failed ? 'cross' : 'check'} />
            </span>
            <strong>{t('attempts.nth', { n: attempt.n ?? index + 1 })}</strong>{' '}
            <span className="muted"><Moment at={attempt.time ?? 0} /></span>{' '}
            · {translator.milliseconds(attempt.latency_ms ?? 0)}
            {attempt.http_status != null && ` · HTTP ${attempt.http_status}`}
            {attempt.probe && ` · ${t('attempts.probe')}`}
            {before !== undefined && (
              <span className="small muted">
                {' '}· {t('attempts.after', { time: translator.span(attempt.time - before.time) })}
              </span>
            )}
            <div className="small">
              {said ? <HubText text={said} /> : failed ? t('result.failure') : t('result.success')}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
