import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { data, hub } from '../../api/client';
import type { RuleInput } from '../../api/types';
import { Dialog } from '../../components/Dialog';
import { Notice } from '../../components/States';
import { useI18n } from '../../i18n';
import { rulesOfFile } from './rule-file';

interface Outcome {
  name: string;
  fault: string | null;
}

/** Makes rules from an exported file; each by itself, so that one bad one stops no other. */
export function ImportRules({ onClose }: { onClose: () => void }) {
  const { t, tn } = useI18n();
  const queries = useQueryClient();
  const [rules, setRules] = useState<RuleInput[] | null>(null);
  const [unreadable, setUnreadable] = useState(false);
  const [outcomes, setOutcomes] = useState<Outcome[]>([]);
  const [running, setRunning] = useState(false);
  const take = async (file: File | undefined) => {
    const found = file ? rulesOfFile(await file.text()) : null;
    setRules(found);
    setUnreadable(found === null);
    setOutcomes([]);
  };
  const run = async () => {
    setRunning(true);
    for (const rule of rules ?? []) {
      const fault = await data(hub.POST('/api/v1/rules', { body: rule }))
        .then(() => null, (error: unknown) => (error instanceof Error ? error.message : ''));
      const name = rule.name || rule.eventname;
      setOutcomes((before) => [...before, { name, fault }]);
    }
    setRunning(false);
    setRules(null);
    await queries.invalidateQueries({ queryKey: ['rules'] });
  };
  return (
    <Dialog title={t('rules.import')} onClose={onClose} footer={
      <>
        <button type="button" className="btn btn-outline-secondary" onClick={onClose}>
          {t('action.close')}
        </button>
        <button type="button" className="btn btn-primary" disabled={!rules?.length || running}
          onClick={() => void run()}>
          {tn('rules.import_n', rules?.length ?? 0)}
        </button>
      </>
    }>
      <div className="stack">
        <p className="mb-0">{t('rules.import_text')}</p>
        <label>
          <span className="form-label">{t('rules.file')}</span>
          <input type="file" className="form-control" accept="application/json,.json"
            onChange={(event) => void take(event.target.files?.[0])} />
        </label>
        {unreadable && <Notice tone="bad" live>{t('rules.import_unreadable')}</Notice>}
        <ul className="list-plain" aria-live="polite">
          {outcomes.map((outcome, index) => (
            <li key={index}>
              {outcome.fault === null ? t('rules.imported', { name: outcome.name })
                : t('rules.not_imported', { name: outcome.name })}
              {outcome.fault && <div className="small muted" lang="en">{outcome.fault}</div>}
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
