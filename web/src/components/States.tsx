import type { ReactNode } from 'react';
import { ApiError, ConnectionLost, isMissing } from '../api/problem';
import { useI18n } from '../i18n';
import { useErrorTitle } from './error-title';
import { HubText } from './HubText';
import { Icon, type IconName } from './Icon';

export type Tone = 'ok' | 'bad' | 'warn' | 'note' | 'idle';
const TONE_ICONS: Record<Tone, IconName> = {
  ok: 'check',
  bad: 'alert',
  warn: 'alert',
  note: 'info',
  idle: 'info',
};

export function Notice(props: { tone: Tone; children: ReactNode; live?: boolean }) {
  return (
    <div className={`notice tone-${props.tone}`} role={props.live ? 'alert' : undefined}>
      <Icon name={TONE_ICONS[props.tone]} />
      <div>{props.children}</div>
    </div>
  );
}

export function Loading() {
  const { t } = useI18n();
  return (
    <div className="loading card card-body" role="status">
      <span className="visually-hidden">{t('state.loading')}</span>
      <div className="bar-row" />
      <div className="bar-row" />
      <div className="bar-row" />
    </div>
  );
}

export function Empty(props: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={props.icon} size={38} />
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

/** What went wrong, in words, and what to do about it; `title`: in this place it means that. */
export function ErrorNotice(props: {
  error: unknown;
  title?: string | undefined;
  onRetry?: () => void;
}) {
  const { t } = useI18n();
  const titleOf = useErrorTitle();
  const { error } = props;
  // Its faults say it too, each of them.
  const detail = !props.title && (error instanceof ApiError ? error.faults.length === 0
    : !(error instanceof ConnectionLost));
  return (
    <Notice tone="bad" live>
      <strong>{props.title ?? titleOf(error)}</strong>
      {detail && error instanceof Error && <p><HubText text={error.message} /></p>}
      {error instanceof ApiError && error.faults.length > 0 && (
        <ul className="mb-0 ps-3">
          {error.faults.map((fault) => (
            <li key={`${fault.field}${fault.message}`}>
              <code>{fault.field}</code>: <HubText text={fault.message} />
            </li>
          ))}
        </ul>
      )}
      {props.onRetry && (
        <p>
          <button type="button" className="btn btn-sm mt-2"
            onClick={props.onRetry}>
            {t('action.try_again')}
          </button>
        </p>
      )}
    </Notice>
  );
}

interface QueryLike<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** The three states of what is asked for; with data its children. */
export function Answer<T>(props: {
  of: QueryLike<T>;
  /** What stands there when the role does not allow it. */
  refused?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const { t } = useI18n();
  const { data, error, isPending, refetch } = props.of;
  if (data !== undefined) return props.children(data);
  if (isPending) return <Loading />;
  if (props.refused && error instanceof ApiError && error.status === 403) return props.refused;
  if (isMissing(error) && error instanceof ApiError) {
    return (
      <Empty icon="search" title={t('error.not_there')}>
        <p><HubText text={error.message} /></p>
      </Empty>
    );
  }
  return <ErrorNotice error={error} onRetry={() => void refetch()} />;
}
