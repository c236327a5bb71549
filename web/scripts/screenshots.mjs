import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { launch } from './browser.mjs';
import { ACCOUNT, startDemoHub } from './demo-hub.mjs';

const HELP = `Takes pictures of every page of the dashboard and of its main dialogs, on a hub of its own.

  npm run screenshots -- [--out build/screenshots] [--languages en,es] [--themes light,dark]
    [--widths 390,1280,1920] [--only overview,rule] [--binary build/release/bin/mih]
    [--warm-up 60]   seconds of events before the first picture
    [--docs]         only those of README and user guides, into docs/images
`;
const ROOT = new URL('../../', import.meta.url).pathname;
const { values: given } = parseArgs({
  options: {
    out: { type: 'string', default: join(ROOT, 'build/screenshots') },
    languages: { type: 'string', default: 'en,es' },
    themes: { type: 'string', default: 'light,dark' },
    widths: { type: 'string', default: '390,1280,1920' },
    only: { type: 'string', default: '' },
    binary: { type: 'string', default: join(ROOT, 'build/release/bin/mih') },
    'warm-up': { type: 'string', default: '60' },
    docs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (given.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const listed = (text) => text.split(',').filter(Boolean);

/** Clicks the first of what the selector finds. */
const press = (selector) => (page) => page.locator(selector).first().click();

/** The editor lays its lines out when they come into sight. */
async function seeEditor(page) {
  await page.locator('.editor-box').scrollIntoViewIfNeeded();
  await page.waitForTimeout(200);
  await page.evaluate(() => scrollTo(0, 0));
}

/** Name, place in the page, and what is done there before the picture. */
const SHOTS = [
  ['overview', ''],
  ['services', 'services'],
  ['service', 'services/team-chat?range=15m'],
  ['service-log', 'services/team-chat?tab=log'],
  ['service-circuit', 'services/data-warehouse?tab=circuit'],
  ['service-add', 'services?add=rest'],
  ['service-add-amqp', 'services?add=amqp'],
  ['service-add-soap', 'services?add=soap'],
  ['service-edit', 'services/crm/edit'],
  ['service-edit-soap', 'services/library/edit'],
  ['service-open', 'services/crm/edit', async (page) => {
    for (const group of await page.locator('details.group > summary').all()) await group.click();
  }],
  ['service-test', 'services/crm?test=1', async (page) => {
    await page.locator('dialog[open] button[type=submit]').click();
    await page.locator('dialog[open] .pill').waitFor();
  }],
  ['service-operations', 'services/library?tab=operations',
    (page) => page.locator('.tree').first().waitFor()],
  ['service-test-soap', 'services/library?test=1', (page) => page.waitForTimeout(500)],
  ['service-delete', 'services',
    press('tr:has-text("data-warehouse") .actions button:last-child')],
  ['menu', 'services', press('.menu summary')],
  ['service-fault', 'services?add=rest', press('button[type=submit]')],
  ['rules', 'rules'],
  ['rule', 'rules/1', async (page) => {
    await page.locator('.aside .pill').first().waitFor();
    await seeEditor(page);
  }],
  ['rule-dry-run', 'rules/2', async (page) => {
    await page.locator('.aside .card-head button').click();
    await page.locator('.aside .list-line').first().waitFor();
  }],
  ['rule-soap', 'rules/new?service=library&endpoint=create'],
  ['rule-filter', 'rules/2'],
  ['rule-new', 'rules/new'],
  ['rule-fault', 'rules/1', async (page) => {
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.insertText('{{ ');
    await page.locator('.editor-cols .aside .notice').waitFor();
  }],
  ['queue', 'queue'],
  ['delivery', 'queue', press('a.row-link')],
  ['dead-letters', 'queue/dead-letters'],
  ['dead-letter', 'queue/dead-letters', press('a.row-link')],
  ['dead-replay', 'queue/dead-letters', press('.selection-bar .btn-primary')],
  ['events', 'events'],
  ['event', 'events?eventname=%5Ccore%5Cevent%5Cuser_enrolment_updated', press('a.row-link')],
  ['log', 'log'],
  ['log-call', 'log', press('td button')],
  ['settings', 'settings'],
  ['sites', 'settings/sites'],
  ['secrets', 'settings/secrets'],
  ['tokens', 'settings/tokens'],
  ['users', 'settings/users'],
  ['audit', 'settings/audit'],
  ['about', 'settings/about'],
];
const EMPTY_SHOTS = ['overview', 'services', 'rules', 'rule-new', 'queue', 'dead-letters', 'events',
  'log', 'sites', 'tokens'];
const IN_GUIDES = ['overview', 'services', 'rule', 'dead-letters', 'event', 'service-add-amqp'];
/** Language, theme and names of the documents' pictures. */
const DOCS = [
  ['en', 'light', IN_GUIDES],
  ['es', 'light', IN_GUIDES],
  ['en', 'dark', ['overview']],
];

async function openPage(browser, url, { language, theme, width, signIn = true }) {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : Math.round(width * 0.625) },
    locale: language, colorScheme: theme, reducedMotion: 'reduce', timezoneId: 'Europe/Madrid',
  });
  if (signIn) {
    const answer = await context.request.post(`${url}/api/v1/session`, { data: ACCOUNT });
    const account = await answer.text();
    await context.addInitScript((text) => localStorage.setItem('mih.account', text), account);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return page;
}

async function settle(page) {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.loading'));
  await page.waitForTimeout(150); // charts draw in the next frames
}

async function visit(page, url, [, place, act]) {
  // Another document each time: no place leaves anything behind.
  await page.goto('about:blank');
  await page.goto(`${url}/#/${place}`);
  await settle(page);
  if (act) {
    await act(page);
    await settle(page);
  }
}

async function take(page, url, shot, file) {
  await visit(page, url, shot);
  const dialog = await page.locator('dialog[open]').count();
  await page.screenshot({ path: file, fullPage: !dialog });
  process.stdout.write(`${shot[0]} -> ${file}\n`);
}

async function shootAll(browser, url, shots, suffix, options) {
  for (const width of listed(given.widths).map(Number)) {
    for (const theme of listed(given.themes)) {
      for (const language of listed(given.languages)) {
        const page = await openPage(browser, url, { language, theme, width, ...options });
        for (const shot of shots) {
          const file = join(given.out, `${shot[0]}${suffix}-${language}-${theme}-${width}.png`);
          await take(page, url, shot, file).catch((error) => {
            process.exitCode = 1;
            process.stderr.write(`${file}: ${error.message}\n`);
          });
        }
        await page.context().close();
      }
    }
  }
}

/** A picture as WebP, which the browser makes itself. */
async function asWebp(page, png) {
  const text = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.86);
  }, `data:image/png;base64,${png.toString('base64')}`);
  return Buffer.from(text.slice(text.indexOf(',') + 1), 'base64');
}

/** Those of the documents: compressed, at the size of a screen. */
async function shootForDocs(browser, url) {
  const folder = join(ROOT, 'docs/images');
  mkdirSync(folder, { recursive: true });
  const blank = await browser.newPage();
  for (const [language, theme, names] of DOCS) {
    const page = await openPage(browser, url, { language, theme, width: 1280 });
    for (const shot of SHOTS.filter(([name]) => names.includes(name))) {
      await visit(page, url, shot);
      const name = `${shot[0]}${theme === 'dark' ? '-dark' : ''}.${language}.webp`;
      writeFileSync(join(folder, name), await asWebp(blank, await page.screenshot()));
      process.stdout.write(`${name}\n`);
    }
    await page.context().close();
  }
}

const only = listed(given.only);
const wanted = (names) => SHOTS.filter(([name]) =>
  (!only.length || only.includes(name)) && (!names || names.includes(name)));
given.out = resolve(given.out);
mkdirSync(given.out, { recursive: true });
const browser = await launch();
const full = await startDemoHub(given.binary);
try {
  await new Promise((done) => setTimeout(done, Number(given['warm-up']) * 1000));
  if (given.docs) {
    await shootForDocs(browser, full.url);
  } else {
    await shootAll(browser, full.url, wanted(), '', {});
    const empty = await startDemoHub(given.binary, { empty: true });
    try {
      await shootAll(browser, empty.url, wanted(EMPTY_SHOTS), '-empty', {});
      if (!only.length || only.includes('login')) {
        await shootAll(browser, empty.url, [['login', '']], '', { signIn: false });
      }
    } finally {
      await empty.stop();
    }
  }
} finally {
  await full.stop();
  await browser.close();
}
