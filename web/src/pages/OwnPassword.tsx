import { useState } from 'react';
import { useApp } from '../api/app';
import { choosePassword } from '../api/session';
import { FormDialog } from '../components/FormDialog';
import { NewPassword } from '../components/NewPassword';
import { TextInput } from '../components/TextInput';
import { useToast } from '../components/Toasts';
import { useI18n } from '../i18n';

/** Another password for who has signed in; all their other sessions end. */
export function OwnPassword({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const say = useToast();
  const { session, changeSession } = useApp();
  const [now, setNow] = useState('');
  const [next, setNext] = useState<string | null>(null);
  return (
    <FormDialog title={t('login.change_password')} action={t('action.save')} onClose={onClose}
      incomplete={!now || !next}
      onSubmit={() => choosePassword(session, next ?? '', now)}
      onDone={(changed) => {
        changeSession(changed);
        say(t('login.password_changed'));
        onClose();
      }}>
      <TextInput type="password" autoComplete="current-password" value={now} onChange={setNow}
        label={t('login.password_now')} required />
      <NewPassword onChange={setNext} />
      <p className="small muted mb-0">{t('login.others_end')}</p>
    </FormDialog>
  );
}
