import { SubTabs } from '../../components/SubTabs';
import { useI18n } from '../../i18n';
import { hrefTo, usePlace } from '../../router';
import { DeadLetterPage } from './DeadLetterPage';
import { DeadLetters } from './DeadLetters';
import { DeliveryPage } from './DeliveryPage';
import { Waiting } from './Waiting';

export default function Queue() {
  const { t } = useI18n();
  const { path } = usePlace();
  const [, part, id] = path;
  if (part === 'delivery' && id) return <DeliveryPage key={id} id={id} />;
  if (part === 'dead-letters' && id) return <DeadLetterPage key={id} id={Number(id)} />;
  const dead = part === 'dead-letters';
  return (
    <>
      <div className="page-head">
        <h1>{t('nav.queue')}</h1>
        <p className="lead-in">{dead ? t('dead.intro') : t('queue.intro')}</p>
      </div>
      <SubTabs label={t('nav.queue')} current={dead ? 'dead' : 'waiting'} tabs={[
        { id: 'waiting', title: t('queue.waiting'), href: hrefTo(['queue']) },
        { id: 'dead', title: t('overview.dead_letters'), href: hrefTo(['queue', 'dead-letters']) },
      ]} />
      {dead ? <DeadLetters /> : <Waiting />}
    </>
  );
}
