import { hrefTo } from '../router';

/** To a service, in a row; a name of any length is cut off there. */
export function ServiceLink({ name }: { name: string | null }) {
  if (!name) return '–';
  return <a className="name" title={name} href={hrefTo(['services', name])}>{name}</a>;
}
