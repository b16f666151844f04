// The training: start and stop, live charts, and afterwards what it changed.
import type { RankChange } from '../../src/core/comparison.ts';
import type { PanelResult } from '../../src/protocol/panel.ts';
import { type PanelContext, percent, words } from '../context.ts';
import { button, fill, h } from '../dom.ts';
import { chart } from './chart.ts';

/** Controls, charts and result. */
export function training(context: PanelContext) {
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
  const epochs = h(
    'vscode-text-field',
    { class: 'epochs', type: 'number', size: 4, value: context.state.epochs, 'aria-label': text('epochs') },
    text('epochs'),
  ) as HTMLInputElement;
  const start = (): void => {
    const wanted = Math.min(100, Math.max(1, Math.round(Number(epochs.value)) || context.state.epochs));
    context.post({ type: 'run', command: 'train', epochs: wanted });
  };
  const controls = h('div', { class: 'buttons' });
  const live = h('p', {});
  const loss = chart(text('loss'), '--vscode-charts-blue');
  const development = chart(text('development'), '--vscode-charts-green', { points: true });
  const rate = chart(text('learningRate'), '--vscode-charts-orange');
  const charts = h('div', { class: 'charts' }, loss.root, development.root, rate.root);
  const result = h('div', { role: 'status' });
  const root = h('div', { class: 'training' }, h('div', { class: 'start' }, epochs, controls), live, charts, result);
  let drawnControls = '';
  let drawnResult: unknown;
  new MutationObserver(() => {
    for (const each of [loss, development, rate]) each.recolour();
  }).observe(document.body, {
    attributes: true,
    attributeFilter: ['class'],
  });

  function drawControls(): void {
    const { job, isTrusted, folderKey } = context.state;
    const key = [job?.kind, isTrusted, folderKey].join();
    // Made anew only when they differ, so that the focus stays.
    if (key === drawnControls) return;
    drawnControls = key;
    const busy = job !== null || !isTrusted || folderKey === null;
    const run = (command: 'stop' | 'chooseModel' | 'rollBackModel') => () => context.post({ type: 'run', command });
    fill(
      controls,
      button(text('fineTune'), start, { primary: true, disabled: busy }),
      button(text('stop'), run('stop'), { disabled: job === null }),
      button(text('chooseModel'), run('chooseModel'), { disabled: busy }),
      button(text('rollBack'), run('rollBackModel'), { disabled: busy }),
      !isTrusted && h('p', {}, text('untrusted')),
    );
  }

  return {
    root,
    draw(): void {
      drawControls();
      const run = context.state.training;
      charts.hidden = !run || run.points.length === 0;
      if (!run) {
        fill(live, text('noTraining'));
        fill(result);
        return;
      }
      const best = run.bestStep === null ? '' : ` · ${text('best', run.bestStep)}`;
      fill(
        live,
        run.points.length === 0
          ? text('loading')
          : `${text('progress', run.epoch, run.epochs, run.step, run.total)}${best}`,
      );
      const steps = run.points.map(({ step }) => step);
      loss.draw(
        steps,
        run.points.map((point) => point.loss),
        run.bestStep,
      );
      const scored = run.points.filter((point) => point.development !== null);
      development.draw(
        scored.map(({ step }) => step),
        scored.map((point) => point.development),
        run.bestStep,
      );
      const rated = run.points.filter((point) => point.learningRate !== null);
      rate.draw(
        rated.map(({ step }) => step),
        rated.map((point) => point.learningRate),
        run.bestStep,
      );
      const key = run.result ? JSON.stringify(run.result) : run.failed;
      if (key === drawnResult) return;
      drawnResult = key;
      fill(
        result,
        run.failed !== null && h('p', { class: 'bad' }, run.failed),
        run.result && resultView(context, run.result),
      );
    },
  };
}

function resultView(context: PanelContext, result: PanelResult): HTMLElement {
  const { before, after, comparison } = result;
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
  const names = Object.keys(before.metrics).filter((name) => !name.startsWith('hit@'));
  const signed = (value: number): string => `${value > 0 ? '+' : ''}${percent(value)}`;
  const rows = names.map((name) => {
    const [was, is] = [before.metrics[name]?.value, after?.metrics[name]?.value];
    const change = was === undefined || is === undefined ? '–' : signed(is - was);
    return h(
      'tr',
      { class: name === `recall@${result.primaryK}` ? 'primary' : undefined },
      h('th', { scope: 'row' }, name),
      ...[was, is].map((value) => h('td', {}, value === undefined ? '–' : percent(value))),
      h('td', {}, change),
    );
  });
  const difference = comparison?.difference;
  return h(
    'section',
    {},
    h('h2', {}, text('result')),
    h('p', {}, h('span', { class: 'tag' }, text(result.promoted ? 'promoted' : 'notPromoted')), ` ${result.verdict}`),
    result.modelId !== null && h('p', { class: 'quiet' }, `${text('model')}: ${result.modelId}`),
    h(
      'p',
      { class: 'quiet' },
      text('measuredOn', result.trainQuestions, result.developmentQuestions, before.questions),
    ),
    h(
      'table',
      { class: 'figures' },
      h('caption', {}, text('heldOut')),
      h(
        'thead',
        {},
        h('tr', {}, ...['metric', 'before', 'after', 'change'].map((name) => h('th', { scope: 'col' }, text(name)))),
      ),
      h('tbody', {}, ...rows),
    ),
    comparison &&
      difference &&
      h(
        'p',
        {},
        text(
          'difference',
          comparison.k,
          signed(difference.value),
          signed(difference.low),
          signed(difference.high),
          comparison.pValue.toFixed(3),
        ),
      ),
    comparison && changes(context, 'fixed', comparison.fixed),
    comparison && changes(context, 'broken', comparison.broken),
    comparison && changes(context, 'stillFailing', comparison.stillFailing),
  );
}

function changes(context: PanelContext, name: string, list: RankChange[]): HTMLElement {
  const rank = (value: number): string => (value === 0 ? words(context, 'noRank') : String(value));
  const row = ({ id, question, before, after }: RankChange): HTMLElement =>
    h(
      'li',
      {},
      h(
        'button',
        { class: 'link', type: 'button', onclick: () => context.post({ type: 'open', what: 'question', id }) },
        words(context, 'moved', question, rank(before), rank(after)),
      ),
    );
  return h(
    'details',
    { open: name !== 'stillFailing' && list.length > 0 },
    h('summary', {}, `${words(context, name)} (${list.length})`),
    h('ul', {}, ...list.map(row)),
  );
}
