// How figures and questions are written in reports, whatever the format.
import type { Interval } from './statistics.ts';

/** A difference of shares in points, with its sign: `+3.9`. */
export const points = (share: number): string => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)}`;

/** `46.1 % [37.2, 55.0]`; a dash for a figure that was not taken. */
export function intervalText(figure: Interval | undefined): string {
  if (!figure) return '–';
  const percent = (value: number): string => (value * 100).toFixed(1);
  return `${percent(figure.value)} % [${percent(figure.low)}, ${percent(figure.high)}]`;
}

/** A text on one line: a question may be written over several. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
