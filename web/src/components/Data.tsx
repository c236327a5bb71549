import { Fragment, useState } from 'react';
import { useI18n } from '../i18n';
import { Icon } from './Icon';

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/g;

/** JSON with its parts coloured; always as text. */
function coloured(text: string) {
  const parts: { kind: string; text: string }[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) parts.push({ kind: '', text: text.slice(end, match.index) });
    const [whole, quoted, colon] = match;
    if (quoted !== undefined) {
      parts.push({ kind: colon ? 'k' : 's', text: quoted });
      if (colon) parts.push({ kind: '', text: colon });
    } else {
      parts.push({ kind: 'n', text: whole });
    }
    end = match.index + whole.length;
  }
  parts.push({ kind: '', text: text.slice(end) });
  return parts.map((part, index) => (
    <Fragment key={index}>
      {part.kind ? <span className={part.kind}>{part.text}</span> : part.text}
    </Fragment>
  ));
}

const MAX_COLOURED = 60_000;

/** JSON laid out; null when it is none: then its digits are no numbers. */
function laidOut(value: unknown): string | null {
  try {
    return JSON.stringify(typeof value === 'string' ? JSON.parse(value) : value, null, 2);
  } catch {
    return null;
  }
}

/** A payload, a response, an event: laid out if it is JSON, and to be copied. */
export function Data(props: { value: unknown; label: string }) {
  const { t } = useI18n();
  const [copied, setCopied] = useState(false);
  const json = laidOut(props.value);
  const text = json ?? String(props.value);
  const copy = () => void navigator.clipboard?.writeText(text).then(() => setCopied(true));
  return (
    <div>
      <div className="d-flex justify-content-between align-items-center mb-1">
        <strong className="small">{props.label}</strong>
        <button type="button" className="btn btn-sm btn-plain" onClick={copy}
          aria-label={t('action.copy_what', { what: props.label })}>
          <Icon name={copied ? 'check' : 'copy'} />
          {copied ? t('action.copied') : t('action.copy')}
        </button>
      </div>
      <pre className="data" tabIndex={0} role="region" aria-label={props.label}>
        {json === null || text.length > MAX_COLOURED ? text : coloured(text)}
      </pre>
    </div>
  );
}
