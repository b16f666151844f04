// The training: start, pause and stop, what it will cost, live charts, and afterwards what it changed.
import type { TrainingMode } from '../../src/core/trainingMode.ts';
import { duration, type PanelContext, words } from '../context.ts';
import { button, dropdown, fill, h } from '../dom.ts';
import { blends } from './blends.ts';
import { chart } from './chart.ts';
import { history } from './history.ts';
import { learningCurve, type TrainingWishes } from './learningCurve.ts';
import { resultView } from './trainingResult.ts';

/** Controls, charts and result. */
export function training(context: PanelContext) {
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
  const epochs = h(
    'vscode-text-field',
    { class: 'epochs', type: 'number', size: 4, value: context.state.epochs, 'aria-label': text('epochs') },
    text('epochs'),
  ) as HTMLInputElement;
  const minutes = h(
    'vscode-text-field',
    { class: 'epochs', type: 'number', size: 4, placeholder: text('noLimit'), 'aria-label': text('minutes') },
    text('minutes'),
  ) as HTMLInputElement;
  let mode: TrainingMode = 'all';
  const modes = dropdown(
    text('mode'),
    [
      ['all', text('mode.all')],
      ['layers', text('mode.layers')],
      ['top', text('mode.top')],
    ],
    (value) => {
      mode = value === 'layers' || value === 'top' ? value : 'all';
      drawCost();
    },
  );
  const wantedEpochs = (): number =>
    Math.min(100, Math.max(1, Math.round(Number(epochs.value)) || context.state.epochs));
  const wantedMinutes = (): number | undefined => {
    const given = Number(minutes.value);
    return given > 0 ? Math.min(10_080, Math.max(0.1, given)) : undefined;
  };
  const wishes: TrainingWishes = () => {
    const budget = wantedMinutes();
    return {
      epochs: wantedEpochs(),
      ...(budget !== undefined && { minutes: budget }),
      ...(mode !== 'all' && { mode }),
    };
  };
  const start = (): void => {
    context.post({ type: 'run', command: 'train', ...wishes() });
  };
  const ranked = h('p', { class: 'ranked' });
  const cost = h('p', { class: 'quiet cost' });
  for (const field of [epochs, minutes]) field.addEventListener('input', () => drawCost());
  const controls = h('div', { class: 'buttons' });
  const live = h('p', {});
  const loss = chart(text('loss'), '--vscode-charts-blue');
  const development = chart(text('development'), '--vscode-charts-green', { points: true });
  const rate = chart(text('learningRate'), '--vscode-charts-orange');
  const charts = h('div', { class: 'charts' }, loss.root, development.root, rate.root);
  const result = h('div', { role: 'status' });
  const parts = {
    blends: blends(context),
    history: history(context),
    curve: learningCurve(context, wishes),
  };
  const root = h(
    'div',
    { class: 'training' },
    h('div', { class: 'start' }, epochs, minutes, modes, controls),
    ranked,
    cost,
    live,
    charts,
    result,
    parts.blends.root,
    parts.history.root,
    parts.curve.root,
  );
  let askedFor = '';
  let drawnControls = '';
  let drawnResult: unknown;
  new MutationObserver(() => {
    for (const each of [loss, development, rate]) each.recolour();
  }).observe(document.body, {
    attributes: true,
    attributeFilter: ['class'],
  });

  function drawControls(): void {
    const { job, isTrusted, folderKey, retrieval } = context.state;
    const key = [job?.kind, job?.isPaused, isTrusted, folderKey, retrieval].join();
    // Made anew only when they differ, so that the focus stays.
    if (key === drawnControls) return;
    drawnControls = key;
    const busy = job !== null || !isTrusted || folderKey === null;
    const run = (command: 'stop' | 'chooseModel' | 'rollBackModel') => () => context.post({ type: 'run', command });
    fill(
      controls,
      button(text('fineTune'), start, { primary: true, disabled: busy || retrieval === 'words' }),
      (job?.kind === 'train' || job?.kind === 'curve') &&
        button(text(job.isPaused ? 'resume' : 'pause'), () => context.post({ type: 'pause', paused: !job.isPaused })),
      button(text('stop'), run('stop'), { disabled: job === null }),
      button(text('chooseModel'), run('chooseModel'), { disabled: busy }),
      button(text('rollBack'), run('rollBackModel'), { disabled: busy }),
      !isTrusted && h('p', {}, text('untrusted')),
    );
    fill(ranked, text(retrieval === 'words' ? 'ranked.noTraining' : `ranked.${retrieval}`));
  }

  /** Asks the host once for each model and state of the knowledge base; the fields only multiply. */
  function drawCost(): void {
    const { estimate, stage, job, model, questions, isTrusted, retrieval } = context.state;
    const wish = [model, questions, stage, mode].join();
    if (
      stage === 'measured' &&
      job === null &&
      isTrusted &&
      retrieval !== 'words' &&
      wish !== askedFor &&
      root.offsetParent !== null
    ) {
      askedFor = wish;
      context.post({ type: 'estimate', ...(mode !== 'all' && { mode }) });
    }
    if (!estimate || estimate.pairs === 0 || retrieval === 'words') {
      fill(cost);
      return;
    }
    const { pairs, stepsPerEpoch, secondsPerStep, bytes, freeBytes, isMeasured } = estimate;
    const steps = stepsPerEpoch * wantedEpochs();
    const seconds = Math.min(steps * secondsPerStep, (wantedMinutes() ?? Infinity) * 60);
    const gigabytes = (value: number): string => (value / 1e9).toFixed(1);
    fill(
      cost,
      text('estimate', pairs, steps, duration(context, seconds), gigabytes(bytes), gigabytes(freeBytes)),
      ` ${text(isMeasured ? 'estimateMeasured' : 'estimateModelled')}`,
      bytes > freeBytes && h('strong', { class: 'bad' }, ` ${text('tooLittleMemory')}`),
    );
  }

  return {
    root,
    draw(): void {
      drawControls();
      drawCost();
      parts.blends.draw();
      parts.history.draw();
      parts.curve.draw();
      const run = context.state.training;
      charts.hidden = !run || run.points.length === 0;
      if (!run) {
        fill(live, text('noTraining'));
        drawnResult = undefined;
        fill(result);
        return;
      }
      const best = run.bestStep === null ? '' : ` · ${text('best', run.bestStep)}`;
      fill(
        live,
        run.points.length === 0
          ? text('loading')
          : [
              new Date(run.started).toLocaleString(context.state.language),
              text('progress', run.epoch, run.epochs, run.step, run.total),
              run.pairsPerSecond !== null && text('pairsPerSecond', run.pairsPerSecond.toFixed(1)),
              run.secondsLeft !== null && text('timeLeft', duration(context, run.secondsLeft)),
              context.state.job?.isPaused && text('paused'),
            ]
              .filter(Boolean)
              .join(' · ') + best,
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
      const key = run.result ? JSON.stringify([run.runId, run.result]) : run.failed;
      if (key === drawnResult) return;
      drawnResult = key;
      fill(
        result,
        run.failed !== null && h('p', { class: 'bad' }, run.failed),
        run.result && resultView(context, run.result, run.runId),
      );
    },
  };
}
