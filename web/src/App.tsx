import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { AppContext } from './api/app';
import { useSessionForCalls } from './api/client';
import { useLiveStream } from './api/live';
import {
  forgetSession, moodleSession, resumeSession, signOut, type Embedding, type Session,
} from './api/session';
import { Loading, Notice } from './components/States';
import { useI18n } from './i18n';
import { Login } from './pages/Login';
import { Shell } from './Shell';

const LIVE_REFRESH_MS = 15_000;
const POLL_MS = 5_000;

/** Finds out who is there, then shows the pages or the way in. */
export function App({ embedding }: { embedding: Embedding | null }) {
  const { t } = useI18n();
  const [session, setSession] = useState<Session | null | undefined>(undefined);
  const [ended, setEnded] = useState(false);
  useEffect(() => {
    if (embedding) setSession(moodleSession(embedding));
    else void resumeSession().then(setSession);
  }, [embedding]);

  const refused = useCallback(() => {
    forgetSession();
    setEnded(true);
    setSession(null);
  }, []);
  useSessionForCalls(session ?? null, refused);

  if (session === undefined) return <main><Loading /></main>;
  if (session === null && embedding) {
    return <main><Notice tone="warn" live>{t('login.moodle_ended')}</Notice></main>;
  }
  if (session === null) {
    const enter = (next: Session) => {
      setEnded(false);
      setSession(next);
    };
    return <Login ended={ended} onSession={enter} />;
  }
  return <Inside session={session} onSession={setSession} onLeave={(everywhere) => {
    void signOut(session, everywhere);
    setSession(null);
  }} />;
}

function Inside(props: {
  session: Session;
  onSession: (next: Session) => void;
  onLeave: (everywhere: boolean) => void;
}) {
  const { session, onSession, onLeave } = props;
  const queries = useQueryClient();
  const live = useLiveStream(session, queries);
  const app = useMemo(
    () => ({
      session,
      canManage: session.role === 'manage',
      live,
      refresh_ms: live ? LIVE_REFRESH_MS : POLL_MS,
      signOut: (everywhere = false) => {
        queries.clear();
        onLeave(everywhere);
      },
      changeSession: onSession,
    }),
    [session, live, queries],
  );
  return (
    <AppContext.Provider value={app}>
      <Shell />
    </AppContext.Provider>
  );
}
