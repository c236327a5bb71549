import { usePlace } from '../../router';
import { EventList } from './EventList';
import { EventPage } from './EventPage';

export default function Events() {
  const { path } = usePlace();
  const [, site, id] = path;
  if (site && id) return <EventPage key={`${site}/${id}`} site={site} id={id} />;
  return <EventList />;
}
