import { useEffect, useRef } from 'react';
import type { Line } from './chart-options';

/** The values at the pointer, on the side where there is room. */
export function ChartTip(props: {
  left: number;
  width: number;
  when: string;
  lines: Line[];
  index: number;
  show: (value: number) => string;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const beyond = props.left > props.width / 2;
    element.style.left = beyond ? '' : `${props.left + 75}px`;
    element.style.right = beyond ? `${props.width - props.left - 45}px` : '';
    element.style.top = '10px';
  });
  return (
    <div className="chart-tip" ref={place}>
      <div className="muted">{props.when}</div>
      {props.lines.map((line) => {
        const value = line.values[props.index];
        return (
          <div key={line.label}>
            <span className={`swatch swatch-${line.colour}`} /> {line.label}{' '}
            <strong>{value == null ? '–' : props.show(value)}</strong>
          </div>
        );
      })}
    </div>
  );
}
