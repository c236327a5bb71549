import { given, goTo, report, signedIn } from './given.mjs';
await report(async (browser) => {
  const out={};
  const page = await signedIn(browser, [], { language: given.language, width: given.width ?? 1280, theme: given.theme });
  for (const [name, place] of Object.entries(given.places)) {
    await goTo(page, place);
    await page.waitForTimeout(900);
    await page.screenshot({ path: `/tmp/webb/${name}.png`, fullPage: true });
    out[name] = await page.title();
  }
  return out;
});
