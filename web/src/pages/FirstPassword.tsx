import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../api/problem';
import { choosePassword, type Session } from '../api/session';
import { NewPassword } from '../components/NewPassword';
import { ErrorNotice } from '../components/States';
import { useI18n } from '../i18n';
import icon from '../icon.svg';

/** After the login with the one-time password; also in a tab that is opened anew until then. */
export function FirstPassword(props: {
  session: Session;
  onSession: (session: Session) => void;
  /** The session has ended in the meantime. */
  onRefused: () => void;
}) {
  const { t } = useI18n();
  const [password, setPassword] = useState<string | null>(null);
  const choose = useMutation({
    mutationFn: () => choosePassword(props.session, password ?? ''),
    onSuccess: (session) => props.onSession(session),
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) props.onRefused();
    },
  });
  return (
    <main className="login">
      <div className="card">
        <div className="card-body">
          <img className="logo" src={icon} alt="" />
          <h1>{t('login.choose_title')}</h1>
          <p className="muted">{t('login.choose_intro')}</p>
          <form className="stack mt-3" onSubmit={(event) => {
            event.preventDefault();
            if (password !== null) choose.mutate();
          }}>
            <NewPassword onChange={setPassword} />
            {choose.error && <ErrorNotice error={choose.error} />}
            <button type="submit" className="btn btn-primary"
              disabled={choose.isPending || password === null}>
              {t('action.save')}
            </button>
          </form>
        </div>
      </div>
    </main>
  );
}
