import { useState } from 'react';
import { call } from '../../api/client';
import { useChange, useOptional } from '../../api/queries';
import { Confirm } from '../../components/Confirm';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
import { Answer, Empty, ErrorNotice, NotInThisHub } from '../../components/States';
import { Table } from '../../components/Table';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';

interface Secret {
  name: string;
}

/** Secrets that templates use by name; their values are never shown. */
export function Secrets() {
  const { t } = useI18n();
  const [adding, setAdding] = useState(false);
  const secrets = useOptional<{ items: Secret[] }>('/secrets');
  if (secrets.missing) return <NotInThisHub what={t('settings.secrets')} />;
  return (
    <>
      <div className="page-head">
        <p className="lead-in">{t('secrets.intro')}</p>
        <button type="button" className="btn btn-primary" onClick={() => setAdding(true)}>
          <Icon name="plus" />{t('secrets.add')}
        </button>
      </div>
      <Answer of={secrets}>
        {({ items }) => items.length === 0
          ? <Empty icon="gear" title={t('secrets.empty')}><p>{t('secrets.empty_text')}</p></Empty>
          : (
            <Table label={t('settings.secrets')} rows={items} rowKey={(s) => s.name} columns={[
              { id: 'name', title: t('column.name'), kind: 'wide', sortBy: (s) => s.name,
                cell: (s) => <span className="mono">{s.name}</span> },
              { id: 'actions', title: t('column.actions'), kind: 'tools',
                cell: (s) => <Remove name={s.name} /> },
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
  const [value, setValue] = useState('');
  const save = useChange(
    () => call('PUT', `/secrets/${encodeURIComponent(name)}`, { value }), ['optional']);
  return (
    <Dialog title={t('secrets.add')} onClose={onClose} footer={
      <button type="submit" form="add-secret" className="btn btn-primary">
        {t('action.save')}
      </button>
    }>
      <form id="add-secret" className="stack" onSubmit={(event) => {
        event.preventDefault();
        save.mutate(undefined, {
          onSuccess: () => {
            say(t('secrets.saved', { name }));
            onClose();
          },
        });
      }}>
        <label>
          <span className="form-label">{t('column.name')}</span>
          <input className="form-control" value={name} required autoComplete="off"
            onChange={(event) => setName(event.target.value)} />
        </label>
        <label>
          <span className="form-label">{t('secrets.value')}</span>
          <input className="form-control" type="password" value={value} required
            autoComplete="new-password" onChange={(event) => setValue(event.target.value)} />
        </label>
        {save.error && <ErrorNotice error={save.error} />}
      </form>
    </Dialog>
  );
}

function Remove({ name }: { name: string }) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  const remove = useChange(
    () => call('DELETE', `/secrets/${encodeURIComponent(name)}`), ['optional']);
  return (
    <div className="actions">
      <button type="button" className="btn btn-plain btn-icon" onClick={() => setAsking(true)}
        aria-label={`${t('action.delete')}: ${name}`}>
        <Icon name="trash" />
      </button>
      {asking && (
        <Confirm title={t('secrets.delete_title', { name })} action={t('action.delete')}
          onClose={() => setAsking(false)} onConfirm={() => remove.mutateAsync(undefined)}>
          <p>{t('secrets.delete_text')}</p>
        </Confirm>
      )}
    </div>
  );
}
