/** A field of an event that a template or a filter can name. */
export interface FieldPath {
  path: string;
  type: string;
  example?: unknown;
}

const MAX_DEPTH = 4;

/** The 17 fields of Moodle's get_data(), and what the connector adds. */
export const EVENT_FIELDS = [
  'eventname', 'component', 'action', 'target', 'objecttable', 'objectid', 'crud', 'edulevel',
  'contextid', 'contextlevel', 'contextinstanceid', 'userid', 'courseid', 'relateduserid',
  'anonymous', 'other', 'timecreated', 'id', 'origin', 'ip', 'realuserid',
];

/** What templates know beside the event's own fields. */
export const OTHER_ROOTS = [
  'event', 'site.id', 'site.name', 'site.url', 'rule.id', 'rule.name', 'service.name',
  'delivery.id', 'delivery.attempt', 'now', 'user.username', 'user.email', 'user.firstname',
  'user.lastname', 'user.fullname', 'user.idnumber', 'user.lang', 'relateduser.email',
  'realuser.email', 'course.shortname', 'course.fullname', 'course.idnumber', 'course.category',
];

export const TEMPLATE_FILTERS = [
  'iso8601', 'upper', 'lower', 'trim', 'default("")', 'int', 'string', 'json', 'urlencode',
  'base64', 'sha256', 'hmac_sha256("")', 'truncate(80)', 'replace("", "")', 'date("%Y-%m-%d")',
  'join(",")', 'first', 'last', 'count', 'short',
];

export const BLOCKS = [
  '#if ', '/if', '#unless ', '/unless', '#each ', '/each', 'else', 'this', '@index', '@first',
  '@last', '@key',
];

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Every path of a real event, with what stood there. */
export function pathsOf(event: unknown, prefix = '', depth = 0): FieldPath[] {
  if (typeof event !== 'object' || event === null || depth >= MAX_DEPTH) return [];
  return Object.entries(event).flatMap(([name, value]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    return [{ path, type: kindOf(value), example: value }, ...pathsOf(value, path, depth + 1)];
  });
}

/** The fields that real events have, and those that every event can have. */
export function suggestPaths(events: unknown[]): FieldPath[] {
  const found = new Map<string, FieldPath>();
  for (const field of events.flatMap((event) => pathsOf(event))) {
    const known = found.get(field.path);
    if (!known || known.type === 'null') found.set(field.path, field);
  }
  for (const path of EVENT_FIELDS) {
    if (!found.has(path)) found.set(path, { path, type: '' });
  }
  return [...found.values()].sort((a, b) => a.path.localeCompare(b.path));
}
