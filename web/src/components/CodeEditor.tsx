import {
  autocompletion, closeBrackets, completionKeymap, type Completion, type CompletionContext,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import {
  Decoration, drawSelection, EditorView, keymap, lineNumbers, MatchDecorator, ViewPlugin,
  type DecorationSet, type ViewUpdate,
} from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { FieldFault } from '../api/problem';
import { BLOCKS, OTHER_ROOTS, TEMPLATE_FILTERS, type FieldPath } from '../lib/paths';
import { useTheme } from '../theme';

const MARKS = /(\{\{[^}]*\}\}?)|("(?:\\.|[^"\\])*")|(-?\b\d+(?:\.\d+)?\b)|\b(true|false|null)\b/g;

/** Placeholders stand out, also inside strings. */
const highlighter = new MatchDecorator({
  regexp: MARKS,
  decorate: (add, from, to, match) => {
    const [whole, placeholder, text] = match;
    if (text === undefined) {
      const kind = placeholder ? 'cm-placeholder-mark' : 'cm-number-mark';
      add(from, to, Decoration.mark({ class: kind }));
      return;
    }
    let end = 0;
    const string = (until: number) => {
      if (until > end) add(from + end, from + until, Decoration.mark({ class: 'cm-text-mark' }));
    };
    for (const inner of whole.matchAll(/\{\{[^}]*\}\}/g)) {
      string(inner.index);
      end = inner.index + inner[0].length;
      add(from + inner.index, from + end, Decoration.mark({ class: 'cm-placeholder-mark' }));
    }
    string(whole.length);
  },
});

const highlighting = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = highlighter.createDeco(view);
    }
    update(update: ViewUpdate) {
      this.decorations = highlighter.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

const look = EditorView.theme({
  '&': {
    fontSize: '0.88rem', backgroundColor: 'var(--hub-surface)', color: 'var(--bs-body-color)',
  },
  '&.cm-focused': { outline: '2px solid var(--hub-link)', outlineOffset: '-2px' },
  '.cm-content, .cm-gutter': { minHeight: '9rem' },
  '.cm-content': { fontFamily: 'var(--bs-font-monospace)', caretColor: 'var(--bs-body-color)' },
  '.cm-cursor': { borderLeftColor: 'var(--bs-body-color)' },
  '.cm-gutters': {
    backgroundColor: 'var(--hub-sunken)', color: 'var(--hub-muted)', border: 'none',
  },
  ['.cm-selectionBackground, ' +
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground']: {
    backgroundColor: 'color-mix(in srgb, var(--hub-link) 28%, transparent)',
  },
  '.cm-placeholder-mark': { color: 'var(--hub-link)', fontWeight: '600' },
  '.cm-text-mark': { color: 'var(--hub-ok)' },
  '.cm-number-mark': { color: 'var(--hub-note)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--hub-surface)', color: 'var(--bs-body-color)',
    border: '1px solid var(--hub-line)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: '#0f6cbf', color: '#fff' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { maxHeight: 'none' },
  '.cm-completionDetail': { color: 'var(--hub-muted)' },
  'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-diagnostic': { padding: '0.4rem 0.6rem' },
});

/** So many fit without scrolling; arrow keys turn over to the others. */
const MOST_OPTIONS = 10;

function example(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === undefined ? '' : text.slice(0, 40);
}

/** Inside of `{{ }}`: fields, filters after a bar, blocks after a hash or slash. */
function complete(fields: () => FieldPath[]) {
  return (context: CompletionContext) => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const open = before.lastIndexOf('{{');
    if (open < 0 || before.indexOf('}}', open) >= 0) return null;
    const word = /[\w.#/@]*$/.exec(before)?.[0] ?? '';
    const from = context.pos - word.length;
    const piped = /\|\s*\w*$/.test(before.slice(open));
    if (piped) {
      return { from, options: TEMPLATE_FILTERS.map((label) => ({ label, type: 'function' })) };
    }
    const options: Completion[] = [
      ...fields().map((field) => ({
        label: field.path, type: 'variable', boost: field.example === undefined ? 0 : 1,
        detail: field.example === undefined ? field.type : example(field.example),
      })),
      ...OTHER_ROOTS.map((label) => ({ label, type: 'property' })),
      ...BLOCKS.map((label) => ({ label, type: 'keyword' })),
    ];
    return { from, options, validFor: /^[\w.#/@]*$/ };
  };
}

function diagnosticsOf(state: EditorState, faults: FieldFault[]): Diagnostic[] {
  return faults.map((fault) => {
    const line = state.doc.line(Math.min(Math.max(fault.line ?? 1, 1), state.doc.lines));
    const at = Math.min(line.from + Math.max((fault.column ?? 1) - 1, 0), line.to);
    const from = at === line.to && at > line.from ? at - 1 : at;
    return {
      from, to: Math.max(Math.min(from + 1, state.doc.length), from), severity: 'error' as const,
      message: fault.message,
    };
  });
}

/**
 * An editor of template text. It lives in a shadow root, where its styles are constructed style
 * sheets: the page's policy allows no style elements.
 */
export default function CodeEditor(props: {
  value: string;
  onChange: (text: string) => void;
  label: string;
  describedBy?: string;
  faults: FieldFault[];
  fields: FieldPath[];
}) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const themed = useRef(new Compartment());
  const { dark } = useTheme();
  const darkness = (on: boolean): Extension => EditorView.theme({}, { dark: on });

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          lineNumbers(), history(), drawSelection(), closeBrackets(), lintGutter(),
          EditorView.lineWrapping, highlighting, look, themed.current.of(darkness(dark)),
          autocompletion({
            override: [complete(() => latest.current.fields)], icons: false,
            maxRenderedOptions: MOST_OPTIONS,
          }),
          // No key is taken from those who move by Tab.
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          EditorView.contentAttributes.of({ 'aria-label': props.label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    view.current?.dispatch({ effects: themed.current.reconfigure(darkness(dark)) });
  }, [dark]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const now = editor.state.doc.toString();
    if (now !== props.value) {
      editor.dispatch({ changes: { from: 0, to: now.length, insert: props.value } });
    }
    editor.dispatch(setDiagnostics(editor.state, diagnosticsOf(editor.state, props.faults)));
  }, [props.value, props.faults]);

  return <div ref={host} className={`editor-box ${props.faults.length ? 'invalid' : ''}`} />;
}
