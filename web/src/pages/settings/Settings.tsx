import { useApp } from '../../api/app';
import { SubTabs } from '../../components/SubTabs';
import { useTitle } from '../../components/title';
import { useI18n } from '../../i18n';
import { hrefTo, usePlace } from '../../router';
import { About } from './About';
import { Audit } from './Audit';
import { General } from './General';
import { Secrets } from './Secrets';
import { Sites } from './Sites';
import { Tokens } from './Tokens';
import { Users } from './Users';

const TABS = ['general', 'sites', 'secrets', 'tokens', 'users', 'audit', 'about'] as const;
type Tab = (typeof TABS)[number];
/** Somebody signed on from Moodle never reaches these; a viewer has nothing to do there. */
const LOCAL: Tab[] = ['sites', 'tokens', 'users', 'audit'];
const MANAGERS: Tab[] = ['secrets', 'tokens', 'users', 'audit'];

export default function Settings() {
  const { t } = useI18n();
  const { path } = usePlace();
  const { canManage, session } = useApp();
  const tabs = TABS.filter((tab) =>
    (canManage || !MANAGERS.includes(tab)) && (session.way !== 'moodle' || !LOCAL.includes(tab)));
  const tab = tabs.find((name) => name === path[1]) ?? 'general';
  useTitle(t(`settings.${tab}`), 'nav.settings');
  return (
    <>
      <div className="page-head"><h1>{t('nav.settings')}</h1></div>
      <SubTabs label={t('nav.settings')} current={tab} tabs={tabs.map((id) => ({
        id, title: t(`settings.${id}`), href: hrefTo(['settings', id]),
      }))} />
      <Part tab={tab} />
    </>
  );
}

function Part({ tab }: { tab: Tab }) {
  switch (tab) {
    case 'general': return <General />;
    case 'sites': return <Sites />;
    case 'secrets': return <Secrets />;
    case 'tokens': return <Tokens />;
    case 'users': return <Users />;
    case 'audit': return <Audit />;
    case 'about': return <About />;
  }
}
