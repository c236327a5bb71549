import { useState } from 'react';
import { data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import type { SiteWithCode } from '../../api/types';
import { FormDialog } from '../../components/FormDialog';
import { TextInput } from '../../components/TextInput';
import { useI18n } from '../../i18n';

/** Names a Moodle; the hub answers with the code that connects it. */
export function AddSite(props: { onClose: () => void; onMade: (site: SiteWithCode) => void }) {
  const { t } = useI18n();
  const [name, setName] = useState('');
  const [wwwroot, setWwwroot] = useState('');
  const add = useChange(
    () => data(hub.POST('/api/v1/sites',
      { body: { name, ...(wwwroot ? { wwwroot } : {}) } })), ['sites']);
  return (
    <FormDialog title={t('sites.add')} action={t('sites.add')} incomplete={!name}
      onClose={props.onClose} onSubmit={() => add.mutateAsync(undefined)} onDone={props.onMade}>
      <p className="mb-0">{t('sites.add_text')}</p>
      <TextInput label={t('column.name')} value={name} onChange={setName} required />
      <TextInput label={t('sites.wwwroot')} value={wwwroot} onChange={setWwwroot}
        placeholder={'https://moodle.example'} />
    </FormDialog>
  );
}
