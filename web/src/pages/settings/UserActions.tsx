import { useState } from 'react';
import { data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import type { User } from '../../api/types';
import { Confirm } from '../../components/Confirm';
import { IconButton } from '../../components/IconButton';
import { Removal } from '../../components/Removal';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { OwnPassword } from '../OwnPassword';
import { EditUser } from './EditUser';

/** Of oneself only the password: nobody locks oneself out by mistake. */
export function UserActions({ user, isMe }: { user: User; isMe: boolean }) {
  const { t, tn } = useI18n();
  const say = useToast();
  const [open, setOpen] = useState<'edit' | 'sign_out' | null>(null);
  const { name } = user;
  const params = { params: { path: { id: user.id } } };
  const remove = useChange(() => data(hub.DELETE('/api/v1/users/{id}', params)), ['users']);
  const signOut = useChange(
    () => data(hub.DELETE('/api/v1/users/{id}/sessions', params)), ['users']);
  const close = () => setOpen(null);
  if (isMe) {
    return (
      <div className="actions">
        <IconButton icon="edit" text={t('login.change_password')} of={name}
          onClick={() => setOpen('edit')} />
        {open && <OwnPassword onClose={close} />}
      </div>
    );
  }
  return (
    <div className="actions">
      <IconButton icon="edit" text={t('action.edit')} of={name} onClick={() => setOpen('edit')} />
      <IconButton icon="out" text={t('login.sign_out_everywhere')} of={name}
        onClick={() => setOpen('sign_out')} />
      <Removal of={name} title={t('users.delete_title', { name })}
        done={t('users.deleted', { name })}
        onRemove={() => remove.mutateAsync(undefined)}>
        <p>{t('users.delete_text')}</p>
      </Removal>
      {open === 'edit' && <EditUser user={user} onClose={close} />}
      {open === 'sign_out' && (
        <Confirm safe title={t('users.sign_out_title', { name })} onClose={close}
          action={t('login.sign_out_everywhere')}
          onConfirm={async () => {
            const done = await signOut.mutateAsync(undefined);
            say(tn('users.signed_out', done.sessions_ended, { name }));
          }}>
          <p>{t('users.sign_out_text')}</p>
        </Confirm>
      )}
    </div>
  );
}
