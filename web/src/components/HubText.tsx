import { useHubTexts } from '../lib/hub-texts';

/** A text of the hub: in the language of the page if it is known, else in English and marked so. */
export function HubText({ text }: { text: string }) {
  const said = useHubTexts()(text);
  return said === null ? <span lang="en">{text}</span> : said;
}
