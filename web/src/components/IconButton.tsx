import { Icon, type IconName } from './Icon';

/** A button of a row: its icon to see, its purpose to hear and to hover. */
export function IconButton(props: {
  icon: IconName;
  text: string;
  /** What it is about, so that those who hear rows of buttons can tell them apart. */
  of: string;
  disabled?: boolean;
  onClick: () => void;
}) {
  return (
    <button type="button" className="btn btn-plain btn-icon" title={props.text}
      aria-label={`${props.text}: ${props.of}`} disabled={props.disabled} onClick={props.onClick}>
      <Icon name={props.icon} />
    </button>
  );
}
