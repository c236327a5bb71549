import { ApiError } from '../api/problem';
import { useChange } from '../api/queries';
import { useHubTexts } from '../lib/hub-texts';
import { useErrorTitle } from './error-title';
import { useToast } from './Toasts';

/** A change at the press of a button, without a dialog: that it failed is said in a corner. */
export function useAct<In, Out>(change: (input: In) => Promise<Out>, lists: string[]) {
  const say = useToast();
  const titleOf = useErrorTitle();
  const said = useHubTexts();
  const made = useChange(change, lists);
  const act = (input: In, onSuccess?: (out: Out) => void) =>
    made.mutate(input, {
      onSuccess,
      onError: (error) => {
        const detail = error instanceof ApiError ? said(error.message) ?? error.message : '';
        say(`${titleOf(error)} ${detail}`.trim(), 'bad');
      },
    });
  return { act, isPending: made.isPending };
}
