// axe on every page, with a dialog open, and with an error shown.
import { violations } from './axe.mjs';
import { given, goTo, report, signedIn } from './given.mjs';

await report(async (browser) => {
  const errors = [];
  const page = await signedIn(browser, errors);
  const look = (where) => violations(page, where);
  const found = [];
  let visited = 0;
  for (const place of given.pages) {
    await goTo(page, place);
    found.push(...(await look(place)));
    visited += 1;
  }

  let extra = 0;
  const after = async (where, place, act) => {
    // Another document: no dialog of the place before stays open.
    await goTo(page, place);
    await page.reload();
    await goTo(page, place);
    await act();
    found.push(...(await look(where)));
    extra += 1;
  };
  const dialog = page.locator('dialog[open]');
  const opens = (button) => async () => {
    await button.first().click();
    await dialog.waitFor();
    await page.waitForFunction(() => !document.querySelector('.loading'));
  };
  await after('dialog: test call', 'services/up?test=1', () => dialog.waitFor());
  await after('dialog: deletion', 'services/up', opens(page.locator('.btn-outline-danger')));
  await after('dialog: replay', 'queue/dead-letters',
    opens(page.locator('.selection-bar .btn-primary')));
  await after('dialog: a call of the log', 'log', opens(page.locator('td button')));
  await after('dialog: a new secret', 'settings/secrets', opens(page.locator('main .btn-primary')));
  await after('menu', '', () => page.locator('.menu > summary').click());
  await after('error of a form', 'services?add=rest', async () => {
    await page.locator('button[type=submit]').click();
    await page.locator('[role=alert]').first().waitFor();
  });
  await after('fault while typing', 'rules/1', async () => {
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('{"id": {{userid}');
    await page.locator('.aside .notice').waitFor();
    await page.keyboard.press('Escape');
  });
  await after('completions', 'rules/1', async () => {
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.keyboard.type('{{');
    await page.locator('.cm-tooltip-autocomplete li[aria-selected]').waitFor();
  });
  await after('all of a form', 'services?add=amqp', async () => {
    for (const group of await page.locator('details.group > summary').all()) await group.click();
  });
  await after('a chart as a table', '', async () => {
    await page.locator('.card-head button').first().click();
    await page.locator('.chart-table').waitFor();
  });
  await after('no such page', 'nonsense', async () => undefined);
  await after('not there', 'services/no-such-service', async () => undefined);
  await page.route('**/api/v1/secrets?limit=1', () => new Promise(() => undefined));
  await page.evaluate(() => sessionStorage.removeItem('mih.role'));
  await page.reload();
  await page.locator('.loading').waitFor();
  found.push(...(await look('starting')));
  await page.unroute('**/api/v1/secrets?limit=1');
  await page.setViewportSize({ width: 390, height: 844 });
  for (const place of ['', 'services', 'queue/dead-letters', 'log']) {
    await after(`on a phone: ${place}`, place, async () => undefined);
  }
  return { visited: visited + extra, extra, violations: found, errors };
});
