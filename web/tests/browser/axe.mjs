// axe-core on the page as it stands.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds, each as a line that begins with `where`. */
export async function violations(page, where) {
  // The test's own script, which the page's policy rightly keeps out of the document.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const found = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: tags }).then((result) => result.violations), TAGS);
  return found.flatMap((rule) => rule.nodes.map((node) =>
    `${where}: ${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`));
}
