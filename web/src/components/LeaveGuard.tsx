import { useI18n } from '../i18n';
import { Confirm } from './Confirm';
import type { useLeaveGuard } from './leave-guard';

/** Asks those who want to leave a form with changes that are not saved. */
export function LeaveGuard({ guard }: { guard: ReturnType<typeof useLeaveGuard> }) {
  const { t } = useI18n();
  const { asked, stay, free } = guard;
  if (asked === null) return null;
  return (
    <Confirm title={t('leave.title')} action={t('leave.do')} onClose={stay}
      onConfirm={async () => {
        free();
        location.hash = asked;
      }}>
      <p className="mb-0">{t('leave.text')}</p>
    </Confirm>
  );
}
