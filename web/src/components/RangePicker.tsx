import { useI18n } from '../i18n';
import { RANGES, rememberRange, type RangeId } from '../lib/ranges';

export function RangePicker(props: { value: RangeId; onChange: (value: RangeId) => void }) {
  const { t } = useI18n();
  return (
    <div className="btn-group btn-group-sm range-picker" role="group" aria-label={t('range.label')}>
      {RANGES.map(({ id }) => (
        <button key={id} type="button" aria-pressed={props.value === id}
          className={`btn ${props.value === id ? 'btn-primary' : 'btn-outline-secondary'}`}
          onClick={() => {
            rememberRange(id);
            props.onChange(id);
          }}>
          {t(`range.${id}`)}
        </button>
      ))}
    </div>
  );
}
