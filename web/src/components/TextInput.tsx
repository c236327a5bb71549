import { Labelled } from './Labelled';

/** A line of text with its label, where no description of a field says more. */
export function TextInput(props: {
  label: string;
  value: string;
  onChange: (text: string) => void;
  type?: 'text' | 'password';
  help?: string;
  fault?: string | undefined;
  required?: boolean;
  minLength?: number;
  placeholder?: string;
  autoComplete?: string;
}) {
  const faults = props.fault ? [{ field: '', message: props.fault, translated: true }] : [];
  return (
    <Labelled label={props.label} help={props.help} faults={faults}>
      {({ id, describedBy, invalid }) => (
        <input id={id} aria-describedby={describedBy} aria-invalid={invalid}
          className="form-control" type={props.type ?? 'text'} value={props.value}
          required={props.required} minLength={props.minLength} spellCheck={false}
          placeholder={props.placeholder} autoComplete={props.autoComplete ?? 'off'}
          onChange={(event) => props.onChange(event.target.value)} />
      )}
    </Labelled>
  );
}
