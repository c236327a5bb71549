import { useState } from 'react';
import { useApp } from './api/app';
import { Confirm } from './components/Confirm';
import { Icon } from './components/Icon';
import { LanguageAndTheme } from './components/LanguageAndTheme';
import { Menu } from './components/Menu';
import { useI18n } from './i18n';
import icon from './icon.svg';
import { OwnPassword } from './pages/OwnPassword';
import { hrefTo } from './router';

/** The name of the place, and what somebody can do about themselves. Moodle has one of its own. */
export function TopBar() {
  const { t } = useI18n();
  const { session, signOut } = useApp();
  const [open, setOpen] = useState<'password' | 'everywhere' | null>(null);
  const button = 'btn btn-sm btn-outline-secondary';
  return (
    <header className="topbar">
      <a className="brand" href={hrefTo([])}>
        <img src={icon} alt="" />
        {t('app.name')}
      </a>
      {session.role === 'view' && <span className="pill tone-idle">{t('app.view_only')}</span>}
      <Menu label={session.name || t('app.menu')}>
        <LanguageAndTheme />
        {session.way === 'account' && (
          <>
            <button type="button" className={button} onClick={() => setOpen('password')}>
              <Icon name="edit" />{t('login.change_password')}
            </button>
            <button type="button" className={button} onClick={() => setOpen('everywhere')}>
              <Icon name="out" />{t('login.sign_out_everywhere')}
            </button>
          </>
        )}
        <button type="button" className={button} onClick={() => signOut()}>
          <Icon name="out" />{t('login.sign_out')}
        </button>
      </Menu>
      {open === 'password' && <OwnPassword onClose={() => setOpen(null)} />}
      {open === 'everywhere' && (
        <Confirm safe title={t('login.sign_out_everywhere')} onClose={() => setOpen(null)}
          action={t('login.sign_out_everywhere')} onConfirm={async () => signOut(true)}>
          <p>{t('login.everywhere_text')}</p>
        </Confirm>
      )}
    </header>
  );
}
