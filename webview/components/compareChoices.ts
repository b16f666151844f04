// What is compared: two of the models at hand, or two evaluations that were kept.
import { type PanelContext, words } from '../context.ts';
import { button, fill, h } from '../dom.ts';
import { pairChoice } from './pairChoice.ts';

export function compareChoices(context: PanelContext) {
  const text = (name: string) => words(context, name);
  const models = pairChoice(
    { before: text('compare.first'), after: text('compare.second'), press: text('compare.run') },
    (chosen) => context.post({ type: 'compare', ...chosen }),
  );
  const runs = pairChoice(
    { before: text('compare.firstRun'), after: text('compare.secondRun'), press: text('compare.runs') },
    (chosen) => context.post({ type: 'compareRuns', ...chosen }),
  );
  const oneModel = h('p', { class: 'quiet' }, text('compare.one'));
  const fewRuns = h('p', { class: 'quiet' }, text('compare.fewRuns'));
  const openFile = button(text('compare.openFile'), () => context.post({ type: 'openRunFile' }));
  const root = h('div', { class: 'choices' });
  fill(
    root,
    h('h2', {}, text('compare.models')),
    oneModel,
    models.root,
    h('h2', {}, text('runs')),
    fewRuns,
    h('div', { class: 'filters' }, runs.root, openFile),
  );
  return {
    root,
    chooseModels: models.choose,
    draw(): void {
      const { models: names, model, keptRuns, job, isTrusted } = context.state;
      oneModel.hidden = names.length > 1;
      models.root.hidden = names.length < 2;
      if (names.length > 1)
        models.draw(
          names.map((name) => [name, name] as const),
          model,
          job !== null || !isTrusted,
        );
      fewRuns.hidden = keptRuns.length > 1;
      runs.root.hidden = keptRuns.length < 2;
      if (keptRuns.length > 1)
        runs.draw(
          keptRuns.map(({ id, name }) => [id, name] as const),
          keptRuns[0]?.id,
          false,
        );
    },
  };
}
