import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import type { Rule, RuleInput } from '../../api/types';
import { useAct } from '../../components/act';
import { IconButton } from '../../components/IconButton';
import { Removal } from '../../components/Removal';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { goTo } from '../../router';

/** What can be done with one rule of the list. */
export function RuleActions({ rule }: { rule: Rule }) {
  const { t } = useI18n();
  const say = useToast();
  const { canManage } = useApp();
  const params = { path: { id: rule.id } };
  const name = rule.name || rule.eventname;
  const toggle = useAct(async () => {
    const body = { enabled: !rule.enabled } as RuleInput;
    await data(hub.PATCH('/api/v1/rules/{id}', { params, body }));
    say(rule.enabled ? t('rules.disabled', { name }) : t('rules.enabled', { name }));
  }, ['rules']);
  const remove = useChange(
    () => data(hub.DELETE('/api/v1/rules/{id}', { params })), ['rules', 'deliveries', 'summary']);
  if (!canManage) return null;
  return (
    <div className="actions">
      <IconButton icon={rule.enabled ? 'wait' : 'check'} of={name} disabled={toggle.isPending}
        text={rule.enabled ? t('services.disable') : t('services.enable')}
        onClick={() => toggle.act(undefined)} />
      <IconButton icon="copy" text={t('action.duplicate')} of={name}
        onClick={() => goTo(['rules', 'new'], { copy: rule.id })} />
      <Removal of={name} title={t('rules.delete_title', { name })}
        done={t('rules.deleted', { name })}
        onRemove={() => remove.mutateAsync(undefined)}>
        <p>{t('rules.delete_text')}</p>
      </Removal>
    </div>
  );
}
