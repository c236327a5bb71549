import { useQuery } from '@tanstack/react-query';
import { all, data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import { Removal } from '../../components/Removal';
import { Answer, Empty } from '../../components/States';
import { Table } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { AddSecret } from './AddSecret';
import { SettingsList } from './SettingsList';

/** Secrets that templates use by name; their values are never shown. */
export function Secrets() {
  const { t } = useI18n();
  const secrets = useQuery({
    queryKey: ['secrets'],
    queryFn: () => all((cursor) =>
      data(hub.GET('/api/v1/secrets', { params: { query: { limit: 500, cursor } } }))),
  });
  return (
    <SettingsList intro={t('secrets.intro')} add={t('secrets.add')}
      dialog={(onClose) => <AddSecret onClose={onClose} />}>
      <Answer of={secrets}>
        {(list) => list.length === 0
          ? <Empty icon="gear" title={t('secrets.empty')}><p>{t('secrets.empty_text')}</p></Empty>
          : (
            <Table label={t('settings.secrets')} rows={list} rowKey={(s) => s.name} columns={[
              { id: 'name', title: t('column.name'), kind: 'wide', sortBy: (s) => s.name,
                cell: (s) => <span className="mono">{s.name}</span> },
              { id: 'changed', title: t('column.changed'), sortBy: (s) => s.timemodified,
                cell: (s) => <Ago at={s.timemodified} /> },
              { id: 'actions', title: t('column.actions'), kind: 'tools',
                cell: (s) => <Remove name={s.name} /> },
            ]} />
          )}
      </Answer>
    </SettingsList>
  );
}

function Remove({ name }: { name: string }) {
  const { t } = useI18n();
  const remove = useChange(
    () => data(hub.DELETE('/api/v1/secrets/{name}', { params: { path: { name } } })), ['secrets']);
  return (
    <div className="actions">
      <Removal of={name} title={t('secrets.delete_title', { name })}
        done={t('secrets.deleted', { name })}
        onRemove={() => remove.mutateAsync(undefined)}>
        <p>{t('secrets.delete_text')}</p>
      </Removal>
    </div>
  );
}
