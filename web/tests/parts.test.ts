import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StreamReader } from '../src/api/events-stream';
import { ApiError, ConnectionLost, faultsOf, type Problem } from '../src/api/problem';
import type { LogRow } from '../src/api/types';
import { fill, pickLanguage, type Params } from '../src/i18n';
import { formatAmqp, parseAmqp } from '../src/lib/amqp';
import { sentenceOf } from '../src/lib/audit';
import { faultsOfEmpty, faultsOfNumbers, faultsOfService } from '../src/lib/checks';
import { fitsPattern, shortName } from '../src/lib/events';
import {
  changesOf, headersFromText, headersToText, type FieldInfo, type Values,
} from '../src/lib/fields';
import { conditionsOf, filterOf } from '../src/lib/filter';
import { Formats } from '../src/lib/formats';
import { jsonFault } from '../src/lib/json-fault';
import { csvField, csvOf, logQuery } from '../src/lib/log';
import { pathsOf } from '../src/lib/paths';
import { perSecond, rateUnit, successShare } from '../src/lib/ranges';
import { stillRefused } from '../src/lib/refusals';
import { hrefTo, parsePlace } from '../src/router';

describe('places', () => {
  it('come back from their links', () => {
    const link = hrefTo(['services', 'a b/c'], { tab: 'log', empty: '' });
    expect(link).toBe('#/services/a%20b%2Fc?tab=log');
    expect(parsePlace(link)).toEqual({ path: ['services', 'a b/c'], query: { tab: 'log' } });
  });
  it('survive nonsense', () => {
    expect(parsePlace('#/%E0%A4%A')).toEqual({ path: ['%E0%A4%A'], query: {} });
    expect(parsePlace('')).toEqual({ path: [], query: {} });
  });
});

describe('languages', () => {
  it('are picked by what is preferred', () => {
    expect(pickLanguage(['es-MX', 'en'])).toBe('es');
    expect(pickLanguage(['pt_br'])).toBe('pt-BR');
    expect(pickLanguage(['de', 'fr'])).toBe('fr');
    expect(pickLanguage(['xx'])).toBe('en');
  });
  it('fill in numbers as they are written', () => {
    expect(fill('{n} of {what}', { n: 1000, what: 'x' }, (n) => `<${n}>`)).toBe('<1000> of x');
  });
});

describe('a wait', () => {
  it('is seconds as long as somebody would count them', () => {
    const english = new Formats('en');
    const told = [0, 1, 48, 589, 599.5, 600, 3599, 36_000, 90_000]
      .map((seconds) => english.wait(seconds));
    expect(told).toEqual(
      ['0 s', '1 s', '48 s', '589 s', '600 s', '10 min', '60 min', '10 h', '25 h']);
    expect(new Formats('es').wait(48)).toBe('48 s');
  });
});

describe('CSV', () => {
  it('keeps formulas text', () => {
    expect(csvField('=1+1')).toBe(`"'=1+1"`);
    expect(csvField('+44')).toBe(`"'+44"`);
    expect(csvField(' @x')).toBe(`"' @x"`);
    expect(csvField('\tx')).toBe(`"'\tx"`);
    expect(csvField('\uFF1D1+1')).toBe(`"'\uFF1D1+1"`);
    expect(csvField(-5)).toBe('-5');
    expect(csvField('a-b; c=d')).toBe('a-b; c=d');
  });
  it('keeps them text where semicolons end cells', () => {
    expect(csvField('a;=1+1')).toBe(`"a;'=1+1"`);
    expect(csvField('a; @x')).toBe(`"a;' @x"`);
    expect(csvField('a\n=1')).toBe(`"a\n'=1"`);
    expect(csvField('a,-1\t+2')).toBe(`"a,'-1\t'+2"`);
  });
  it('quotes what needs it', () => {
    expect(csvField('a,"b"\n')).toBe('"a,""b""\n"');
    expect(csvField(null)).toBe('');
    expect(csvOf([{ id: 1, timecreated: 0 } as LogRow]))
      .toContain('\r\n1,1970-01-01T00:00:00.000Z,');
  });
  it('comes from the filters of the page', () => {
    expect(logQuery({ success: 'false', direction: 'x', text: '' })).toMatchObject({
      success: false, direction: undefined, text: undefined,
    });
  });
});

describe('filters', () => {
  it('are rows and back', () => {
    const filter = {
      courseid: { $in: [12, 15] }, crud: { $ne: 'r' }, 'other.x': { $gte: 2, $lt: 9 },
      origin: 'web', idnumber: '007', gone: { $exists: false },
    };
    expect(filterOf(conditionsOf(filter) ?? [])).toEqual(filter);
  });
  it('that say more stay JSON', () => {
    expect(conditionsOf({ $or: [] })).toBeNull();
    expect(conditionsOf({ a: { $not: { $eq: 1 } } })).toBeNull();
  });
  it('without rows are none', () => {
    expect(filterOf([{ path: ' ', operator: '$eq', value: '1' }])).toBeNull();
  });
});

describe('AMQP addresses', () => {
  it('are taken apart and put together', () => {
    const address = 'amqps://me:p%40ss@host:5671/my%2Fvhost?exchange=x&queue_declare=q%20q';
    const parts = parseAmqp(address);
    expect(parts).toMatchObject({
      tls: true, user: 'me', password: 'p@ss', host: 'host', port: '5671', vhost: 'my/vhost',
      exchange: 'x', queue_declare: 'q q',
    });
    expect(parts && formatAmqp(parts)).toBe(address);
  });
  it('keep the mask of a password', () => {
    const address = 'amqp://me:********@host';
    const parts = parseAmqp(address);
    expect(parts && formatAmqp(parts)).toBe(address);
  });
  it('are nothing else', () => expect(parseAmqp('https://x')).toBeNull());
});

describe('the stream', () => {
  it('is read whatever the pieces', () => {
    const text = ': hello\n\nevent: counters\ndata: {"a":\ndata: 1}\n\n' +
      'event: event\r\ndata: x\r\n\r\n';
    for (const size of [1, 3, 7, 1000]) {
      const reader = new StreamReader();
      const found = [];
      for (let at = 0; at < text.length; at += size) {
        found.push(...reader.take(text.slice(at, at + size)));
      }
      expect(found).toEqual([
        { event: 'counters', data: '{"a":\n1}' }, { event: 'event', data: 'x' },
      ]);
    }
  });
});

describe('events', () => {
  it('fit patterns', () => {
    expect(fitsPattern('\\core\\event\\*', '\\core\\event\\user_created')).toBe(true);
    expect(fitsPattern('core\\event\\user_created', '\\core\\event\\user_created')).toBe(true);
    expect(fitsPattern('*', '\\a\\b')).toBe(true);
    expect(fitsPattern('\\mod_*\\event\\*', '\\core\\event\\x')).toBe(false);
    expect(fitsPattern('\\a.b', '\\aXb')).toBe(false);
  });
  it('have short names and paths', () => {
    expect(shortName('\\core\\event\\user_created')).toBe('user_created');
    expect(pathsOf({ other: { grade: 5 }, id: 'x' }).map((field) => field.path))
      .toEqual(['other', 'other.grade', 'id']);
  });
});

describe('charts', () => {
  it('leave out the step that has only begun', () => {
    expect(perSecond([[0, 120], [60, 30], [120, null]], 60, 70)).toEqual([2, null, null]);
    expect(perSecond([[0, 120], [60, 30]], 60, 90)).toEqual([2, 1]);
  });
  it('show it while the hub has no other', () => {
    expect(perSecond([[0, null], [21_600, 50]], 21_600, 21_700)).toEqual([null, 0.5]);
  });
  it('have steps of round numbers and units that fit', () => {
    const en = new Formats('en');
    expect([0.05, 0.0042, 12].map(en.rate)).toEqual(['0.05', '0.0042', '12']);
    expect([999, 1000, 1500, 12_340].map((ms) => en.milliseconds(ms)))
      .toEqual(['999 ms', '1 sec', '1.5 sec', '12.3 sec']);
    expect([300, 86_400, 93_600].map((s) => en.words(s)))
      .toEqual(['5 minutes', '1 day', '1 day, 2 hours']);
  });
  it('tell small rates in units of their own', () => {
    expect([0, 12, 0.5, 0.02, 0.0004].map((rate) => rateUnit(rate).unit))
      .toEqual(['second', 'second', 'second', 'minute', 'hour']);
  });
  it('share successes', () => {
    expect(successShare([3, 0, null], [1, 0, 5])).toEqual([0.75, null, null]);
  });
});

describe('forms', () => {
  it('send only what was changed', () => {
    const before = { name: 'a', timeout: 5, headers: {} };
    const after = { ...before, timeout: 6, unknown: 1 };
    expect(changesOf(['name', 'timeout', 'headers'], before, after)).toEqual({ timeout: 6 });
  });
  it('read headers', () => {
    const headers = { Accept: 'a/b; c', 'X-Y': 'z:1' };
    expect(headersFromText(headersToText(headers))).toEqual(headers);
  });
});

describe('checks before a form is sent', () => {
  const t = (key: string) => key;
  const found = (faults: { field: string; message: string }[]) =>
    faults.map(({ field, message }) => `${field}: ${message}`);
  it('find what a service lacks', () => {
    expect(found(faultsOfService({ type: 'rest', name: ' ', base_url: '' }, t)))
      .toEqual(['name: fault.required', 'base_url: fault.required']);
    expect(found(faultsOfService({ type: 'rest', name: 'Süd', base_url: 'crm.example' }, t)))
      .toEqual(['name: fault.service_name', 'base_url: fault.address_http']);
    expect(found(faultsOfService({ type: 'amqp', name: 'a', base_url: 'amqp://' }, t)))
      .toEqual(['base_url: fault.address_amqp']);
    for (const base_url of ['amqps://me:x@[::1]:5671/v', 'amqp://host']) {
      expect(faultsOfService({ type: 'amqp', name: 'a', base_url }, t)).toEqual([]);
    }
    expect(faultsOfService({ type: 'soap', name: 'a', base_url: 'https://x/y?wsdl' }, t))
      .toEqual([]);
  });
  it('keep numbers in their bounds', () => {
    const info = (): FieldInfo => ({ kind: 'integer', secret: false, minimum: 0, maximum: 100 });
    const of = (value: unknown) => found(faultsOfNumbers(['n'], { n: value }, info, t));
    expect(of(0).concat(of(100))).toEqual([]);
    for (const bad of [-1, 101, undefined, 'x']) expect(of(bad)).toEqual(['n: fault.between']);
    expect(of(1.5)).toEqual(['n: fault.whole']);
    expect(faultsOfNumbers(['other'], { n: 1 }, info, t)).toEqual([]);
  });
  it('want what must be there', () => {
    expect(found(faultsOfEmpty(['a', 'b'], { a: 'x', b: null }, t))).toEqual(['b: fault.required']);
  });
});

describe('what is no JSON', () => {
  const t = (key: string, params: Params = {}) => [key, ...Object.values(params)].join(' ');
  it.each([
    ['{"a": ', 'ends'], ['{"a": {"$in": [1, 2', 'ends'], ['{"a": 1,\n "b": x}', 'at 2 7'],
    ['{a: 1}', 'at 1 2'], ['{"a": 1}}', 'at 1 9'], ['{"a": 01}', 'at 1 8'],
    ['[1, ]', 'at 1 5'], ['{"a": "x}', 'at 1 7'],
  ])('%s is told by its place, or that its end is missing', (text, wanted) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(jsonFault(text, t)).toBe(`json.${wanted}`);
  });
});

describe('a rule that was not saved', () => {
  const fault = (field: string) => ({ field, message: 'is wrong' });
  const error = new ApiError(422, { errors: [fault('name'), fault('headers.X-Key')] } as Problem);
  const values = { name: 'a', headers: { 'X-Key': 'b' }, endpoint: '/c' };
  const left = (now: Values) => faultsOf(stillRefused({ error, values }, now))
    .map(({ field }) => field);
  it('is refused for what nobody has changed since', () => {
    expect(left(values)).toEqual(['name', 'headers.X-Key']);
    expect(left({ ...values, endpoint: '/d' })).toEqual(['name', 'headers.X-Key']);
    expect(left({ ...values, name: 'b' })).toEqual(['headers.X-Key']);
    expect(stillRefused({ error, values }, { name: 'b', headers: {} })).toBeNull();
    const lost = new ConnectionLost();
    expect(stillRefused({ error: lost, values }, values)).toBe(lost);
    expect(stillRefused({ error: lost, values }, { ...values, name: 'b' })).toBeNull();
  });
});

describe('the audit trail', () => {
  const en = JSON.parse(readFileSync(
    new URL('../src/locales/en.json', import.meta.url).pathname, 'utf8')) as Record<string, string>;
  it.each([
    ['POST /rules', { name: 'users', eventname: '\\a\\b' }, 'Rule users added'],
    ['POST /rules', { eventname: '\\a\\b' }, 'Rule \\a\\b added'],
    ['DELETE /services/north%20crm', null, 'Service north crm deleted'],
    ['POST /services/crm/circuit/reset', null, 'Circuit of crm reset'],
    ['DELETE /users/7/sessions', null, 'User 7 signed out everywhere'],
    ['POST /session refused', { name: 'eve' }, 'Sign-in of eve refused'],
    ['PATCH /settings', { max_log_entries: 5 }, 'Settings changed'],
    ['POST /something/new', null, undefined],
  ])('says %s %o', (action, what, wanted) => {
    const found = sentenceOf({ action, what });
    const said = found && en[`audit.did.${found.sentence}`]?.replace('{name}', () => found.name);
    expect(said ?? undefined).toBe(wanted);
  });
});
