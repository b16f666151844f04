// A grid that draws only the rows in view, moved through by keys. Ten thousand rows cost as much as thirty.
import { fill, h } from '../dom.ts';

/** Height of a row in pixels; media/panel.css has the same. */
const ROW = 28;
/** Rows drawn beyond the view on either side. */
const SPARE = 6;

export interface Column<T> {
  name: string;
  class: string;
  cell: (item: T) => Node | string;
  sort?: () => void;
}

let made = 0;

export class VirtualRows<T extends { id: string }> {
  readonly root: HTMLElement;
  readonly #body = h('div', { role: 'rowgroup', class: 'rows' });
  #items: readonly T[] = [];
  #selected = -1;
  /** A page has several tables, and the id of a row must be the only one of its name. */
  readonly #name = `grid-${++made}`;

  constructor(
    label: string,
    private readonly columns: Column<T>[],
    private readonly select: (item: T) => void,
    /** Called for the selected item on Enter, and for one that is pressed twice. */
    private readonly open: (item: T) => void,
  ) {
    const head = h(
      'div',
      { role: 'rowgroup', class: 'head' },
      h(
        'div',
        { role: 'row', 'aria-rowindex': 1, class: 'row' },
        ...columns.map((column) =>
          h('div', { role: 'columnheader', class: column.class, onclick: () => column.sort?.() }, column.name),
        ),
      ),
    );
    this.root = h('div', { role: 'grid', class: 'grid', tabindex: 0, 'aria-label': label }, head, this.#body);
    this.root.addEventListener('scroll', () => this.#draw());
    this.root.addEventListener('keydown', (event) => this.#key(event));
    new ResizeObserver(() => this.#draw()).observe(this.root);
  }

  /** Shows these rows; the selected one stays selected where it still is. */
  show(items: readonly T[], selectedId: string | undefined): void {
    this.#items = items;
    this.#selected = selectedId === undefined ? -1 : items.findIndex(({ id }) => id === selectedId);
    this.root.setAttribute('aria-rowcount', String(items.length + 1));
    this.#body.style.height = `${items.length * ROW}px`;
    this.#draw();
  }

  #key(event: KeyboardEvent): void {
    const selected = this.#items[this.#selected];
    if (event.key === 'Enter' && selected) this.open(selected);
    const page = Math.max(1, Math.floor(this.root.clientHeight / ROW) - 2);
    const moves: Record<string, number> = {
      ArrowDown: this.#selected + 1,
      ArrowUp: this.#selected - 1,
      PageDown: this.#selected + page,
      PageUp: this.#selected - page,
      Home: 0,
      End: this.#items.length - 1,
    };
    const target = moves[event.key];
    if (target === undefined || this.#items.length === 0) return;
    event.preventDefault();
    this.#choose(Math.min(this.#items.length - 1, Math.max(0, target)));
  }

  #choose(index: number): void {
    const item = this.#items[index];
    if (!item) return;
    this.#selected = index;
    const top = index * ROW;
    const view = this.root.clientHeight - ROW;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + ROW > this.root.scrollTop + view) this.root.scrollTop = top + ROW - view;
    this.#draw();
    this.select(item);
  }

  #draw(): void {
    const first = Math.max(0, Math.floor(this.root.scrollTop / ROW) - SPARE);
    const count = Math.ceil(this.root.clientHeight / ROW) + 2 * SPARE;
    const rows = this.#items.slice(first, first + count).map((item, i) => {
      const index = first + i;
      const row = h(
        'div',
        {
          role: 'row',
          id: `${this.#name}-row-${index}`,
          class: 'row',
          'aria-rowindex': index + 2,
          'aria-selected': index === this.#selected ? 'true' : 'false',
          onclick: () => this.#choose(index),
          ondblclick: () => this.open(item),
        },
        ...this.columns.map((column) => h('div', { role: 'gridcell', class: column.class }, column.cell(item))),
      );
      row.style.top = `${index * ROW}px`;
      return row;
    });
    fill(this.#body, ...rows);
    const isDrawn = this.#selected >= first && this.#selected < first + rows.length;
    if (isDrawn) this.root.setAttribute('aria-activedescendant', `${this.#name}-row-${this.#selected}`);
    else this.root.removeAttribute('aria-activedescendant');
  }
}
