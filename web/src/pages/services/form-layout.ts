/**
 * How the form of a service is laid out. Which fields there are, the hub says; what it has and
 * this list does not know stands in the last group.
 */
export const GROUPS = [
  'resilience', 'circuit', 'limits', 'request', 'signing', 'inbound', 'other',
] as const;
export type Group = (typeof GROUPS)[number];

const FIELDS: Record<Exclude<Group, 'other'>, string[]> = {
  resilience: ['timeout', 'max_retries', 'retry_backoff', 'retry_jitter', 'max_age', 'retry_on',
    'reject_on'],
  circuit: ['cb_mode', 'cb_failure_threshold', 'cb_rate', 'cb_window', 'cb_min_calls',
    'cb_cooldown', 'cb_slow_ms'],
  limits: ['max_concurrency', 'rate_limit', 'max_backlog'],
  request: ['headers', 'cloudevents', 'proxy', 'ca_file', 'soap_headers', 'follow_redirects'],
  signing: ['signing_secret', 'signing_secret_old'],
  inbound: ['inbound_enabled', 'inbound_secret', 'inbound_site', 'response_queue'],
};
/** These stand above the groups. */
const HEAD = ['type', 'name', 'base_url', 'enabled', 'auth_type'];

/** What an authentication needs beside its kind. */
const AUTH: Record<string, string[]> = {
  bearer: ['auth_token'],
  apikey: ['apikey_header', 'auth_token'],
  basic: ['basic_user', 'auth_token'],
  oauth2: ['oauth2_token_url', 'oauth2_client_id', 'auth_token', 'oauth2_scope'],
  mtls: ['client_cert', 'client_key'],
  wsse: ['wsse_user', 'auth_token', 'wsse_mode'],
};

export function authFieldsOf(authType: string, known: string[]): string[] {
  return (AUTH[authType] ?? []).filter((name) => known.includes(name));
}

/** Their texts have lines of their own. */
export const LINES = ['client_cert', 'client_key', 'soap_headers'];

const RATE_ONLY = ['cb_rate', 'cb_window', 'cb_min_calls'];
const PLACED = [...HEAD, ...Object.values(FIELDS).flat(), ...Object.values(AUTH).flat()];

/** The fields of a group, of those that the type has, that mean something for what is chosen. */
export function fieldsOf(group: Group, known: string[], cbMode: string): string[] {
  if (group === 'other') return known.filter((name) => !PLACED.includes(name));
  return FIELDS[group].filter((name) => {
    if (RATE_ONLY.includes(name) && cbMode !== 'rate') return false;
    if (name === 'cb_failure_threshold' && cbMode === 'rate') return false;
    return known.includes(name);
  });
}
