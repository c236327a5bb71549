import { LANGUAGES, useI18n, type Language } from '../i18n';
import { THEMES, useTheme, type Theme } from '../theme';

/** What everybody may choose for oneself. */
export function LanguageAndTheme() {
  const { t, translator, setLanguage } = useI18n();
  const { theme, setTheme } = useTheme();
  return (
    <>
      <label className="choice">
        {t('app.language')}
        <select className="form-select form-select-sm" value={translator.language}
          onChange={(event) => setLanguage(event.target.value as Language)}>
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>{name}</option>
          ))}
        </select>
      </label>
      <label className="choice">
        {t('app.theme')}
        <select className="form-select form-select-sm" value={theme}
          onChange={(event) => setTheme(event.target.value as Theme)}>
          {THEMES.map((name) => <option key={name} value={name}>{t(`theme.${name}`)}</option>)}
        </select>
      </label>
    </>
  );
}
