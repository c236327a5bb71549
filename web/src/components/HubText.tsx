import { useHubTexts } from '../lib/hub-texts';

/**
 * A text of the hub: in the language of the page if it is known, else in English and marked so.
 * `clip` cuts off what has no room; then all of it is the title.
 */
export function HubText({ text, clip }: { text: string; clip?: boolean }) {
  const said = useHubTexts()(text);
  const lang = said === null ? 'en' : undefined;
  const shown = said ?? text;
  if (clip) return <span className="clip" lang={lang} title={shown}>{shown}</span>;
  return lang ? <span lang={lang}>{shown}</span> : shown;
}
