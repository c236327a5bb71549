// What somebody with the role `view` gets to see.
import { goTo, report, signedIn } from './given.mjs';

const CHANGING = /^(add|edit|delete|enable|disable|pause|resume|replay|test call|clear log|save|reset)\b/i;

await report(async (browser) => {
  const page = await signedIn(browser);
  const changing = [];
  let hidden = 0;
  let payloads = 0;
  for (const place of ['', 'services', 'services/up', 'rules', 'rules/1', 'queue',
    'queue/dead-letters', 'queue/dead-letters/1', 'events', 'log', 'settings', 'settings/sites']) {
    await goTo(page, place);
    const names = await page.locator('main button, main a.btn').evaluateAll((found) =>
      found.map((element) => element.getAttribute('aria-label') ?? element.textContent ?? ''));
    changing.push(...names.filter((name) => CHANGING.test(name.trim())).map((n) => `${place}: ${n}`));
    hidden += await page.getByText('Contents are hidden').count();
    if (place === 'queue/dead-letters/1') payloads += await page.locator('pre.data').count();
  }
  await goTo(page, 'events');
  await page.locator('a.row-link').first().click();
  await page.getByText('Contents are hidden').waitFor();
  payloads += await page.locator('pre.data').count();
  return { changing, hidden: hidden + 1, payloads };
});
