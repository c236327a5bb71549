import { useState } from 'react';
import { data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import type { User } from '../../api/types';
import { FormDialog } from '../../components/FormDialog';
import { NewPassword } from '../../components/NewPassword';
import { RoleChoice } from '../../components/RoleChoice';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { ROLES } from './AddUser';

/** Another role, another password, or both. */
export function EditUser({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useI18n();
  const say = useToast();
  const { id, name } = user;
  const [role, setRole] = useState(user.role);
  const [password, setPassword] = useState<string | null>('');
  const body = {
    ...(role === user.role ? {} : { role }),
    ...(password ? { password } : {}),
  };
  const save = useChange(
    () => data(hub.PATCH('/api/v1/users/{id}', { params: { path: { id } }, body })), ['users']);
  return (
    <FormDialog title={t('users.edit_title', { name })} action={t('action.save')} onClose={onClose}
      incomplete={password === null || Object.keys(body).length === 0}
      onSubmit={() => save.mutateAsync(undefined)}
      onDone={() => {
        say(t('users.changed', { name }));
        onClose();
      }}>
      <RoleChoice roles={ROLES} value={role} onChange={setRole} />
      <NewPassword optional help={t('users.keep_password')} onChange={setPassword} />
      <p className="small muted mb-0">{t('users.edit_text')}</p>
    </FormDialog>
  );
}
