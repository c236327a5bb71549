import { useApp } from '../../api/app';
import { useTitle } from '../../components/title';
import { usePlace } from '../../router';
import { ServiceEditor } from './ServiceEditor';
import { ServiceList } from './ServiceList';
import { ServicePage } from './ServicePage';

/** Those who may only view get no form, whatever the address says. */
export default function Services() {
  const { path, query } = usePlace();
  const { canManage } = useApp();
  useTitle(path[1], 'nav.services');
  if (query.add && canManage) return <ServiceEditor key={`new ${query.add}`} type={query.add} />;
  const name = path[1];
  if (!name) return <ServiceList />;
  if (path[2] === 'edit' && canManage) return <ServiceEditor key={name} name={name} />;
  return <ServicePage key={name} name={name} />;
}
