// The map: questions and snippets in two dimensions, moved over by mouse and keys; a line says what is selected.
import type { PanelMap, PanelPoint } from '../../src/protocol/panel.ts';
import { type PanelContext, rankText, words } from '../context.ts';
import { fill, h, link } from '../dom.ts';
import { coloursOf, drawLines, drawMark, MARKS, markOf, nextPoint, penOf, placeOf, pointAt } from './mapCanvas.ts';
import { mapLegend } from './mapLegend.ts';
import { surveyLine } from './survey.ts';

/** In pixels, whatever the width. */
const HEIGHT = 520;
/** As high as it is wide, in a narrow panel. */
const NARROWEST = 260;

export function map(context: PanelContext): { root: HTMLElement; draw(): void } {
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
  const canvas = h('canvas', { 'aria-hidden': 'true' }) as HTMLCanvasElement;
  const tip = h('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
  const selection = h('p', { class: 'selection', id: 'map-selection', role: 'status' });
  const field = h(
    'div',
    {
      class: 'field',
      // Arrow keys are the map's own, as in a drawing; what they select is told in the line below it.
      role: 'application',
      tabindex: 0,
      'aria-label': text('map.label'),
      'aria-describedby': 'map-selection',
    },
    canvas,
    tip,
  );
  const count = h('p', { class: 'quiet' });
  const legend = mapLegend(context);
  const whole = h('div', { hidden: true }, legend.root, field, selection, count);
  const root = h('div', { class: 'map' });
  const line = surveyLine(context, 'map', 'map', 'draw');
  fill(root, h('p', { class: 'quiet' }, text('map.hint')), line.root, whole);
  let shown: PanelMap | null = null;
  /** In the order of drawing. */
  let points: readonly PanelPoint[] = [];
  let byId: ReadonlyMap<string, PanelPoint> = new Map();
  let selected: PanelPoint | undefined;
  let hovered: PanelPoint | undefined;

  const size = (): readonly [number, number] => {
    const width = Math.max(NARROWEST, field.clientWidth);
    return [width, Math.min(HEIGHT, width)];
  };

  function paint(): void {
    if (field.offsetParent === null) return;
    const [width, height] = size();
    const colours = coloursOf(document.body);
    const pen = penOf(canvas, width, height);
    const marked = hovered ?? selected;
    if (marked) drawLines(pen, marked, byId, [width, height], colours);
    for (const point of points) drawMark(pen, markOf(point), ...placeOf(point, width, height), colours);
    for (const point of new Set([selected, hovered])) {
      if (!point) continue;
      pen.beginPath();
      pen.arc(...placeOf(point, width, height), 9, 0, 2 * Math.PI);
      pen.strokeStyle = colours.focus;
      pen.lineWidth = 2;
      pen.stroke();
    }
    legend.draw(points, colours);
  }

  function about(point: PanelPoint): string {
    const facts =
      point.kind === 'question'
        ? [text(`map.question${point.status === 'missed' ? 'Missed' : 'Recalled'}`), rank(point)]
        : point.status === 'untested'
          ? [text('map.snippetUntested')]
          : [text('map.expectedBy', point.questions, point.failing)];
    return [...facts, point.file].join(' · ');
  }

  const rank = (point: PanelPoint): string => text('map.rank', rankText(context, point.rank ?? 0));

  function open(point: PanelPoint | undefined): void {
    if (point) context.post({ type: 'open', what: point.kind, id: point.id });
  }

  function select(point: PanelPoint | undefined): void {
    selected = point;
    if (!point) fill(selection, text('map.pick'));
    else
      fill(
        selection,
        link(point.text, () => open(selected)),
        h('span', { class: 'quiet' }, ` ${about(point)}`),
      );
    paint();
  }

  function hover(event: MouseEvent | undefined): void {
    const before = hovered;
    const frame = field.getBoundingClientRect();
    const at = event && ([event.clientX - frame.left, event.clientY - frame.top] as const);
    hovered = at && pointAt(points, at, size());
    if (hovered === before) return;
    tip.hidden = hovered === undefined;
    field.classList.toggle('hit', hovered !== undefined);
    if (hovered) {
      const [x, y] = placeOf(hovered, ...size());
      fill(tip, h('strong', {}, hovered.text), h('span', {}, about(hovered)));
      // Beside the point, on the side that has room.
      tip.style.left = `${Math.max(0, Math.min(x + 12, field.clientWidth - tip.offsetWidth))}px`;
      const above = y - tip.offsetHeight - 12;
      tip.style.top = `${above > 0 ? above : y + 14}px`;
    }
    paint();
  }

  field.addEventListener('mousemove', hover);
  field.addEventListener('mouseleave', () => hover(undefined));
  field.addEventListener('click', () => {
    if (!hovered) return;
    select(hovered);
    open(hovered);
  });
  field.addEventListener('focus', () => {
    // What an author looks for first.
    if (!selected) select(points.find(({ status, kind }) => status === 'missed' && kind === 'question') ?? points[0]);
  });
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') open(selected);
    const next = selected && nextPoint(points, selected, event.key, size());
    if (event.key.startsWith('Arrow')) event.preventDefault();
    if (next) select(next);
  });
  new ResizeObserver(paint).observe(field);
  new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ['class'] });

  return {
    root,
    draw(): void {
      line.draw();
      const { value } = context.state.map;
      if (value === shown) return;
      shown = value;
      whole.hidden = value === null;
      hovered = undefined;
      tip.hidden = true;
      points = [...(value?.points ?? [])].sort((a, b) => MARKS.indexOf(markOf(a)) - MARKS.indexOf(markOf(b)));
      byId = new Map(points.filter(({ kind }) => kind === 'snippet').map((point) => [point.id, point]));
      if (value) {
        const asked = points.length - byId.size;
        fill(count, text('map.shown', asked, value.total.questions, byId.size, value.total.snippets));
      }
      select(selected && points.find(({ kind, id }) => kind === selected?.kind && id === selected.id));
    },
  };
}
