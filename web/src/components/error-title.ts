import { ApiError, ConnectionLost } from '../api/problem';
import { useI18n } from '../i18n';

/** What an error is called in the language of the page. */
export function useErrorTitle(): (error: unknown) => string {
  const { t, maybe } = useI18n();
  return (error) => {
    if (error instanceof ConnectionLost) return t('error.connection');
    if (error instanceof ApiError) {
      return maybe(`error.code.${error.code}`) ?? t('error.refused', { status: error.status });
    }
    return t('error.page');
  };
}
