// axe on every page, with a dialog open, and with an error shown.
import { createRequire } from 'node:module';
import { given, goTo, report, signedIn } from './given.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function violations(page, where) {
  const found = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: tags }).then((result) => result.violations), TAGS);
  return found.flatMap((rule) =>
    rule.nodes.map((node) => `${where}: ${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`));
}

await report(async (browser) => {
  const errors = [];
  const page = await signedIn(browser, errors);
  // The test's own script, which the page's policy rightly keeps out of the document.
  const look = async (where) => {
    await page.evaluate(source);
    return violations(page, where);
  };
  const { readFile } = await import('node:fs/promises');
  const source = await readFile(AXE, 'utf8');
  const found = [];
  let visited = 0;
  for (const place of given.pages) {
    await goTo(page, place);
    found.push(...(await look(place)));
    visited += 1;
  }

  await goTo(page, 'services/up?test=1');
  await page.locator('dialog[open]').waitFor();
  found.push(...(await look('dialog')));
  await goTo(page, 'services?add=rest');
  await page.locator('button[type=submit]').click();
  await page.locator('[role=alert]').first().waitFor();
  found.push(...(await look('error')));
  await goTo(page, 'services/no-such-service');
  found.push(...(await look('not there')));
  return { visited: visited + 3, extra: 3, violations: found, errors };
});
