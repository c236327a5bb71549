import { useState } from 'react';
import type { FormState } from '../../components/Field';
import { Labelled } from '../../components/Labelled';
import { useI18n } from '../../i18n';
import { veiledAmqp } from '../../lib/amqp';
import type { ServiceType } from '../../lib/transports';

/** Where a service is, as one line of text; a password in it is shown to who edits it. */
export function Address({ state, type }: { state: FormState; type: ServiceType }) {
  const { t } = useI18n();
  const [editing, setEditing] = useState(false);
  const address = String(state.values.base_url ?? '');
  const faults = state.faults.filter((fault) => fault.field === 'base_url');
  return (
    <Labelled label={t(`address.${type}`)} help={t(`address.help.${type}`)} faults={faults} wide>
      {({ id, describedBy, invalid }) => (
        <input id={id} aria-describedby={describedBy} aria-invalid={invalid} type="text"
          className="form-control mono" inputMode="url" spellCheck={false} autoComplete="off"
          placeholder={t(`address.example.${type}`)}
          value={type === 'amqp' && !editing ? veiledAmqp(address) : address}
          onFocus={() => setEditing(true)} onBlur={() => setEditing(false)}
          onChange={(event) => state.set('base_url', event.target.value)} />
      )}
    </Labelled>
  );
}
