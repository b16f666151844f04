// Recall by file, tag and language: a table with a bar for each group, the lowest first.
import type { PanelGroup } from '../../src/protocol/panel.ts';
import { type PanelContext, percent, words } from '../context.ts';
import { h } from '../dom.ts';

const KINDS = ['file', 'tag', 'language'] as const;

/** Null where nothing is measured; a kind with a single group says nothing that the whole does not. */
export function groupsView(context: PanelContext): HTMLElement | null {
  const { groups } = context.state;
  const kinds = KINDS.filter((kind) => groups.filter((group) => group.kind === kind).length > 1);
  if (kinds.length === 0) return null;
  return h(
    'section',
    { class: 'slices' },
    h('h2', {}, words(context, 'slices')),
    ...kinds.map((kind, i) =>
      h(
        'details',
        { open: i === 0 },
        h('summary', {}, words(context, `slice.${kind}`)),
        table(
          context,
          kind,
          groups.filter((group) => group.kind === kind),
        ),
      ),
    ),
  );
}

function table(context: PanelContext, kind: PanelGroup['kind'], groups: PanelGroup[]): HTMLElement {
  const heads = ['group', 'questions', 'all', 'heldOut'];
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': words(context, `slice.${kind}`) },
    h(
      'table',
      { class: 'figures' },
      h('thead', {}, h('tr', {}, ...heads.map((name) => h('th', { scope: 'col' }, words(context, name))))),
      h(
        'tbody',
        {},
        ...groups.map((group) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, kind === 'language' ? words(context, `language.${group.name}`) : group.name),
            h('td', {}, group.questions),
            h('td', {}, percent(group.recall), bar(group.recall)),
            h(
              'td',
              {},
              group.heldOutRecall === null ? '–' : percent(group.heldOutRecall),
              group.heldOut > 0 && h('span', { class: 'quiet' }, ` / ${group.heldOut}`),
            ),
          ),
        ),
      ),
    ),
  );
}

function bar(value: number): HTMLElement {
  const root = h('span', { class: 'bar', 'aria-hidden': 'true' });
  const inner = h('span', { class: 'interval' });
  // By the object model: the page's policy forbids style attributes.
  inner.style.left = '0';
  inner.style.width = `${value * 100}%`;
  root.append(inner);
  return root;
}
