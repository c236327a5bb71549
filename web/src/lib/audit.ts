import type { Change } from '../api/types';

/** Changes that have a sentence: method, path, and the end of the sentence's key. */
const SENTENCES = [
  ['POST', '/services', 'service_added'],
  ['PUT', '/services/NAME', 'service_changed'],
  ['PATCH', '/services/NAME', 'service_changed'],
  ['DELETE', '/services/NAME', 'service_deleted'],
  ['POST', '/services/NAME/circuit/reset', 'circuit_reset'],
  ['POST', '/services/NAME/pause', 'service_paused'],
  ['POST', '/services/NAME/resume', 'service_resumed'],
  ['POST', '/services/NAME/test', 'service_tested'],
  ['POST', '/circuits/reset', 'circuits_reset'],
  ['POST', '/rules', 'rule_added'],
  ['PUT', '/rules/NAME', 'rule_changed'],
  ['PATCH', '/rules/NAME', 'rule_changed'],
  ['DELETE', '/rules/NAME', 'rule_deleted'],
  ['POST', '/deliveries/NAME/retry-now', 'delivery_retried'],
  ['POST', '/deliveries/NAME/cancel', 'delivery_cancelled'],
  ['POST', '/dead-letters/replay', 'letters_replayed'],
  ['POST', '/dead-letters/delete', 'letters_deleted'],
  ['POST', '/log/clear', 'log_cleared'],
  ['PATCH', '/settings', 'settings_changed'],
  ['POST', '/sites', 'site_added'],
  ['PATCH', '/sites/NAME', 'site_changed'],
  ['DELETE', '/sites/NAME', 'site_deleted'],
  ['POST', '/sites/NAME/code', 'site_code'],
  ['POST', '/connector/connect', 'site_connected'],
  ['POST', '/connector/import', 'imported'],
  ['POST', '/privacy/export', 'person_exported'],
  ['POST', '/privacy/erase', 'person_erased'],
  ['POST', '/tokens', 'token_added'],
  ['DELETE', '/tokens/NAME', 'token_deleted'],
  ['POST', '/session', 'signed_in'],
  ['DELETE', '/session', 'signed_out'],
  ['PUT', '/session/password', 'password_changed'],
  ['POST', '/users', 'user_added'],
  ['PATCH', '/users/NAME', 'user_changed'],
  ['DELETE', '/users/NAME', 'user_deleted'],
  ['DELETE', '/users/NAME/sessions', 'user_signed_out'],
  ['PUT', '/secrets/NAME', 'secret_set'],
  ['DELETE', '/secrets/NAME', 'secret_deleted'],
  ['POST', '/key/rotate', 'key_rotated'],
] as const;
export type Sentence = (typeof SENTENCES)[number][2] | 'login_refused';

const PATTERNS = SENTENCES.map(([method, path, sentence]) => ({
  pattern: new RegExp(`^${method} ${path.replace('NAME', '([^/?]+)')}(\\?|$)`),
  sentence,
}));

function nameIn(what: unknown): string | null {
  const { name, eventname } = (what ?? {}) as { name?: unknown; eventname?: unknown };
  if (typeof name === 'string' && name) return name;
  return typeof eventname === 'string' ? eventname : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What was done, as a sentence, and to what; null for what has none. */
export function sentenceOf({ action, what }: Pick<Change, 'action' | 'what'>,
): { sentence: Sentence; name: string } | null {
  if (action === 'POST /session refused') {
    return { sentence: 'login_refused', name: nameIn(what) ?? '–' };
  }
  for (const { pattern, sentence } of PATTERNS) {
    const match = pattern.exec(action);
    if (!match) continue;
    const named = /^[^?]/.test(match[1] ?? '') ? decoded(match[1] ?? '') : null;
    return { sentence, name: nameIn(what) ?? named ?? '–' };
  }
  return null;
}
