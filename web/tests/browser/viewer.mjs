// What somebody with the role `view` gets to see, on every page and in any language.
import { readFileSync } from 'node:fs';
import { given, goTo, report, signedIn } from './given.mjs';

const texts = (language) => JSON.parse(readFileSync(
  new URL(`../../src/locales/${language}.json`, import.meta.url), 'utf8'));
const own = texts(given.language);
/** On what changes something. */
const CHANGING = ['action.delete', 'action.edit', 'action.duplicate', 'action.save', 'services.add',
  'services.test', 'services.reset', 'services.reset_all', 'services.pause', 'services.resume',
  'services.enable', 'services.disable', 'rules.add', 'rules.import', 'queue.retry_now',
  'queue.cancel', 'dead.replay', 'log.clear', 'sites.add', 'sites.new_code', 'secrets.add',
  'tokens.add', 'users.add'].map((key) => own[key]);
const headings = Object.keys(own).filter((key) => key.startsWith('nav.')).map((key) => own[key]);

await report(async (browser) => {
  const page = await signedIn(browser);
  const redacted = page.getByText(own['state.redacted']);
  const changing = [];
  const untitled = [];
  let payloads = 0;
  for (const place of given.pages) {
    await goTo(page, place);
    const names = await page.locator('main button, main a.btn').evaluateAll((found) =>
      found.map((element) => element.getAttribute('aria-label') ?? element.textContent ?? ''));
    changing.push(...names.filter((name) => CHANGING.some((text) => name.trim().startsWith(text)))
      .map((name) => `${place}: ${name}`));
    if (/^(queue|events|log)/.test(place)) payloads += await page.locator('pre.data').count();
    const title = await page.getByRole('heading', { level: 1 }).innerText();
    if (!place.includes('/') && !headings.includes(title)) untitled.push(`${place}: ${title}`);
  }
  await goTo(page, 'queue/dead-letters/1');
  await redacted.waitFor();
  await goTo(page, 'events');
  await page.locator('a.row-link').first().click();
  await redacted.waitFor();
  payloads += await page.locator('pre.data').count();
  const language = await page.locator('html').getAttribute('lang');
  return { changing, untitled, payloads, language };
});
