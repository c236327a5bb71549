import { Component, useEffect, type ReactNode } from 'react';
import { hubAnswers } from '../api/client';
import { useConnectionLost } from '../api/connection';
import { PartMissing } from '../api/problem';
import { ErrorNotice } from './States';

/** A fault in one page leaves the others usable. `title` is the page's. */
export class PageGuard extends Component<
  { title: string; children: ReactNode }, { error: unknown }
> {
  override state = { error: null as unknown };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <>
        <div className="page-head"><h1>{this.props.title}</h1></div>
        <ErrorNotice error={error} onRetry={() => location.reload()} />
        {error instanceof PartMissing && <ReloadWhenBack />}
      </>
    );
  }
}

const RELOADED = 'mih.reloaded';
const PAUSE_MS = 10_000;

/**
 * Fetches the whole page anew as soon as the hub answers, which may be another version then. Not
 * again and again, if that does not help.
 */
function ReloadWhenBack() {
  const lost = useConnectionLost();
  useEffect(() => {
    void hubAnswers().then((answers) => {
      if (!answers || Date.now() - Number(sessionStorage.getItem(RELOADED)) < PAUSE_MS) return;
      sessionStorage.setItem(RELOADED, String(Date.now()));
      location.reload();
    });
  }, [lost]);
  return null;
}
