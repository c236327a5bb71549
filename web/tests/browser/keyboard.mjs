// Keys alone: over the skip link, into a page, through a dialog and back.
import { given, goTo, report, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser);
  const steps = [];
  const focused = (selector) => page.evaluate((wanted) =>
    document.activeElement?.matches(wanted) ?? false, selector);
  /** Tabs until something that fits has the focus, and every stop on the way is to be seen. */
  const tabTo = async (selector) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      const unseen = await page.evaluate(() => {
        const style = getComputedStyle(document.activeElement);
        return document.activeElement !== document.body && style.outlineStyle === 'none' &&
          style.boxShadow === 'none' ? document.activeElement.outerHTML.slice(0, 120) : null;
      });
      if (unseen) throw new Error(`no focus to be seen on ${unseen}`);
      if (await focused(selector)) return;
    }
    throw new Error(`Tab does not reach ${selector}`);
  };

  await goTo(page, 'services');
  await page.evaluate(() => document.activeElement?.blur());
  await tabTo('.skip-link');
  await page.keyboard.press('Enter');
  steps.push((await focused('#main')) ? 'skipped' : 'not skipped');

  await tabTo('a.row-link');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: given.first }).waitFor();
  steps.push('opened');

  await tabTo('.page-head .btn-outline-danger');
  await page.keyboard.press('Enter');
  await page.locator('dialog[open] .btn-danger:enabled').waitFor();
  steps.push((await focused('dialog[open] .sheet-foot button')) ? 'asked' : 'focus is elsewhere');
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  steps.push((await focused('.page-head .btn-outline-danger')) ? 'back' : 'focus is lost');
  return { steps };
});
