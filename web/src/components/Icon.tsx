/** Line icons on a grid of 24; decoration only, the text beside them carries the meaning. */
const PATHS = {
  alert: 'M12 9v4m0 4h.01' +
    'M10.3 3.9 1.8 18a2 2 0 0 0 1.7 3h17a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0Z',
  arrow: 'M5 12h14m-6-6 6 6-6 6',
  back: 'M19 12H5m6 6-6-6 6-6',
  bell: 'M18 8a6 6 0 0 0-12 0c0 7-3 9-3 9h18s-3-2-3-9M13.7 21a2 2 0 0 1-3.4 0',
  bolt: 'M13 2 3 14h9l-1 8 10-12h-9l1-8Z',
  chart: 'M4 20V10m6 10V4m6 16v-7m4 7H2',
  check: 'm5 12.500 4.500 4.500L19 7.500',
  clock: 'M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20Zm0-16v6l4 2',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  cross: 'M6 6l12 12M18 6 6 18',
  down: 'm6 9 6 6 6-6',
  download: 'M12 3v12m-5-5 5 5 5-5M4 21h16',
  edit: 'M4 20h4L19 9l-4-4L4 16v4Z',
  event: 'M22 12h-4l-3 8L9 4l-3 8H2',
  filter: 'M3 5h18l-7 8v6l-4 2v-8L3 5Z',
  gear: 'M12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7Z' +
    'm8-3.500-2 1 .5 2.500-2 2L14 17' +
    'l-1 3h-2l-1-3-2.500.5-2-2L6 13l-2-1 2-1-.5-2.500 2-2L10 7l1-3h2l1 3 2.500-.5 2 2L18 11Z',
  globe: 'M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20ZM2 12h20' +
    'M12 2c3 3 4 6 4 10s-1 7-4 10c-3-3-4-6-4-10s1-7 4-10Z',
  half: 'M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20Zm0-20v20',
  home: 'm3 11 9-8 9 8v10h-6v-6H9v6H3V11Z',
  info: 'M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20Zm0-6v-5m0-3h.01',
  inbox: 'M3 13h5l1.500 3h5L16 13h5M5 5h14l2 8v6H3v-6l2-8Z',
  letter: 'M4 5h16v14H4zM4 7l8 6 8-6',
  list: 'M8 6h13M8 12h13M8 18h13M3 6h.01M3 12h.01M3 18h.01',
  moon: 'M20 14A8.500 8.500 0 0 1 10 4a8.500 8.500 0 1 0 10 10Z',
  out: 'M15 3h5v18h-5M10 8l4 4-4 4m4-4H3',
  pause: 'M8 5v14m8-14v14',
  play: 'M7 4v16l13-8L7 4Z',
  plug: 'M9 3v5m6-5v5M6 8h12v3a6 6 0 0 1-12 0V8Zm6 9v4',
  plus: 'M12 5v14m-7-7h14',
  queue: 'M4 6h16M4 12h16M4 18h9',
  retry: 'M4 5v5h5M4.500 10a8 8 0 1 1-.5 4',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 5 5',
  sun: 'M12 17a5 5 0 1 0 0-10 5 5 0 0 0 0 10Z' +
    'm0-16v2m0 18v2M4 4l1.500 1.500M18.500 18.500 20 20' +
    'M1 12h2m18 0h2M4 20l1.500-1.500M18.500 5.500 20 4',
  table: 'M3 5h18v14H3zM3 10h18M9 5v14',
  trash: 'M4 7h16M9 7V4h6v3m-9 0 1 14h10l1-14',
  up: 'm6 15 6-6 6 6',
  upload: 'M12 16V4m-5 5 5-5 5 5M4 21h16',
  user: 'M12 12a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9Zm-8 9a8 8 0 0 1 16 0',
  wait: 'M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20Zm-3.500-10h7',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
      strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
