import { useQuery } from '@tanstack/react-query';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import type { Rule, Service, Summary } from '../../api/types';
import { Icon } from '../../components/Icon';
import { useI18n, type Key } from '../../i18n';
import { hrefTo } from '../../router';

interface Step {
  id: 'service' | 'test' | 'rule' | 'site' | 'event';
  done: boolean;
  /** Null as long as another step must come first. */
  href: string | null;
}

function toneOf(step: Step, next: Step): string {
  if (step.done) return 'ok';
  return step === next ? 'note' : 'idle';
}

/** Leads through a hub that has nothing yet, by the hand. */
export function FirstSteps(props: {
  services: Service[] | undefined;
  rules: Rule[] | undefined;
  summary: Summary;
}) {
  const { t } = useI18n();
  const { canManage, session } = useApp();
  const inMoodle = session.way === 'moodle';
  const sites = useQuery({
    queryKey: ['sites', 'first'],
    queryFn: () => data(hub.GET('/api/v1/sites', { params: { query: { limit: 500 } } })),
    enabled: !inMoodle,
  });
  const log = useQuery({
    queryKey: ['log', 'any-success'],
    queryFn: () =>
      data(hub.GET('/api/v1/log', { params: { query: { limit: 1, success: true } } })),
  });
  const service = props.services?.[0];
  const connected = sites.data?.items.some((site) => site.connected) ?? false;
  const steps: Step[] = [
    { id: 'service', done: Boolean(service), href: hrefTo(['services'], { add: 'rest' }) },
    {
      id: 'test',
      done: (log.data?.items.length ?? 0) > 0,
      href: service ? hrefTo(['services', service.name], { test: 1 }) : null,
    },
    { id: 'rule', done: Boolean(props.rules?.length), href: hrefTo(['rules', 'new']) },
    { id: 'site', done: inMoodle || connected, href: hrefTo(['settings', 'sites']) },
    { id: 'event', done: props.summary.events_accepted > 0, href: hrefTo(['events']) },
  ];
  const next = steps.find((step) => !step.done);
  if (!next || (!inMoodle && sites.isPending)) return null;
  return (
    <section className="card">
      <div className="card-body">
        <h2>{t('first.title')}</h2>
        <p className="muted">{t('first.text')}</p>
        <ol className="steps">
          {steps.map((step, index) => (
            <li key={step.id} className={step === next ? 'next' : ''}>
              <span className={`step-mark tone-${toneOf(step, next)}`}>
                {step.done ? <Icon name="check" /> : index + 1}
              </span>
              <div className="step-text">
                <h3>
                  {t(`first.${step.id}` as Key)}
                  {step.done && <span className="visually-hidden"> ({t('first.done')})</span>}
                </h3>
                <p>{t(`first.${step.id}.text` as Key)}</p>
                {canManage && !step.done && step.href !== null && (
                  <a href={step.href}
                    className={`btn btn-sm btn-${step === next ? '' : 'outline-'}primary`}>
                    {t(`first.${step.id}.do` as Key)}
                  </a>
                )}
              </div>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
