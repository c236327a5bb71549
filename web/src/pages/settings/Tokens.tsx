import { useQuery } from '@tanstack/react-query';
import { all, data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import type { Token } from '../../api/types';
import { LocalOnly } from '../../components/LocalOnly';
import { Removal } from '../../components/Removal';
import { Answer, Empty } from '../../components/States';
import { Table } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { AddToken } from './AddToken';
import { SettingsList } from './SettingsList';

/** Tokens of the API. Only those who signed in with a password reach them. */
export function Tokens() {
  const { t } = useI18n();
  const tokens = useQuery({
    queryKey: ['tokens'],
    queryFn: () => all((cursor) =>
      data(hub.GET('/api/v1/tokens', { params: { query: { limit: 500, cursor } } }))),
  });
  const list = (rows: Token[]) => rows.length === 0
    ? <Empty icon="gear" title={t('tokens.empty')}><p>{t('tokens.empty_text')}</p></Empty>
    : (
      <Table label={t('settings.tokens')} rows={rows} rowKey={(token) => token.id} columns={[
        { id: 'name', title: t('column.name'), kind: 'wide', sortBy: (token) => token.name,
          cell: (token) => token.name || '–' },
        { id: 'role', title: t('column.role'), sortBy: (token) => token.role,
          cell: (token) => t(`role.${token.role}`) },
        { id: 'site', title: t('column.site'), cell: (token) => token.site ?? '–' },
        { id: 'made', title: t('column.made'), sortBy: (token) => token.timecreated,
          cell: (token) => <Ago at={token.timecreated} /> },
        { id: 'actions', title: t('column.actions'), kind: 'tools',
          cell: (token) => <Remove token={token} /> },
      ]} />
    );
  return (
    <SettingsList intro={t('tokens.intro')} add={t('tokens.add')}
      dialog={tokens.data ? (onClose) => <AddToken onClose={onClose} /> : null}>
      <Answer of={tokens}
        refused={<LocalOnly title={t('settings.tokens')} command={'mih token list'} />}>
        {list}
      </Answer>
    </SettingsList>
  );
}

function Remove({ token }: { token: Token }) {
  const { t } = useI18n();
  const name = token.name || String(token.id);
  const remove = useChange(
    () => data(hub.DELETE('/api/v1/tokens/{id}', { params: { path: { id: token.id } } })),
    ['tokens']);
  return (
    <div className="actions">
      <Removal of={name} title={t('tokens.delete_title', { name })}
        done={t('tokens.deleted', { name })}
        onRemove={() => remove.mutateAsync(undefined)}>
        <p>{t('tokens.delete_text')}</p>
      </Removal>
    </div>
  );
}
