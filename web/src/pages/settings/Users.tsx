import { useQuery } from '@tanstack/react-query';
import { useApp } from '../../api/app';
import { all, data, hub } from '../../api/client';
import type { User } from '../../api/types';
import { LocalOnly } from '../../components/LocalOnly';
import { Answer, Empty } from '../../components/States';
import { Table, type Column } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { AddUser } from './AddUser';
import { SettingsList } from './SettingsList';
import { UserActions } from './UserActions';

/** Who may sign in to this hub with a password. */
export function Users() {
  const { t } = useI18n();
  const { session } = useApp();
  const users = useQuery({
    queryKey: ['users'],
    queryFn: () => all((cursor) =>
      data(hub.GET('/api/v1/users', { params: { query: { limit: 500, cursor } } }))),
  });
  const isMe = (user: User) => session.way === 'account' && user.name === session.name;
  const columns: Column<User>[] = [
    { id: 'name', title: t('column.name'), kind: 'wide', sortBy: (user) => user.name,
      cell: (user) => (
        <>
          <strong>{user.name}</strong>
          {isMe(user) && <span className="muted small"> {t('users.you')}</span>}
        </>
      ) },
    { id: 'role', title: t('column.role'), sortBy: (user) => user.role,
      cell: (user) => t(`role.${user.role}`) },
    { id: 'login', title: t('users.last_login'), sortBy: (user) => user.last_login,
      cell: (user) => (
        <>
          <Ago at={user.last_login} />
          {user.must_change_password && (
            <div className="small muted">{t('users.one_time')}</div>
          )}
        </>
      ) },
    { id: 'made', title: t('column.made'), sortBy: (user) => user.timecreated,
      cell: (user) => <Ago at={user.timecreated} /> },
    { id: 'actions', title: t('column.actions'), kind: 'tools',
      cell: (user) => <UserActions user={user} isMe={isMe(user)} /> },
  ];
  return (
    <SettingsList intro={t('users.intro')} add={t('users.add')}
      dialog={users.data ? (onClose) => <AddUser onClose={onClose} /> : null}>
      <Answer of={users}
        refused={<LocalOnly title={t('settings.users')} command={'mih user list'} />}>
        {(list) => list.length === 0 ? <Empty icon="user" title={t('users.empty')} /> : (
          <Table label={t('settings.users')} rows={list} rowKey={(user) => user.id}
            columns={columns} first={{ id: 'name', down: false }} />
        )}
      </Answer>
    </SettingsList>
  );
}
