// The learning curve: whether more questions would help, as a chart with intervals, a table and a sentence.
import type { TrainingMode } from '../../src/core/trainingMode.ts';
import type { PanelCurve } from '../../src/protocol/panel.ts';
import { type PanelContext, percent, signed, words } from '../context.ts';
import { button, fill, h } from '../dom.ts';
import { chart } from './chart.ts';

/** How the author wants to train, as the fields above say. */
export type TrainingWishes = () => { epochs: number; minutes?: number; mode?: TrainingMode };

/** In pixels. */
const HEIGHT = 220;

/** A button that starts it, and the last one's result. */
export function learningCurve(context: PanelContext, wishes: TrainingWishes) {
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
  const controls = h('div', { class: 'buttons' });
  // Told by screen readers when it comes; chart and table are there to be read.
  const said = h('div', { role: 'status' });
  const result = h('div', {});
  const root = h(
    'section',
    { class: 'curve' },
    h('h2', {}, text('curve.title')),
    h('p', { class: 'quiet' }, text('curve.hint')),
    controls,
    said,
    result,
  );
  let drawnControls = '';
  let drawnCurve = '';
  let recolour = (): void => undefined;
  new MutationObserver(() => recolour()).observe(document.body, { attributes: true, attributeFilter: ['class'] });

  function drawControls(): void {
    const { job, isTrusted, folderKey, retrieval } = context.state;
    const disabled = job !== null || !isTrusted || folderKey === null || retrieval === 'words';
    // Made anew only when it differs, so that the focus stays.
    if (String(disabled) === drawnControls) return;
    drawnControls = String(disabled);
    const start = (): void => context.post({ type: 'run', command: 'learningCurve', ...wishes() });
    fill(controls, button(text('curve.make'), start, { disabled }));
  }

  function drawCurve(curve: PanelCurve): void {
    const { k, model, heldOut, points, started, verdict } = curve;
    const { value, low, high } = verdict.difference;
    const plot = chart(text('curve.chart', k), '--vscode-charts-blue', {
      points: true,
      ownPlaces: true,
      within: [0, 100],
      height: HEIGHT,
    });
    recolour = plot.recolour;
    fill(
      said,
      h('p', {}, h('strong', {}, text(`curve.${verdict.kind}`))),
      h('p', {}, text('curve.difference', signed(value), signed(low), signed(high))),
    );
    fill(
      result,
      plot.root,
      curveTable(context, curve),
      h(
        'p',
        { class: 'quiet' },
        text('curve.about', model, heldOut, new Date(started).toLocaleString(context.state.language)),
      ),
    );
    const of = (name: 'value' | 'low' | 'high'): number[] => points.map(({ recall }) => recall[name] * 100);
    plot.draw(
      points.map(({ questions }) => questions),
      of('value'),
      null,
      { low: of('low'), high: of('high') },
    );
  }

  return {
    root,
    draw(): void {
      drawControls();
      const { curve } = context.state;
      const key = JSON.stringify(curve);
      if (key === drawnCurve) return;
      drawnCurve = key;
      if (curve) {
        drawCurve(curve);
        return;
      }
      fill(said);
      fill(result);
    },
  };
}

/** What the chart shows, to be read. */
function curveTable(context: PanelContext, { k, points }: PanelCurve): HTMLElement {
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
  const row = ({ share, questions, recall }: PanelCurve['points'][number]): HTMLElement =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, share === 0 ? text('curve.untrained') : text('curve.percent', Math.round(share * 100))),
      h('td', {}, questions),
      h('td', {}, text('curve.percent', percent(recall.value))),
      h('td', {}, `[${percent(recall.low)}, ${percent(recall.high)}]`),
    );
  const columns = [text('curve.share'), text('curve.questions'), `recall@${k}`, text('curve.interval')];
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': text('curve.title') },
    h(
      'table',
      { class: 'figures' },
      h('thead', {}, h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...points.map(row)),
    ),
  );
}
