import { useState } from 'react';
import { data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import { FormDialog } from '../../components/FormDialog';
import { TextInput } from '../../components/TextInput';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';

/** A secret for templates; one of this name that is there gets the new value. */
export function AddSecret({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const say = useToast();
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const save = useChange(() => data(hub.PUT('/api/v1/secrets/{name}',
    { params: { path: { name } }, body: { value } })), ['secrets']);
  return (
    <FormDialog title={t('secrets.add')} action={t('action.save')} onClose={onClose}
      onSubmit={() => save.mutateAsync(undefined)}
      onDone={() => {
        say(t('secrets.saved', { name }));
        onClose();
      }}>
      <TextInput label={t('column.name')} value={name} onChange={setName} required
        help={t('secrets.name_help')} />
      <TextInput label={t('secrets.value')} value={value} onChange={setValue} required
        type="password" autoComplete="new-password" />
    </FormDialog>
  );
}
