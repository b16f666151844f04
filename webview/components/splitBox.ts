// A filter by the side of the split.
import { type PanelContext, sideText, words } from '../context.ts';
import { dropdown } from '../dom.ts';

/** `changed` is told the side, or an empty string for both. */
export function splitBox(context: PanelContext, changed: (split: string) => void): HTMLElement {
  const sides = (['test', 'train'] as const).map((split) => [split, sideText(context, split)] as const);
  return dropdown(words(context, 'split'), [['', words(context, 'anySplit')], ...sides], changed);
}
