// Two slices' figures side by side, and what their paired difference is worth.
import type { SliceReport } from '../../src/core/report.ts';
import type { Interval } from '../../src/core/statistics.ts';
import { metricName, type PanelContext, percent, signed, words } from '../context.ts';
import { h } from '../dom.ts';

/** A table with one line a metric; `heads` name the two columns of figures. */
export function beforeAfterTable(
  context: PanelContext,
  caption: string,
  heads: readonly [before: string, after: string],
  slices: { before: SliceReport; after: SliceReport | null },
  k: number,
): HTMLElement {
  const { before, after } = slices;
  const names = Object.keys(before.metrics).filter((name) => !name.startsWith('hit@'));
  const line = (name: string): HTMLElement => {
    const [was, is] = [before.metrics[name]?.value, after?.metrics[name]?.value];
    return h(
      'tr',
      { class: name === `recall@${k}` ? 'primary' : undefined },
      h('th', { scope: 'row' }, metricName(name)),
      ...[was, is].map((value) => h('td', {}, value === undefined ? '–' : percent(value))),
      h('td', {}, was === undefined || is === undefined ? '–' : signed(is - was)),
    );
  };
  const columns = [words(context, 'metric'), ...heads, words(context, 'change')];
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      { class: 'figures' },
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...names.map(line)),
    ),
  );
}

/** `recall@5: +3.9 [-0.9, +9.2], p = 0.180`. */
export function differenceText(context: PanelContext, k: number, difference: Interval, pValue: number): string {
  const [value, low, high] = [difference.value, difference.low, difference.high].map(signed);
  return words(context, 'difference', k, value!, low!, high!, pValue.toFixed(3));
}
