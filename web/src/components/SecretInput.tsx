import { MASK } from '../lib/fields';
import type { Common } from './field-input';

/** Empty as long as the secret that the hub has is kept. */
export function SecretInput(props: {
  common: Common;
  value: string;
  kept: string;
  onChange: (value: string) => void;
}) {
  const kept = props.value === MASK;
  return (
    <input {...props.common} className="form-control" type="password" autoComplete="new-password"
      placeholder={kept ? props.kept : undefined} value={kept ? '' : props.value}
      onChange={(event) => props.onChange(event.target.value)}
      onBlur={(event) => {
        if (kept && event.target.value === '') props.onChange(MASK);
      }} />
  );
}
