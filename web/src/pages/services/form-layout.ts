/** The fields that the form of a service shows, by type and authentication, in their order. */
export type ServiceType = 'rest' | 'amqp' | 'soap';

const AUTH: Record<ServiceType, string[]> = {
  rest: ['none', 'bearer', 'apikey', 'basic', 'oauth2', 'mtls'],
  amqp: ['none', 'mtls'],
  soap: ['none', 'basic', 'bearer', 'mtls', 'wsse'],
};

export function authTypesOf(type: ServiceType): string[] {
  return AUTH[type];
}

/** What an authentication needs beside its kind. */
const AUTH_FIELDS: Record<string, string[]> = {
  none: [],
  bearer: ['auth_token'],
  apikey: ['apikey_header', 'auth_token'],
  basic: ['basic_user', 'auth_token'],
  oauth2: ['oauth2_token_url', 'oauth2_client_id', 'auth_token', 'oauth2_scope'],
  mtls: ['client_cert', 'client_key'],
  wsse: ['wsse_user', 'auth_token', 'wsse_mode'],
};

export function authFieldsOf(authType: string): string[] {
  return AUTH_FIELDS[authType] ?? [];
}

export const GROUPS = ['resilience', 'circuit', 'limits', 'request', 'signing', 'inbound'] as const;
export type Group = (typeof GROUPS)[number];

const FIELDS: Record<Group, string[]> = {
  resilience: ['timeout', 'max_retries', 'retry_backoff', 'retry_jitter', 'max_age', 'retry_on',
    'reject_on'],
  circuit: ['cb_failure_threshold', 'cb_cooldown', 'cb_mode', 'cb_rate', 'cb_window',
    'cb_min_calls', 'cb_slow_ms'],
  limits: ['max_concurrency', 'rate_limit', 'max_backlog'],
  request: ['headers', 'cloudevents', 'follow_redirects', 'proxy', 'ca_file', 'soap_headers'],
  signing: ['signing_secret', 'signing_secret_old'],
  inbound: ['inbound_enabled', 'inbound_secret', 'inbound_site', 'response_queue'],
};

const ONLY: Record<string, ServiceType[]> = {
  headers: ['rest', 'soap'],
  cloudevents: ['rest', 'amqp'],
  follow_redirects: ['rest'],
  proxy: ['rest', 'soap'],
  soap_headers: ['soap'],
  signing_secret: ['rest'],
  signing_secret_old: ['rest'],
  response_queue: ['amqp'],
};
const RATE_ONLY = ['cb_rate', 'cb_window', 'cb_min_calls'];

/** The fields of a group that mean something for what is chosen. */
export function fieldsOf(group: Group, type: ServiceType, cbMode: string): string[] {
  return FIELDS[group].filter((name) => {
    if (RATE_ONLY.includes(name) && cbMode !== 'rate') return false;
    if (name === 'cb_failure_threshold' && cbMode === 'rate') return false;
    return !ONLY[name] || ONLY[name].includes(type);
  });
}
