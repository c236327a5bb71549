import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { ApiError } from './api/problem';
import { readEmbedding } from './api/session';
import { Toasts } from './components/Toasts';
import { LanguageProvider, loadTranslator, pickLanguage, storedLanguage } from './i18n';
import { applyTheme, ThemeProvider } from './theme';
import './styles/main.scss';

const MOST_RETRIES = 2;
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      retry: (count, error) => !(error instanceof ApiError) && count < MOST_RETRIES,
      // A hub on this machine answers although the browser believes to be offline.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

async function start(): Promise<void> {
  applyTheme();
  const embedding = await readEmbedding();
  const wishes = embedding ? [embedding.language] : [...storedLanguage(), ...navigator.languages];
  const translator = await loadTranslator(pickLanguage(wishes));
  createRoot(document.getElementById('root') ?? document.body).render(
    <QueryClientProvider client={queries}>
      <LanguageProvider first={translator}>
        <ThemeProvider>
          <Toasts>
            <App embedding={embedding} />
          </Toasts>
        </ThemeProvider>
      </LanguageProvider>
    </QueryClientProvider>,
  );
}

void start();
