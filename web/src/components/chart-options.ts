import type uPlot from 'uplot';

export type Points = (number | null)[];
export interface Line {
  label: string;
  colour: 1 | 2 | 3 | 4 | 5;
  values: Points;
}

export const HEIGHT = 190;
/** Room above the highest value, so that no line runs along the edge. */
const HEADROOM = 1.12;
/** Steps between the lines of the grid, which read the same once they are rounded. */
const STEPS = [-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) =>
  [1, 2, 5].map((step) => Number(`${step}e${power}`)));

/** Values that have no neighbour, which a line alone would not show. */
function lonely(plot: uPlot, series: number): number[] {
  const values = (plot.data[series] ?? []) as Points;
  return values.flatMap((value, index) =>
    value != null && values[index - 1] == null && values[index + 1] == null ? [index] : []);
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

interface Looks {
  axis: (value: number) => string;
  when: (time: number) => string;
  /** The highest value there can be; without it the axis follows the values. */
  top: number | undefined;
  /** The values are whole numbers. */
  whole: boolean;
}

/** A plot of these lines; the pointer's moves are told. */
export function optionsOf(lines: Line[], width: number, looks: Looks,
  onMove: (index: number | null, left: number) => void): uPlot.Options {
  const text = colour('--hub-muted');
  const grid = { stroke: colour('--hub-line'), width: 1 };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    padding: [8, 28, 0, 0],
    scales: {
      x: { time: true },
      y: { range: (_, __, high) => [0, looks.top ?? Math.max((high || 0) * HEADROOM,
        looks.whole ? 4 : 0.01)] },
    },
    axes: [
      {
        stroke: text, grid: { show: false }, ticks: grid, space: 70, size: 32,
        values: (_, ticks) => ticks.map(looks.when),
      },
      {
        stroke: text, grid, ticks: { show: false }, size: 64, space: 34,
        incrs: looks.whole ? STEPS.filter((step) => step >= 1) : STEPS,
        values: (_, ticks) => ticks.map(looks.axis),
      },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: colour(`--chart-${line.colour}`),
        width: 2,
        fill: lines.length === 1 ? `${colour(`--chart-${line.colour}`)}22` : undefined,
        points: { show: true, size: 6, filter: (plot, series) => lonely(plot, series) },
        spanGaps: false,
      })),
    ],
    hooks: {
      setCursor: [(plot) => onMove(plot.cursor.idx ?? null, plot.cursor.left ?? -1)],
    },
  };
}
