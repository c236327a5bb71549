import { LanguageAndTheme } from '../../components/LanguageAndTheme';
import { useI18n } from '../../i18n';
import icon from '../../icon.svg';

export function About() {
  const { t } = useI18n();
  return (
    <div className="card card-body stack">
      <div className="row-wrap">
        <img src={icon} alt="" width="44" height="44" />
        <h2 className="mb-0">{t('app.full_name')} {__MIH_VERSION__}</h2>
      </div>
      <p className="mb-0">{t('about.text')}</p>
      <p className="mb-0">{t('about.licence')}</p>
      <p className="mb-0">{t('app.trademark')}</p>
      <p className="mb-0"><a href="api/v1/openapi.json">{t('about.api')}</a></p>
      <div className="row-wrap"><LanguageAndTheme /></div>
    </div>
  );
}
