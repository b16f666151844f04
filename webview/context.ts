// What every part of the panel is given: the state, the words, and the way to say something to the host.
import type { PanelState, PanelToHost } from '../src/protocol/panel.ts';

export interface PanelContext {
  /** The newest state; parts read it when they draw. */
  readonly state: PanelState;
  post(message: PanelToHost): void;
}

/** One of the panel's texts with its places filled. */
export function words({ state }: PanelContext, name: string, ...values: (string | number)[]): string {
  const text = state.texts[name] ?? name;
  return text.replace(/\{(\d+)\}/g, (place, i: string) => String(values[Number(i)] ?? place));
}

/** A share as `81.5`, in percent. */
export function percent(value: number): string {
  return (value * 100).toFixed(1);
}
