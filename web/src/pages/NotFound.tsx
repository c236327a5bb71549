import { Empty } from '../components/States';
import { useI18n } from '../i18n';
import { hrefTo } from '../router';

/** An address that leads to no page. */
export function NotFound() {
  const { t } = useI18n();
  return (
    <>
      <div className="page-head"><h1>{t('error.no_page')}</h1></div>
      <Empty icon="search" title={t('error.no_page_text')}>
        <a className="btn btn-primary" href={hrefTo([])}>{t('nav.overview')}</a>
      </Empty>
    </>
  );
}
