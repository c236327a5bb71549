import { useI18n } from '../i18n';
import { Labelled } from './Labelled';

/** One of the roles that somebody, or a token, can have here. */
export function RoleChoice<R extends 'ingest' | 'view' | 'manage'>(props: {
  roles: readonly R[];
  value: R;
  onChange: (role: R) => void;
}) {
  const { t } = useI18n();
  return (
    <Labelled label={t('column.role')}>
      {({ id }) => (
        <select id={id} className="form-select" value={props.value}
          onChange={(event) => props.onChange(event.target.value as R)}>
          {props.roles.map((role) => <option key={role} value={role}>{t(`role.${role}`)}</option>)}
        </select>
      )}
    </Labelled>
  );
}
