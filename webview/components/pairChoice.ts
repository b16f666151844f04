// Two dropdowns over the same entries, never the same one in both, and a button that compares the two.
import { button, dropdown, fill, h } from '../dom.ts';

type Side = 'before' | 'after';

/** What is chosen from: value and name of each, at least two. */
export type Entries = readonly (readonly [value: string, name: string])[];

/** `labels` are those of the dropdowns and of the button; `press` is told the two values. */
export function pairChoice(
  labels: Record<Side | 'press', string>,
  press: (chosen: Record<Side, string>) => void,
): {
  root: HTMLElement;
  /** Chooses these two, where they are among the entries. */
  choose(wanted: Record<Side, string>): void;
  /** `later` is taken for the second where nothing is chosen yet. */
  draw(entries: Entries, later: string | undefined, disabled: boolean): void;
} {
  const root = h('div', { class: 'filters', role: 'group', 'aria-label': labels.press });
  const chosen: Record<Side, string> = { before: '', after: '' };
  let drawn = '';

  function fit(values: readonly string[], later: string | undefined): void {
    if (!values.includes(chosen.after))
      chosen.after = later !== undefined && values.includes(later) ? later : values[0]!;
    if (!values.includes(chosen.before) || chosen.before === chosen.after)
      chosen.before = values.find((value) => value !== chosen.after)!;
  }

  function redraw(entries: Entries, disabled: boolean): void {
    const box = (side: Side, other: Side): HTMLElement =>
      dropdown(
        labels[side],
        entries,
        (value) => {
          chosen[side] = value;
          if (chosen[other] !== value) return;
          chosen[other] = entries.find(([each]) => each !== value)![0];
          // Not made anew: the focus is in here, and a click on its way to the button must find it.
          (boxes[other] as HTMLSelectElement).value = chosen[other];
        },
        chosen[side],
      );
    const boxes: Record<Side, HTMLElement> = { before: box('before', 'after'), after: box('after', 'before') };
    fill(
      root,
      boxes.before,
      boxes.after,
      button(labels.press, () => press({ ...chosen }), { primary: true, disabled }),
    );
  }

  return {
    root,
    choose(wanted): void {
      Object.assign(chosen, wanted);
      drawn = '';
    },
    draw(entries, later, disabled): void {
      const key = JSON.stringify([entries, later, disabled]);
      // Made anew only when it differs, so that the focus stays.
      if (key === drawn) return;
      drawn = key;
      fit(
        entries.map(([value]) => value),
        later,
      );
      redraw(entries, disabled);
    },
  };
}
