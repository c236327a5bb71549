// The page in a frame of the same origin, behind a relay as Moodle's connector has one.
import { createServer } from 'node:http';
import { given, report } from './given.mjs';

const PREFIX = '/local/integrationhub/hub.php';
const seen = { sesskeys: new Set(), on_reads: 0, streams: 0, outside: [] };

const relay = createServer((request, response) => {
  const answer = async () => {
    if (request.url === '/admin') {
      response.setHeader('Content-Type', 'text/html');
      response.end(`<title>Moodle</title><iframe src="${PREFIX}/" width="1200" height="900">`);
      return;
    }
    if (!request.url.startsWith(`${PREFIX}/`)) {
      if (request.url !== '/favicon.ico') seen.outside.push(request.url);
      response.writeHead(404).end();
      return;
    }
    const path = request.url.slice(PREFIX.length);
    if (path === '/embed.json') {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ sesskey: 'secret', role: 'manage', language: 'es' }));
      return;
    }
    const change = request.method !== 'GET';
    if (change) seen.sesskeys.add(request.headers['x-sesskey'] ?? 'none');
    else if (request.headers['x-sesskey']) seen.on_reads += 1;
    if (path.includes('/stream')) seen.streams += 1;
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const passed = await fetch(given.url + path, {
      method: request.method,
      headers: {
        Authorization: `Bearer ${given.token}`,
        'Content-Type': request.headers['content-type'] ?? '',
      },
      body: change && chunks.length ? Buffer.concat(chunks) : undefined,
    });
    for (const name of ['content-type', 'etag', 'cache-control', 'content-security-policy']) {
      if (passed.headers.get(name)) response.setHeader(name, passed.headers.get(name));
    }
    response.writeHead(passed.status).end(Buffer.from(await passed.arrayBuffer()));
  };
  answer().catch((error) => response.writeHead(502).end(String(error)));
});

await report(async (browser) => {
  await new Promise((ready) => relay.listen(0, '127.0.0.1', ready));
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`http://127.0.0.1:${relay.address().port}/admin`);
  const frame = page.frameLocator('iframe');
  await frame.getByRole('heading', { level: 1, name: 'Resumen' }).waitFor();
  const language = await frame.locator('html').getAttribute('lang');
  await frame.getByRole('link', { name: 'Servicios', exact: true }).click();
  await frame.getByRole('button', { name: 'Desactivar: up' }).click();
  await frame.getByRole('button', { name: 'Activar: up' }).waitFor();
  relay.close();
  relay.closeAllConnections();
  return { ...seen, sesskeys: [...seen.sesskeys], language };
});
