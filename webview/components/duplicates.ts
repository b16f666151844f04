// Pairs of snippets that nearly say the same, the most alike first: each leads to its section, or both side by side.
import type { PanelDuplicate, PanelDuplicates } from '../../src/protocol/panel.ts';
import { type PanelContext, words } from '../context.ts';
import { button, fill, h } from '../dom.ts';
import { snippetLink } from './snippetLink.ts';
import { surveyLine } from './survey.ts';

export function duplicates(context: PanelContext): { root: HTMLElement; draw(): void } {
  const title = h('h2');
  const list = h('div');
  const root = h('section', { class: 'duplicates' });
  const line = surveyLine(context, 'duplicates', 'coverage', 'find');
  fill(root, title, h('p', { class: 'quiet' }, words(context, 'duplicates.hint')), line.root, list);
  let drawn: PanelDuplicates | null | undefined;
  return {
    root,
    draw(): void {
      line.draw();
      const { value } = context.state.duplicates;
      if (value === drawn) return;
      drawn = value;
      title.textContent = `${words(context, 'duplicates.title')}${value ? ` (${value.total})` : ''}`;
      fill(list, value && pairs(context, value));
    },
  };
}

function pairs(context: PanelContext, { pairs: listed, total }: PanelDuplicates): HTMLElement {
  if (listed.length === 0) return h('p', { class: 'quiet' }, words(context, 'duplicates.none'));
  const rest = total - listed.length;
  return h(
    'div',
    {},
    h('ul', { class: 'pairs' }, ...listed.map((each) => pair(context, each))),
    rest > 0 && h('p', { class: 'quiet' }, words(context, 'more', rest)),
  );
}

function pair(context: PanelContext, { first, second, cosine, likeness }: PanelDuplicate): HTMLElement {
  const side = (snippet: PanelDuplicate['first']): HTMLElement =>
    h('div', {}, snippetLink(context, snippet), h('span', { class: 'quiet' }, ` ${snippet.file}`));
  const beside = button(words(context, 'sideBySide'), () =>
    context.post({ type: 'pair', first: first.id, second: second.id }),
  );
  beside.setAttribute('aria-label', words(context, 'duplicates.pair', first.title, second.title));
  return h(
    'li',
    {},
    h('div', { class: 'both' }, side(first), side(second)),
    h('span', { class: 'quiet' }, words(context, 'duplicates.alike', Math.round(likeness * 100), cosine.toFixed(2))),
    beside,
  );
}
