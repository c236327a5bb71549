import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { all, data, hub } from '../../api/client';
import { ApiError } from '../../api/problem';
import { useChange } from '../../api/queries';
import type { Token } from '../../api/types';
import { Confirm } from '../../components/Confirm';
import { Data } from '../../components/Data';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
import { Answer, Empty, ErrorNotice } from '../../components/States';
import { Table } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';

const ROLES = ['ingest', 'view', 'manage'] as const;

/** Tokens of the API. Only those who signed in with a password reach them. */
export function Tokens() {
  const { t } = useI18n();
  const [adding, setAdding] = useState(false);
  const tokens = useQuery({
    queryKey: ['tokens'],
    queryFn: () => all((cursor) =>
      data(hub.GET('/api/v1/tokens', { params: { query: { limit: 500, cursor } } }))),
  });
  if (tokens.error instanceof ApiError && tokens.error.status === 403) {
    return <CommandLineOnly title={t('settings.tokens')} command={'mih token list'} />;
  }
  return (
    <>
      <div className="page-head">
        <p className="lead-in">{t('tokens.intro')}</p>
        <button type="button" className="btn btn-primary" onClick={() => setAdding(true)}>
          <Icon name="plus" />{t('tokens.add')}
        </button>
      </div>
      <Answer of={tokens}>
        {(list) => list.length === 0
          ? <Empty icon="gear" title={t('tokens.empty')} />
          : (
            <Table label={t('settings.tokens')} rows={list} rowKey={(token) => token.id} columns={[
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
          )}
      </Answer>
      {adding && <Add onClose={() => setAdding(false)} />}
    </>
  );
}

/** For what this hub allows on its own machine alone. */
export function CommandLineOnly({ title, command }: { title: string; command: string }) {
  const { t } = useI18n();
  return (
    <Empty icon="gear" title={title}>
      <p>{t('settings.local_only')}</p>
      <code>{command}</code>
    </Empty>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Token['role']>('view');
  const add = useChange(
    () => data(hub.POST('/api/v1/tokens', { body: { name, role } })), ['tokens']);
  return (
    <Dialog title={t('tokens.add')} onClose={onClose} footer={add.data ? undefined : (
      <button type="submit" form="add-token" className="btn btn-primary">{t('tokens.add')}</button>
    )}>
      {add.data ? (
        <div className="stack">
          <p className="mb-0">{t('tokens.once')}</p>
          <Data label={t('login.token')} value={add.data.token} />
        </div>
      ) : (
        <form id="add-token" className="stack" onSubmit={(event) => {
          event.preventDefault();
          add.mutate(undefined);
        }}>
          <label>
            <span className="form-label">{t('column.name')}</span>
            <input className="form-control" value={name} autoComplete="off"
              onChange={(event) => setName(event.target.value)} />
          </label>
          <label>
            <span className="form-label">{t('column.role')}</span>
            <select className="form-select" value={role}
              onChange={(event) => setRole(event.target.value as Token['role'])}>
              {ROLES.map((one) => <option key={one} value={one}>{t(`role.${one}`)}</option>)}
            </select>
          </label>
          {add.error && <ErrorNotice error={add.error} />}
        </form>
      )}
    </Dialog>
  );
}

function Remove({ token }: { token: Token }) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  const remove = useChange(
    () => data(hub.DELETE('/api/v1/tokens/{id}', { params: { path: { id: token.id } } })),
    ['tokens']);
  return (
    <div className="actions">
      <button type="button" className="btn btn-plain btn-icon" onClick={() => setAsking(true)}
        aria-label={`${t('action.delete')}: ${token.name}`}>
        <Icon name="trash" />
      </button>
      {asking && (
        <Confirm title={t('tokens.delete_title', { name: token.name })} action={t('action.delete')}
          onClose={() => setAsking(false)} onConfirm={() => remove.mutateAsync(undefined)}>
          <p>{t('tokens.delete_text')}</p>
        </Confirm>
      )}
    </div>
  );
}
