// A snippet's title that leads to its section.
import type { PanelContext } from '../context.ts';
import { link } from '../dom.ts';

/** By its id where it has no title. */
export function snippetLink(context: PanelContext, { id, title }: { id: string; title: string }): HTMLElement {
  return link(title || id, () => context.post({ type: 'open', what: 'snippet', id }));
}
