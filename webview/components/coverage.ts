// The coverage: snippets that no question tests, and snippets that win questions they do not answer.
import type { PanelCoverage } from '../../src/protocol/panel.ts';
import { type PanelContext, words } from '../context.ts';
import { fill, h, link } from '../dom.ts';

export function coverage(context: PanelContext): { root: HTMLElement; draw(): void } {
  const root = h('div', { class: 'coverage' });
  let drawn: PanelCoverage | null | undefined;
  return {
    root,
    draw(): void {
      const { coverage: now } = context.state;
      if (now === drawn) return;
      drawn = now;
      if (now === null) fill(root, h('p', {}, words(context, 'notYet')));
      else fill(root, hubs(context, now), untested(context, now));
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

function place(context: PanelContext, { id, title }: { id: string; title: string }, note: string): HTMLElement {
  return h(
    'li',
    {},
    link(title || id, () => context.post({ type: 'open', what: 'snippet', id })),
    h('span', { class: 'quiet' }, ` ${note}`),
  );
}
