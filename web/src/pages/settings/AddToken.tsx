import { useState } from 'react';
import { data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import type { Token } from '../../api/types';
import { Data } from '../../components/Data';
import { Dialog } from '../../components/Dialog';
import { FormDialog } from '../../components/FormDialog';
import { RoleChoice } from '../../components/RoleChoice';
import { TextInput } from '../../components/TextInput';
import { useI18n } from '../../i18n';

const ROLES = ['ingest', 'view', 'manage'] as const;

/** Makes a token, which is shown this once. */
export function AddToken({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Token['role']>('view');
  const [made, setMade] = useState<string | null>(null);
  const add = useChange(
    () => data(hub.POST('/api/v1/tokens', { body: { name, role } })), ['tokens']);
  if (made !== null) {
    return (
      <Dialog title={t('tokens.add')} onClose={onClose} footer={
        <button type="button" className="btn btn-primary" onClick={onClose}>
          {t('action.close')}
        </button>
      }>
        <p>{t('tokens.once')}</p>
        <Data label={t('login.token')} value={made} />
      </Dialog>
    );
  }
  return (
    <FormDialog title={t('tokens.add')} action={t('tokens.add')} onClose={onClose}
      onSubmit={() => add.mutateAsync(undefined)} onDone={({ token }) => setMade(token)}>
      <TextInput label={t('column.name')} value={name} onChange={setName}
        help={t('tokens.name_help')} />
      <RoleChoice roles={ROLES} value={role} onChange={setRole} />
    </FormDialog>
  );
}
