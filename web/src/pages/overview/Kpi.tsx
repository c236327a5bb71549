import { Icon, type IconName } from '../../components/Icon';

/** One figure, with what it means. */
export function Kpi(props: {
  icon: IconName;
  label: string;
  value: string;
  note: string;
  href?: string;
  bad?: boolean;
}) {
  const inside = (
    <>
      <div className="kpi-label"><Icon name={props.icon} size={15} />{props.label}</div>
      <div className="kpi-value">{props.value}</div>
      <div className="kpi-note">{props.note}</div>
    </>
  );
  const className = `kpi ${props.bad ? 'bad' : ''}`;
  if (!props.href) return <div className={className}>{inside}</div>;
  return <a className={className} href={props.href}>{inside}</a>;
}
