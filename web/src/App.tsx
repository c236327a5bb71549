import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { AppContext } from './api/app';
import { useSessionForCalls } from './api/client';
import { useLiveStream } from './api/live';
import {
  moodleSession, onAccountChange, resumeSession, sessionAfter, signOut, type Embedding,
  type Session,
} from './api/session';
import { useConnectionWatch } from './api/watch';
import { ErrorNotice, Loading, Notice } from './components/States';
import { useI18n } from './i18n';
import { FirstPassword } from './pages/FirstPassword';
import { Login } from './pages/Login';
import { Shell } from './Shell';

const LIVE_REFRESH_MS = 15_000;
const POLL_MS = 5_000;

const RESUME_PAUSE_MS = 3_000;

/** The session of the moment: undefined until it is known, null when somebody has to sign in. */
function useSession(embedding: Embedding | null) {
  const queries = useQueryClient();
  const [session, setSession] = useState<Session | null | undefined>(undefined);
  const [ended, setEnded] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const latest = useRef(session);
  latest.current = session;
  const change = useCallback((next: Session | null, hasEnded = false) => {
    // Nobody sees what somebody else was shown.
    if (!next || next.name !== latest.current?.name) queries.clear();
    setEnded(hasEnded);
    setSession(next);
  }, [queries]);

  useEffect(() => {
    if (embedding) {
      setSession(moodleSession(embedding));
      return;
    }
    let timer: ReturnType<typeof setTimeout>;
    const resume = () => void resumeSession().then(setSession, (error) => {
      setFailure(error);
      timer = setTimeout(resume, RESUME_PAUSE_MS);
    });
    resume();
    return () => clearTimeout(timer);
  }, [embedding]);

  useEffect(() => onAccountChange((next) => {
    const now = latest.current;
    if (now === undefined || (now && now.way !== 'account')) return;
    change(next, now !== null);
  }), [change]);

  const refused = useCallback(() => {
    const now = latest.current;
    if (now) change(sessionAfter(now), true);
  }, [change]);
  useSessionForCalls(session ?? null, refused);
  return { session, ended, failure, change, refused };
}

/** Finds out who is there, then shows the pages or the way in. */
export function App({ embedding }: { embedding: Embedding | null }) {
  const { t } = useI18n();
  const { session, ended, failure, change, refused } = useSession(embedding);
  if (session === undefined) {
    return (
      <main>
        <h1 className={failure ? 'mb-3' : 'visually-hidden'}>{t('app.name')}</h1>
        {failure ? <ErrorNotice error={failure} /> : <Loading />}
      </main>
    );
  }
  if (session === null && embedding) {
    return (
      <main>
        <h1 className="visually-hidden">{t('app.name')}</h1>
        <Notice tone="warn" live>{t('login.moodle_ended')}</Notice>
      </main>
    );
  }
  if (session === null) return <Login ended={ended} onSession={change} />;
  if (session.mustChangePassword) {
    return <FirstPassword session={session} onSession={change} onRefused={refused} />;
  }
  return <Inside session={session} onSession={change} onLeave={(everywhere) => {
    void signOut(session, everywhere);
    change(null);
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
  useConnectionWatch(queries);
  const app = useMemo(
    () => ({
      session,
      canManage: session.role === 'manage',
      live,
      refresh_ms: live ? LIVE_REFRESH_MS : POLL_MS,
      signOut: (everywhere = false) => onLeave(everywhere),
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
