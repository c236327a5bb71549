import { usePlace } from '../../router';
import { ServiceEditor } from './ServiceEditor';
import { ServiceList } from './ServiceList';
import { ServicePage } from './ServicePage';

export default function Services() {
  const { path, query } = usePlace();
  if (query.add) return <ServiceEditor key="new" type={query.add} />;
  const name = path[1];
  if (!name) return <ServiceList />;
  if (path[2] === 'edit') return <ServiceEditor key={name} name={name} />;
  return <ServicePage key={name} name={name} />;
}
