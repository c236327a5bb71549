import type { Rule } from '../../api/types';
import { Data } from '../../components/Data';
import { useTitle } from '../../components/title';
import { useI18n } from '../../i18n';
import { hrefTo } from '../../router';
import { RuleState } from './RuleState';

/** A rule for those who may only look. */
export function RuleSummary({ rule }: { rule: Rule }) {
  const { t } = useI18n();
  const title = rule.name || t('rules.unnamed', { n: String(rule.id) });
  useTitle(title, 'nav.rules');
  return (
    <>
      <div className="page-head">
        <h1>{title}</h1>
        <RuleState rule={rule} />
      </div>
      <div className="card card-body stack">
        <dl className="facts">
          <dt>{t('field.rule.eventname')}</dt><dd className="mono">{rule.eventname}</dd>
          <dt>{t('field.rule.service')}</dt>
          <dd><a href={hrefTo(['services', rule.service])}>{rule.service}</a></dd>
          <dt>{t('rules.call')}</dt><dd className="mono">{rule.http_method} {rule.endpoint}</dd>
          <dt>{t('field.rule.ordering_key')}</dt>
          <dd className="mono">{rule.ordering_key || t('state.none')}</dd>
        </dl>
        {rule.filter && <Data label={t('field.rule.filter')} value={rule.filter} />}
        {rule.payload_template && (
          <pre className="data" tabIndex={0} role="region"
            aria-label={t('field.rule.payload_template')}>
            {rule.payload_template}
          </pre>
        )}
      </div>
    </>
  );
}
