// At 400 % zoom (1280 pixels are 320 then) nothing is cut off and no page scrolls sideways.
import { given, goTo, report, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser, [], { width: 320, height: 256 });
  const wide = [];
  for (const place of given.pages) {
    await goTo(page, place);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 320) wide.push(`${place}: ${width}`);
  }
  return { wide };
});
