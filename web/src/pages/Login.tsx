import { useMutation } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { ApiError } from '../api/problem';
import { signInWithPassword, signInWithToken, type Session } from '../api/session';
import { ErrorNotice, Notice } from '../components/States';
import { LanguageAndTheme } from '../components/LanguageAndTheme';
import { useI18n } from '../i18n';
import icon from '../icon.svg';

export function Login(props: { ended: boolean; onSession: (session: Session) => void }) {
  const { t } = useI18n();
  const [token, setToken] = useState(false);
  const [name, setName] = useState('');
  const [secret, setSecret] = useState('');
  const enter = useMutation({
    mutationFn: () =>
      token ? signInWithToken(secret.trim()) : signInWithPassword(name.trim(), secret),
    onSuccess: (session) => props.onSession(session),
  });
  useEffect(() => {
    document.title = `${t('login.sign_in')} · ${t('app.name')}`;
  }, [t]);
  /** What a refusal means here. */
  const refusal = (): string | undefined => {
    const status = enter.error instanceof ApiError ? enter.error.status : 0;
    if (status === 401) return token ? t('login.wrong_token') : t('login.wrong_password');
    return token && status === 403 ? t('login.token_of_a_site') : undefined;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (secret) enter.mutate();
  };
  return (
    <main className="login">
      <div className="card">
        <div className="card-body">
          <img className="logo" src={icon} alt="" />
          <h1>{t('app.name')}</h1>
          <p className="muted">{token ? t('login.token_intro') : t('login.intro')}</p>
          {props.ended && <Notice tone="warn" live>{t('login.ended')}</Notice>}
          <form className="stack mt-3" onSubmit={submit}>
            {!token && (
              <label>
                <span className="form-label">{t('login.user')}</span>
                <input className="form-control" autoComplete="username" value={name} required
                  onChange={(event) => setName(event.target.value)} />
              </label>
            )}
            <label>
              <span className="form-label">{token ? t('login.token') : t('login.password')}</span>
              <input className="form-control" type="password" value={secret} required
                autoComplete={token ? 'off' : 'current-password'}
                onChange={(event) => setSecret(event.target.value)} />
            </label>
            {token && (
              <p className="form-text m-0">
                {t('login.token_help')} <code>{'mih token create --role manage --name me'}</code>
              </p>
            )}
            {enter.error && <ErrorNotice error={enter.error} title={refusal()} />}
            <button type="submit" className="btn btn-primary" disabled={enter.isPending}>
              {t('login.sign_in')}
            </button>
            <button type="button" className="btn btn-plain" onClick={() => {
              setToken(!token);
              setSecret('');
              enter.reset();
            }}>
              {token ? t('login.use_password') : t('login.use_token')}
            </button>
          </form>
        </div>
      </div>
      <div className="row-wrap justify-content-center mt-3 login-choices"><LanguageAndTheme /></div>
      <p className="small muted mt-3 text-center">{t('app.trademark')}</p>
    </main>
  );
}
