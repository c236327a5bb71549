// How many bytes the first view takes over the wire, without the API's answers.
import { report, signedIn } from './given.mjs';

await report(async (browser) => {
  const context = await browser.newContext();
  await context.close();
  const page = await signedIn(browser);
  await page.waitForFunction(() => document.querySelector('.chart canvas'));
  const files = await page.evaluate(() =>
    performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
      .filter((entry) => !entry.name.includes('/api/'))
      .map((entry) => [entry.name, entry.encodedBodySize]));
  return { bytes: files.reduce((sum, [, size]) => sum + size, 0), files };
});
