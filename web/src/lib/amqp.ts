import { MASK } from './fields';

/** The parts of an AMQP service's address, as the connection builder edits them. */
export interface AmqpParts {
  tls: boolean;
  host: string;
  port: string;
  user: string;
  password: string;
  vhost: string;
  exchange: string;
  routing_key: string;
  queue_declare: string;
  dlq: string;
}

export const AMQP_DEFAULTS: AmqpParts = {
  tls: false,
  host: '',
  port: '',
  user: '',
  password: '',
  vhost: '',
  exchange: '',
  routing_key: '',
  queue_declare: '',
  dlq: '',
};
const OPTIONS = ['exchange', 'routing_key', 'queue_declare', 'dlq'] as const;

const ADDRESS = new RegExp(
  '^(amqps?)://' +
  '(?:([^:@/?]*)(?::([^@/?]*))?@)?' +           // user:password@
  '(\\[[^\\]]*\\]|[^:/?]*)(?::(\\d*))?' +       // host:port
  '(?:/([^?]*))?(?:\\?(.*))?$',                 // /vhost?options
);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Null when the text is not an amqp:// or amqps:// address. */
export function parseAmqp(address: string): AmqpParts | null {
  const match = ADDRESS.exec(address.trim());
  if (!match) return null;
  const [, scheme, user = '', password = '', host = '', port = '', vhost = '', query = ''] = match;
  const search = new URLSearchParams(query);
  const parts: AmqpParts = {
    ...AMQP_DEFAULTS,
    tls: scheme === 'amqps',
    host,
    port,
    user: decoded(user),
    password: decoded(password),
    vhost: decoded(vhost),
  };
  for (const name of OPTIONS) parts[name] = search.get(name) ?? '';
  return parts;
}

/** Every part is percent-encoded; an empty virtual host is the broker's default one. */
export function formatAmqp(parts: AmqpParts): string {
  const encode = encodeURIComponent;
  // The mask must go back as it is: it stands for the password that the hub has.
  const secret = parts.password === '********' ? parts.password : encode(parts.password);
  const account = parts.user ? `${encode(parts.user)}${secret ? `:${secret}` : ''}@` : '';
  const port = parts.port ? `:${parts.port}` : '';
  const vhost = parts.vhost ? `/${encode(parts.vhost)}` : '';
  const given = OPTIONS.filter((name) => parts[name]);
  const query = given.map((name) => `${name}=${encode(parts[name])}`).join('&');
  const scheme = parts.tls ? 'amqps' : 'amqp';
  return `${scheme}://${account}${parts.host}${port}${vhost}${query ? `?${query}` : ''}`;
}

/** What matters of an address in a list: no scheme, no account; of a broker's, what it is for. */
export function shortAddress(address: string): string {
  const parts = parseAmqp(address);
  if (!parts) return address.replace(/^\w+:\/\//, '');
  const host = `${parts.host}${parts.port ? `:${parts.port}` : ''}`;
  const target = parts.exchange || parts.queue_declare || parts.routing_key;
  return `${host}/${parts.vhost}${target ? ` → ${target}` : ''}`;
}

/** For whoever stands behind somebody: the address without its password. */
export function veiledAmqp(address: string): string {
  const parts = parseAmqp(address);
  return parts?.password ? formatAmqp({ ...parts, password: MASK }) : address;
}
