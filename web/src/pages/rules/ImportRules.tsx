import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { data, hub } from '../../api/client';
import { useRules } from '../../api/queries';
import type { RuleInput } from '../../api/types';
import { Dialog } from '../../components/Dialog';
import { HubText } from '../../components/HubText';
import { Notice } from '../../components/States';
import { useI18n } from '../../i18n';
import { rulesOfFile } from './rule-file';

interface Outcome {
  name: string;
  fault: string | null;
}
/** A rule of the file. */
interface Offer {
  rule: RuleInput;
  name: string;
  /** A rule of this name is there already. */
  there: boolean;
  wanted: boolean;
}

function offersOf(rules: RuleInput[], known: ReadonlySet<string>): Offer[] {
  return rules.map((rule) => {
    const name = rule.name || rule.eventname;
    const there = known.has(name);
    return { rule, name, there, wanted: !there };
  });
}

/** Makes rules from an exported file; each by itself, so that one bad one stops no other. */
export function ImportRules({ onClose }: { onClose: () => void }) {
  const { t, tn } = useI18n();
  const queries = useQueryClient();
  const known = useRules().data ?? [];
  const [offers, setOffers] = useState<Offer[]>([]);
  const [unreadable, setUnreadable] = useState(false);
  const [outcomes, setOutcomes] = useState<Outcome[]>([]);
  const [running, setRunning] = useState(false);
  const wanted = offers.filter((offer) => offer.wanted);
  const take = async (file: File | undefined) => {
    const found = file ? rulesOfFile(await file.text()) : null;
    setOffers(offersOf(found ?? [], new Set(known.map((rule) => rule.name || rule.eventname))));
    setUnreadable(found === null);
    setOutcomes([]);
  };
  const run = async () => {
    setRunning(true);
    for (const { rule, name } of wanted) {
      const fault = await data(hub.POST('/api/v1/rules', { body: rule }))
        .then(() => null, (error: unknown) => (error instanceof Error ? error.message : ''));
      setOutcomes((before) => [...before, { name, fault }]);
    }
    setRunning(false);
    setOffers([]);
    await queries.invalidateQueries({ queryKey: ['rules'] });
  };
  return (
    <Dialog title={t('rules.import')} onClose={onClose} footer={
      <>
        <button type="button" className="btn btn-outline-secondary" onClick={onClose}>
          {t('action.close')}
        </button>
        <button type="button" className="btn btn-primary" disabled={!wanted.length || running}
          onClick={() => void run()}>
          {tn('rules.import_n', wanted.length)}
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
        {offers.length > 0 && !running && <Offers offers={offers} onChange={setOffers} />}
        <ul className="list-plain" aria-live="polite">
          {outcomes.map((outcome, index) => (
            <li key={index}>
              {outcome.fault === null ? t('rules.imported', { name: outcome.name })
                : t('rules.not_imported', { name: outcome.name })}
              {outcome.fault && (
                <div className="small muted"><HubText text={outcome.fault} /></div>
              )}
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

/** The rules of the file, to choose from. */
function Offers({ offers, onChange }: { offers: Offer[]; onChange: (offers: Offer[]) => void }) {
  const { t, tn } = useI18n();
  const there = offers.filter((offer) => offer.there).length;
  return (
    <fieldset>
      <legend className="form-label">{t('rules.import_which')}</legend>
      {there > 0 && <p className="small">{tn('rules.import_kept', there)}</p>}
      {offers.map((offer, index) => (
        <label key={index} className="form-check">
          <input type="checkbox" className="form-check-input" checked={offer.wanted}
            onChange={(event) => onChange(offers.map((one, at) => (at === index
              ? { ...one, wanted: event.target.checked } : one)))} />
          <span className="form-check-label">
            {offer.name}
            {offer.there && <> <span className="small muted">({t('rules.import_there')})</span></>}
            <span className="form-text d-block break">
              {offer.rule.eventname} → {offer.rule.service}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
