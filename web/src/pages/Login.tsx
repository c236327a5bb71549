import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { signInWithPassword, signInWithToken, BASE, type Session } from '../api/session';
import { ErrorNotice, Loading, Notice } from '../components/States';
import { LanguageAndTheme } from '../components/LanguageAndTheme';
import { useI18n } from '../i18n';
import icon from '../icon.svg';
import { FirstPassword } from './FirstPassword';

/** Whether this hub knows users and passwords: its document says so. */
async function hasAccounts(): Promise<boolean> {
  const answer = await fetch(`${BASE}/api/v1/openapi.json`);
  const document = (await answer.json()) as { paths: Record<string, unknown> };
  return '/api/v1/session' in document.paths;
}

export function Login(props: { ended: boolean; onSession: (session: Session) => void }) {
  const { t } = useI18n();
  const accounts = useQuery({ queryKey: ['has-accounts'], queryFn: hasAccounts });
  const [withToken, setWithToken] = useState(false);
  const token = withToken || !accounts.data;
  const [name, setName] = useState('');
  const [secret, setSecret] = useState('');
  const [first, setFirst] = useState<Session | null>(null);
  const enter = useMutation({
    mutationFn: () =>
      token ? signInWithToken(secret.trim()) : signInWithPassword(name.trim(), secret),
    onSuccess: (session) => {
      if (session.mustChangePassword) setFirst(session);
      else props.onSession(session);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (secret) enter.mutate();
  };
  // Not one form first and then the other, under somebody's fingers.
  if (accounts.isPending) return <main className="login"><Loading /></main>;
  if (first) return <FirstPassword session={first} onSession={props.onSession} />;
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
            {enter.error && <ErrorNotice error={enter.error} />}
            <button type="submit" className="btn btn-primary" disabled={enter.isPending}>
              {t('login.sign_in')}
            </button>
            {accounts.data && (
              <button type="button" className="btn btn-plain"
                onClick={() => setWithToken(!withToken)}>
                {token ? t('login.use_password') : t('login.use_token')}
              </button>
            )}
          </form>
        </div>
      </div>
      <div className="row-wrap justify-content-center mt-3 login-choices"><LanguageAndTheme /></div>
      <p className="small muted mt-3 text-center">{t('app.trademark')}</p>
    </main>
  );
}
