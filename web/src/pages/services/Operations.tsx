import { useApp } from '../../api/app';
import type { Service } from '../../api/types';
import { Data } from '../../components/Data';
import { Icon } from '../../components/Icon';
import { Answer, Empty } from '../../components/States';
import { useI18n } from '../../i18n';
import { hrefTo } from '../../router';
import { exampleOf, useOperations, type Operation, type OperationArgument } from './operations';

/** What a SOAP service can do, as its WSDL says: arguments, an example, and what to do with it. */
export function Operations(props: { service: Service; onTest: (operation: Operation) => void }) {
  const { t } = useI18n();
  const operations = useOperations(props.service.name);
  return (
    <Answer of={operations}>
      {(list) => list.length === 0 ? <Empty icon="letter" title={t('soap.empty')} /> : (
        <div className="stack">
          {list.map((operation, index) => (
            <details key={operation.endpoint} className="card card-body" open={index === 0}>
              <summary>
                <h2 className="mono inline">{operation.endpoint}</h2>{' '}
                <span className="muted small">
                  {operation.documentation}
                  {operation.one_way && ` · ${t('soap.one_way')}`}
                </span>
              </summary>
              <Detail operation={operation} service={props.service}
                onTest={() => props.onTest(operation)} />
            </details>
          ))}
        </div>
      )}
    </Answer>
  );
}

function Detail(props: { operation: Operation; service: Service; onTest: () => void }) {
  const { t } = useI18n();
  const { canManage } = useApp();
  const { operation, service } = props;
  return (
    <div className="stack mt-3">
      <div className="cols">
        <div>
          <h3>{t('soap.arguments')}</h3>
          {operation.arguments.length === 0
            ? <p className="muted mb-0">{t('soap.no_arguments')}</p>
            : <Arguments list={operation.arguments} />}
        </div>
        <Data label={`${t('soap.example')}: ${operation.endpoint}`} value={operation.example} />
      </div>
      {canManage && (
        <div className="row-wrap">
          <button type="button" className="btn btn-sm btn-outline-primary" onClick={props.onTest}>
            <Icon name="play" />{t('services.test')}
            <span className="visually-hidden">: {operation.endpoint}</span>
          </button>
          <a className="btn btn-sm btn-outline-secondary" href={hrefTo(['rules', 'new'], {
            service: service.name, endpoint: operation.endpoint, example: exampleOf(operation),
          })}>
            <Icon name="plus" />{t('soap.make_rule')}
            <span className="visually-hidden">: {operation.endpoint}</span>
          </a>
        </div>
      )}
    </div>
  );
}

function Arguments({ list }: { list: OperationArgument[] }) {
  const { t } = useI18n();
  return (
    <ul className="tree">
      {list.map((argument) => (
        <li key={argument.name}>
          <span className="mono">{argument.name}</span>{' '}
          <span className="muted small mono">{argument.type}{argument.array && '[]'}</span>{' '}
          {argument.required && <span className="small">{t('soap.required')}</span>}
          {argument.enum && <div className="small muted mono">{argument.enum.join(' | ')}</div>}
          {argument.arguments && <Arguments list={argument.arguments} />}
        </li>
      ))}
    </ul>
  );
}
