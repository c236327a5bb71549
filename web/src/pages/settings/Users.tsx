import { useState } from 'react';
import { call } from '../../api/client';
import { ApiError } from '../../api/problem';
import { useChange, useOptional } from '../../api/queries';
import { Confirm } from '../../components/Confirm';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
import { Answer, Empty, ErrorNotice, NotInThisHub } from '../../components/States';
import { Table } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { CommandLineOnly } from './Tokens';

interface User {
  id: number;
  name: string;
  role: 'view' | 'manage';
  must_change_password: boolean;
  last_login: number | null;
  timecreated: number;
}

/** Who may sign in to this hub with a password. */
export function Users() {
  const { t } = useI18n();
  const [adding, setAdding] = useState(false);
  const users = useOptional<{ items: User[] }>('/users');
  if (users.missing) return <NotInThisHub what={t('settings.users')} />;
  if (users.error instanceof ApiError && users.error.status === 403) {
    return <CommandLineOnly title={t('settings.users')} command={'mih user list'} />;
  }
  return (
    <>
      <div className="page-head">
        <p className="lead-in">{t('users.intro')}</p>
        <button type="button" className="btn btn-primary" onClick={() => setAdding(true)}>
          <Icon name="plus" />{t('users.add')}
        </button>
      </div>
      <Answer of={users}>
        {({ items }) => items.length === 0 ? <Empty icon="gear" title={t('users.empty')} /> : (
          <Table label={t('settings.users')} rows={items} rowKey={(user) => user.id} columns={[
            { id: 'name', title: t('column.name'), kind: 'wide', sortBy: (user) => user.name,
              cell: (user) => user.name },
            { id: 'role', title: t('column.role'), cell: (user) => t(`role.${user.role}`) },
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
              cell: (user) => <Remove user={user} /> },
          ]} />
        )}
      </Answer>
      {adding && <Add onClose={() => setAdding(false)} />}
    </>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const say = useToast();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<User['role']>('view');
  const add = useChange(() => call('POST', '/users', { name, password, role }), ['optional']);
  return (
    <Dialog title={t('users.add')} onClose={onClose} footer={
      <button type="submit" form="add-user" className="btn btn-primary">{t('users.add')}</button>
    }>
      <form id="add-user" className="stack" onSubmit={(event) => {
        event.preventDefault();
        add.mutate(undefined, {
          onSuccess: () => {
            say(t('users.added', { name }));
            onClose();
          },
        });
      }}>
        <label>
          <span className="form-label">{t('login.user')}</span>
          <input className="form-control" value={name} required autoComplete="off"
            onChange={(event) => setName(event.target.value)} />
        </label>
        <label>
          <span className="form-label">{t('login.password')}</span>
          <input className="form-control" type="password" value={password} required
            autoComplete="new-password" onChange={(event) => setPassword(event.target.value)} />
        </label>
        <label>
          <span className="form-label">{t('column.role')}</span>
          <select className="form-select" value={role}
            onChange={(event) => setRole(event.target.value as User['role'])}>
            <option value="view">{t('role.view')}</option>
            <option value="manage">{t('role.manage')}</option>
          </select>
        </label>
        {add.error && <ErrorNotice error={add.error} />}
      </form>
    </Dialog>
  );
}

function Remove({ user }: { user: User }) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  const remove = useChange(() => call('DELETE', `/users/${user.id}`), ['optional']);
  return (
    <div className="actions">
      <button type="button" className="btn btn-plain btn-icon" onClick={() => setAsking(true)}
        aria-label={`${t('action.delete')}: ${user.name}`}>
        <Icon name="trash" />
      </button>
      {asking && (
        <Confirm title={t('users.delete_title', { name: user.name })} action={t('action.delete')}
          onClose={() => setAsking(false)} onConfirm={() => remove.mutateAsync(undefined)}>
          <p>{t('users.delete_text')}</p>
        </Confirm>
      )}
    </div>
  );
}
