import { useI18n } from '../i18n';
import type { Fault } from '../lib/checks';
import { ErrorNotice, Notice } from './States';

/** Below a form: that something in it is wrong, or why the hub has refused it. */
export function FormFaults({ faults, error }: { faults: Fault[]; error: unknown }) {
  const { t } = useI18n();
  if (faults.length > 0) {
    return <div className="mt-3"><Notice tone="bad" live>{t('form.check')}</Notice></div>;
  }
  return error ? <div className="mt-3"><ErrorNotice error={error} /></div> : null;
}
