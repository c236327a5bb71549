// A hub with something on every page, for pictures: services that work, fail and are away, of all
// types, rules, dead letters, what waits, alerts, and events that go on coming.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = new URL('../../', import.meta.url).pathname;
export const ACCOUNT = { name: 'ana', password: 'only for pictures' };

/** Answers as the path's first part says. Ends with `close()`. */
async function startReceiver() {
  const wsdl = readFileSync(join(ROOT, 'tests/data/wsdl/crm.wsdl'), 'utf8');
  const answers = {
    crm: () => [200, '{"contact": 4711, "created": true}'],
    chat: () => (Math.random() < 0.06 ? [503, 'busy'] : [200, '{"ok": true}']),
    records: () => [422, '{"error": "unknown student number", "field": "idnumber"}'],
  };
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      if (request.url.endsWith('wsdl')) {
        response.setHeader('Content-Type', 'text/xml');
        response.end(wsdl);
        return;
      }
      const [status, body] = (answers[request.url.split('/')[1]] ?? answers.crm)();
      // Latencies as of a service far away: most short, some long.
      setTimeout(() => {
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
      }, 15 + 60 * Math.random() ** 2 + (Math.random() < 0.03 ? 350 : 0));
    });
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return server;
}

/** A call over the admin socket, which needs no token. */
function caller(socketPath) {
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json' };
      const target = { socketPath, method, path: `/api/v1${path}`, headers };
      const call = httpRequest(target, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString();
          if (answer.statusCode < 300) resolve(text ? JSON.parse(text) : null);
          else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
        });
      });
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

function servicesAt(url) {
  const quick = { cb_failure_threshold: 3, cb_cooldown: 600 };
  return [
    { name: 'crm', type: 'rest', base_url: `${url}/crm`, auth_type: 'bearer',
      auth_token: 'secret' },
    { name: 'team-chat', type: 'rest', base_url: `${url}/chat`, retry_backoff: 2 },
    { name: 'student-records', type: 'rest', base_url: `${url}/records`, auth_type: 'basic',
      basic_user: 'moodle', auth_token: 'secret' },
    { name: 'data-warehouse', type: 'rest', base_url: 'http://127.0.0.1:9/ingest', ...quick },
    { name: 'campus-bus', type: 'amqp', ...quick, base_url:
      'amqp://moodle:secret@127.0.0.1:9/campus?exchange=moodle&routing_key=events' },
    { name: 'library', type: 'soap', base_url: `${url}/library?wsdl`, auth_type: 'none', ...quick },
    { name: 'payroll', type: 'rest', base_url: `${url}/crm/payroll`, enabled: false },
  ];
}

const RULES = [
  { name: 'New people to the CRM', eventname: '\\core\\event\\user_*', service: 'crm',
    endpoint: '/contacts', payload_template: `{
  "id": {{objectid}},
  "what": "{{action}}",
  "site": "{{site.name}}",
  "at": "{{timecreated|iso8601}}"
}` },
  { name: 'Course activity to the CRM', eventname: '\\core\\event\\course_*', service: 'crm',
    endpoint: '/courses/{{courseid}}/activity', http_method: 'PUT', ordering_key: '{{courseid}}',
    filter: { courseid: { $gt: 1 }, crud: { $in: ['c', 'u'] } },
    payload_template: '{"course": {{courseid}}, "event": "{{eventname|short}}"}' },
  { name: 'Forum posts to the team chat', eventname: '\\mod_forum\\event\\*', service: 'team-chat',
    endpoint: '/hooks/forum',
    payload_template: '{"text": "{{action}} {{target}} in {{courseid}}"}' },
  { name: 'Messages and notes', eventname: '\\core\\event\\*e*', service: 'team-chat',
    endpoint: '/hooks/all', filter: { edulevel: 0 } },
  { name: 'Enrolments to student records', eventname: '\\core\\event\\user_enrolment_*',
    service: 'student-records', endpoint: '/enrolments',
    payload_template: '{"student": {{relateduserid}}, "course": {{courseid}}}' },
  { name: 'Cohorts to student records', eventname: '\\core\\event\\cohort_*',
    service: 'student-records', endpoint: '/cohorts' },
  { name: 'Quizzes to the warehouse', eventname: '\\mod_quiz\\event\\*',
    service: 'data-warehouse', endpoint: '/' },
  { name: 'Grades to the campus bus', eventname: '\\core\\event\\grade_*', service: 'campus-bus',
    endpoint: 'moodle.grades' },
  { name: 'Role changes for payroll', eventname: '\\core\\event\\role_*', service: 'payroll',
    endpoint: '/roles' },
];

/** Goes on sending recorded events, in waves, until the hub ends. */
function keepSending(call) {
  const lines = readFileSync(join(ROOT, 'tests/data/events-sample.ndjson'), 'utf8').trim();
  const events = lines.split('\n').map((line) => JSON.parse(line));
  let next = 0;
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    const many = Math.round(4 + 3 * Math.sin(Date.now() / 40_000) + 2 * Math.random());
    const batch = Array.from({ length: many }, () => {
      const event = events[(next * 7) % events.length];
      next += 1;
      return { ...event, timecreated: Math.floor(Date.now() / 1000) };
    });
    call('POST', '/events', batch).catch(() => null).finally(() => {
      busy = false;
    });
  }, 250);
  return () => clearInterval(timer);
}

function startHub(binary, data) {
  const hub = spawn(binary, ['serve', '--data', data, '--listen', '127.0.0.1:0'], {
    env: { ...process.env, MIH_ALLOWED_PRIVATE: '127.0.0.0/8' },
    stdio: ['ignore', 'pipe', process.env.MIH_SHOW_LOG ? 'inherit' : 'ignore'],
  });
  return new Promise((resolve, reject) => {
    hub.once('error', reject);
    hub.once('exit', (code) => reject(new Error(`${binary} ended with ${code}`)));
    createInterface(hub.stdout).once('line', (line) =>
      resolve({ hub, url: line.replace('listening on ', '') }));
  });
}

/** Starts it with data; `empty` leaves it as it is on the first day. */
export async function startDemoHub(binary, { empty = false } = {}) {
  const data = mkdtempSync(join(tmpdir(), 'mih-pictures-'));
  const { hub, url } = await startHub(binary, data);
  const call = caller(join(data, 'admin.sock'));
  const receiver = await startReceiver();
  let stopSending = () => undefined;
  await call('POST', '/users', { ...ACCOUNT, role: 'manage' });
  if (!empty) {
    await call('PATCH', '/settings', { alert_open_s: 2 });
    const target = `http://127.0.0.1:${receiver.address().port}`;
    for (const service of servicesAt(target)) await call('POST', '/services', service);
    for (const rule of RULES) await call('POST', '/rules', rule);
    await call('POST', '/sites', { name: 'campus', wwwroot: 'https://moodle.example' });
    await call('POST', '/users', { ...ACCOUNT, name: 'maria', role: 'view' });
    await call('POST', '/tokens', { role: 'ingest', name: 'moodle' });
    await call('POST', '/tokens', { role: 'view', name: 'monitoring' });
    await call('PUT', '/secrets/crm-signature', { value: 'secret' });
    stopSending = keepSending(call);
  }
  const stop = async () => {
    stopSending();
    hub.removeAllListeners('exit');
    const ended = new Promise((done) => hub.once('exit', done));
    hub.kill('SIGTERM');
    await ended;
    receiver.close();
    receiver.closeAllConnections();
    rmSync(data, { recursive: true, force: true });
  };
  return { url, call, stop };
}
