import { Icon, type IconName } from '../../components/Icon';
import { useI18n } from '../../i18n';
import type { ServiceType, Transport } from '../../lib/transports';

const ICONS: Record<ServiceType, IconName> = { rest: 'globe', amqp: 'queue', soap: 'letter' };

/** Only for a new service: the type cannot change later. */
export function TypeChoice(props: {
  transports: Transport[];
  type: ServiceType;
  onChange: (next: Transport) => void;
}) {
  const { t } = useI18n();
  return (
    <fieldset className="mb-3">
      <legend className="form-label">{t('field.service.type')}</legend>
      <div className="choices">
        {props.transports.map((transport) => (
          <label key={transport.type} className="choice-card">
            <input type="radio" name="type" className="form-check-input"
              checked={transport.type === props.type} onChange={() => props.onChange(transport)} />
            <span>
              <strong><Icon name={ICONS[transport.type]} /> {t(`type.${transport.type}`)}</strong>
              <span className="form-text d-block">{t(`type.help.${transport.type}`)}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
