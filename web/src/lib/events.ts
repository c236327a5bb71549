/** The part of an event's name that says what happened: "user_created". */
export function shortName(eventname: string | null | undefined): string | null {
  if (!eventname) return null;
  return eventname.slice(eventname.lastIndexOf('\\') + 1);
}

/** Whether an event's name fits a rule's pattern: `*` is any run of characters. */
export function fitsPattern(pattern: string, eventname: string): boolean {
  const given = pattern.startsWith('\\') || pattern.startsWith('*') ? pattern : `\\${pattern}`;
  const parts = given.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(eventname);
}
