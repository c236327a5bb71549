import { useI18n } from '../i18n';

export interface Slice {
  label: string;
  value: number;
  colour: 1 | 2 | 3 | 4;
}
const RADIUS = 42;
const ROUND = 2 * Math.PI * RADIUS;

/** So that the number fits into the ring. */
function sizeOf(text: string): number {
  if (text.length > 6) return 10.5;
  return text.length > 4 ? 12.5 : 17;
}

/** Parts of a whole. */
export function Doughnut(props: { label: string; unit: string; slices: Slice[] }) {
  const { translator } = useI18n();
  const total = props.slices.reduce((sum, slice) => sum + slice.value, 0);
  let before = 0;
  const whole = total < 1e7 ? translator.number(total) : translator.compact(total);
  return (
    <div className="doughnut">
      <svg viewBox="0 0 110 110" role="img" aria-label={props.label}>
        <circle className="ring" cx="55" cy="55" r={RADIUS} fill="none" strokeWidth="15" />
        {props.slices.map((slice) => {
          const share = total ? slice.value / total : 0;
          const start = before;
          before += share;
          if (!share) return null;
          return (
            <circle key={slice.label} className={`arc-${slice.colour}`} cx="55" cy="55" r={RADIUS}
              fill="none" strokeWidth="15" transform={`rotate(${start * 360 - 90} 55 55)`}
              strokeDasharray={`${Math.max(share * ROUND, 0.8)} ${ROUND}`} />
          );
        })}
        <text x="55" y="56" textAnchor="middle" fontSize={sizeOf(whole)}>
          {whole}
        </text>
        <text className="sub" x="55" y="69" textAnchor="middle" fontSize="8.500">
          {props.unit}
        </text>
      </svg>
      <ul className="legend">
        {props.slices.map((slice) => (
          <li key={slice.label}>
            <span className={`swatch swatch-${slice.colour}`} />
            {slice.label}
            <span className="value">{translator.number(slice.value)}</span>
            <span>({translator.percent(total ? slice.value / total : 0)})</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
