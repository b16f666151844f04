// The line above a map or a list of pairs: how far it is, with a stop; or that it is old, with a way to have it anew.
import type { PanelSurvey } from '../../src/protocol/panel.ts';
import { type PanelContext, words } from '../context.ts';
import { button, fill, h } from '../dom.ts';

/** Asked for once its tab is looked at; `first` names the button where nothing is there yet. */
export function surveyLine(context: PanelContext, what: PanelSurvey, tab: string, first: string) {
  const line = h('div', { class: 'survey', role: 'status' });
  let drawn = '';
  let isAsked = false;
  const say = (stop: boolean) => () => context.post({ type: 'survey', what, stop });
  return {
    root: line,
    draw(): void {
      const { share, value, isOld } = context.state[what];
      const isMeasured = context.state.stage === 'measured';
      // Once by itself; what was stopped or has become old waits for a button.
      if (isMeasured && !isAsked && share === null && value === null && context.tab === tab) {
        isAsked = true;
        say(false)();
        return;
      }
      const key = JSON.stringify([share, value !== null, isOld, isMeasured]);
      if (key === drawn) return;
      drawn = key;
      if (share !== null)
        fill(
          line,
          words(context, `${what}.working`, Math.round(share * 100)),
          button(words(context, 'stop'), say(true)),
        );
      else if (!isMeasured) fill(line, value === null && words(context, 'notYet'));
      else if (value === null) fill(line, button(words(context, `${what}.${first}`), say(false)));
      else if (isOld) fill(line, words(context, `${what}.old`), button(words(context, `${what}.again`), say(false)));
      else fill(line);
    },
  };
}
