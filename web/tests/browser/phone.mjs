// A phone: alerts in short; a list sorted by a choice that is to be seen, every value there, nothing hidden that
// takes the focus.
import { given, goTo, report, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser, [], { width: 390, height: 844 });
  await goTo(page, 'services');
  const alerts = await page.locator('.alerts li').allInnerTexts();
  const names = () => page.locator('main tbody tr td:first-child a').allInnerTexts();
  const byName = await names();
  await page.getByLabel('Sort by').selectOption({ label: 'Circuit' });
  const up = (await names()).at(-1);
  await page.getByRole('button', { name: 'Descending' }).click();
  const down = (await names())[0];

  const hidden = [];
  for (const place of given.lists) {
    await goTo(page, place);
    hidden.push(...await page.evaluate((where) => {
      const unseen = (element) => {
        const { width, height } = element.getBoundingClientRect();
        return width < 2 || height < 2;
      };
      const stops = [...document.querySelectorAll('thead :is(a, button, input, select)')];
      const cells = [...document.querySelectorAll('main td')];
      return [...stops, ...cells.filter((cell) => cell.textContent && unseen(cell))]
        .map((element) => `${where}: ${element.outerHTML.slice(0, 120)}`);
    }, place));
  }
  return { alerts, byName, up, down, hidden };
});
