import { useApp } from '../../api/app';
import { usePlace } from '../../router';
import { RuleEditor } from './RuleEditor';
import { RuleList } from './RuleList';

/** Those who may only view get no form of a new rule, whatever the address says. */
export default function Rules() {
  const { path, query } = usePlace();
  const { canManage } = useApp();
  const id = path[1];
  if (!id || (id === 'new' && !canManage)) return <RuleList />;
  if (id === 'new') return <RuleEditor key={`new${query.copy}`} copy={Number(query.copy)} />;
  return <RuleEditor key={id} id={Number(id)} />;
}
