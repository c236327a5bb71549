import { usePlace } from '../../router';
import { RuleEditor } from './RuleEditor';
import { RuleList } from './RuleList';

export default function Rules() {
  const { path, query } = usePlace();
  if (path[1] === 'new') return <RuleEditor key={`new${query.copy}`} copy={Number(query.copy)} />;
  if (path[1]) return <RuleEditor key={path[1]} id={Number(path[1])} />;
  return <RuleList />;
}
