// What every part of the panel is given: the state, the words, and the way to say something to the host.
import type { Split } from '../src/core/question.ts';
import type { PanelState, PanelToHost } from '../src/protocol/panel.ts';

export interface PanelContext {
  /** The newest state; parts read it when they draw. */
  readonly state: PanelState;
  /** The tab that is looked at: what costs work is asked for only then. */
  readonly tab: string;
  post(message: PanelToHost): void;
}

/** One of the panel's texts with its places filled. */
export function words({ state }: PanelContext, name: string, ...values: (string | number)[]): string {
  const text = state.texts[name] ?? name;
  return text.replace(/\{(\d+)\}/g, (place, i: string) => String(values[Number(i)] ?? place));
}

/** A difference of shares as `+3.9`, in points. */
export function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${percent(value)}`;
}

/** Seconds as minutes where there are some. */
export function duration(context: PanelContext, seconds: number): string {
  return seconds < 90
    ? words(context, 'seconds', Math.max(1, Math.round(seconds)))
    : words(context, 'minutesLong', Math.round(seconds / 60));
}

/** A metric as people write it: MRR, nDCG@10. */
export function metricName(name: string): string {
  return name === 'mrr' ? 'MRR' : name.replace('ndcg', 'nDCG');
}

/** A rank as a number, or in words where there is none. */
export function rankText(context: PanelContext, rank: number): string {
  return rank === 0 ? words(context, 'noRank') : String(rank);
}

/** The side of the split a question stands on. */
export function sideText(context: PanelContext, split: Split): string {
  return words(context, split === 'test' ? 'heldOut' : 'train');
}

/** A share as `81.5`, in percent. */
export function percent(value: number): string {
  return (value * 100).toFixed(1);
}
