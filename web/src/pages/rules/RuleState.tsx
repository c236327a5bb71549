import type { Rule } from '../../api/types';
import { EnabledBadge, Pill } from '../../components/Badges';
import { useI18n } from '../../i18n';

/** Whether a rule is at work, and what keeps it from it. */
export function RuleState({ rule, inList }: { rule: Rule; inList?: boolean }) {
  const { t, translator } = useI18n();
  if (rule.enabled && rule.flagged) {
    return (
      <>
        <Pill tone="warn" icon="alert" text={t('rules.gone')} title={t('rules.gone_text')} />
        {inList && <div className="small muted">{t('rules.gone_short')}</div>}
      </>
    );
  }
  if (rule.enabled && rule.waiting_for?.length) {
    return <Pill tone="note" icon="clock" text={t('rules.waiting')}
      title={translator.list(rule.waiting_for)} />;
  }
  return <EnabledBadge enabled={rule.enabled} />;
}
