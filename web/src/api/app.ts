import { createContext, useContext } from 'react';
import type { Session } from './session';

/** What every page knows about who looks at it. */
export interface App {
  session: Session;
  canManage: boolean;
  /** The hub's stream tells about changes; without it lists ask every five seconds. */
  live: boolean;
  /** How often a list asks by itself. */
  refresh_ms: number;
  signOut: (everywhere?: boolean) => void;
  /** The same person goes on with another session. */
  changeSession: (next: Session) => void;
}
export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('useApp outside of a session');
  return app;
}
