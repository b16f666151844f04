// The coverage: snippets that no question tests, that win questions they do not answer, and that nearly say the same.
import type { PanelCoverage } from '../../src/protocol/panel.ts';
import { type PanelContext, words } from '../context.ts';
import { fill, h } from '../dom.ts';
import { duplicates } from './duplicates.ts';
import { snippetLink } from './snippetLink.ts';

export function coverage(context: PanelContext): { root: HTMLElement; draw(): void } {
  const [top, bottom] = [h('div'), h('div')];
  const pairs = duplicates(context);
  const root = h('div', { class: 'coverage' }, top, pairs.root, bottom);
  let drawn: PanelCoverage | null | undefined;
  return {
    root,
    draw(): void {
      const { coverage: now } = context.state;
      pairs.root.hidden = now === null;
      pairs.draw();
      if (now === drawn) return;
      drawn = now;
      fill(top, now === null ? h('p', {}, words(context, 'notYet')) : hubs(context, now));
      // Last, for it is the longest.
      fill(bottom, now !== null && untested(context, now));
    },
  };
}

function hubs(context: PanelContext, { hubs: found }: PanelCoverage): HTMLElement {
  return h(
    'section',
    {},
    h('h2', {}, `${words(context, 'hubs')} (${found.length})`),
    found.length === 0 && h('p', { class: 'quiet' }, words(context, 'noHubs')),
    h('ul', { class: 'places' }, ...found.map((each) => place(context, each, words(context, 'hub', each.wins)))),
  );
}

function untested(context: PanelContext, { untested: listed, untestedCount }: PanelCoverage): HTMLElement {
  const rest = untestedCount - listed.length;
  return h(
    'section',
    {},
    h('h2', {}, `${words(context, 'untested')} (${untestedCount})`),
    untestedCount === 0 && h('p', { class: 'quiet' }, words(context, 'nothingUntested')),
    h('ul', { class: 'places' }, ...listed.map((each) => place(context, each, each.file))),
    rest > 0 && h('p', { class: 'quiet' }, words(context, 'more', rest)),
  );
}

function place(context: PanelContext, snippet: { id: string; title: string }, note: string): HTMLElement {
  return h('li', {}, snippetLink(context, snippet), h('span', { class: 'quiet' }, ` ${note}`));
}
