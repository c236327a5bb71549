import { useState } from 'react';
import { data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import type { User } from '../../api/types';
import { FormDialog } from '../../components/FormDialog';
import { NewPassword } from '../../components/NewPassword';
import { RoleChoice } from '../../components/RoleChoice';
import { TextInput } from '../../components/TextInput';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';

export const ROLES = ['view', 'manage'] as const;

export function AddUser({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const say = useToast();
  const [name, setName] = useState('');
  const [password, setPassword] = useState<string | null>(null);
  const [role, setRole] = useState<User['role']>('view');
  const add = useChange(() => data(hub.POST('/api/v1/users',
    { body: { name: name.trim(), password: password ?? '', role } })), ['users']);
  return (
    <FormDialog title={t('users.add')} action={t('users.add')} onClose={onClose}
      incomplete={!name.trim() || !password}
      onSubmit={() => add.mutateAsync(undefined)}
      onDone={() => {
        say(t('users.added', { name }));
        onClose();
      }}>
      <TextInput label={t('login.user')} value={name} onChange={setName} required />
      <RoleChoice roles={ROLES} value={role} onChange={setRole} />
      <NewPassword onChange={setPassword} />
    </FormDialog>
  );
}
