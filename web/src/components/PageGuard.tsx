import { Component, type ReactNode } from 'react';
import { ErrorNotice } from './States';

/** A fault in one page leaves the others usable. */
export class PageGuard extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    if (!this.state.error) return this.props.children;
    return <ErrorNotice error={this.state.error} onRetry={() => location.reload()} />;
  }
}
