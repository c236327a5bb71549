import type { FormState } from '../../components/Field';
import { Labelled } from '../../components/Labelled';
import { useI18n } from '../../i18n';
import type { ServiceType } from '../../lib/transports';

/** Where a service is, as one line of text. */
export function Address({ state, type }: { state: FormState; type: ServiceType }) {
  const { t } = useI18n();
  const faults = state.faults.filter((fault) => fault.field === 'base_url');
  return (
    <Labelled label={t(`address.${type}`)} help={t(`address.help.${type}`)} faults={faults} wide>
      {({ id, describedBy, invalid }) => (
        <input id={id} aria-describedby={describedBy} aria-invalid={invalid} type="text"
          className="form-control mono" inputMode="url" spellCheck={false} autoComplete="off"
          placeholder={t(`address.example.${type}`)} value={String(state.values.base_url ?? '')}
          onChange={(event) => state.set('base_url', event.target.value)} />
      )}
    </Labelled>
  );
}
