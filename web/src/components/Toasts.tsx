import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { Notice, type Tone } from './States';

const SHOWN_MS = 6_000;
type Say = (text: string, tone?: Tone) => void;
const ToastContext = createContext<Say>(() => undefined);

/** Short messages about what has been done; read out, and gone after a while. */
export function Toasts(props: { children: ReactNode }) {
  const [toasts, setToasts] = useState<{ id: number; text: string; tone: Tone }[]>([]);
  const say = useCallback<Say>((text, tone = 'ok') => {
    const id = Date.now() + Math.random();
    setToasts((before) => [...before.slice(-3), { id, text, tone }]);
    setTimeout(() => setToasts((now) => now.filter((toast) => toast.id !== id)), SHOWN_MS);
  }, []);
  return (
    <ToastContext.Provider value={useMemo(() => say, [say])}>
      {props.children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <Notice key={toast.id} tone={toast.tone}>{toast.text}</Notice>
        ))}
      </div>
    </ToastContext.Provider>
  );
}

export function useToast(): Say {
  return useContext(ToastContext);
}
