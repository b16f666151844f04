// Draws the map's points on a canvas in the editor's colours: shape and fill tell as much as colour does.
import type { PanelPoint } from '../../src/protocol/panel.ts';

/** Space between the outermost points and the edge, in pixels. */
const EDGE = 14;
/** A point is hit up to so many pixels away. */
const REACH = 10;

export type Mark = `${PanelPoint['kind']}.${PanelPoint['status']}`;

/** In the order of drawing: what matters most lies on top. */
export const MARKS: readonly Mark[] = [
  'snippet.untested',
  'snippet.recalled',
  'snippet.missed',
  'question.recalled',
  'question.missed',
];

export const markOf = ({ kind, status }: PanelPoint): Mark => `${kind}.${status}`;

export interface Colours {
  good: string;
  bad: string;
  quiet: string;
  focus: string;
  background: string;
}

/** Of the theme as it is now. */
export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const of = (name: string, otherwise: string): string =>
    style.getPropertyValue(`--vscode-${name}`).trim() || otherwise;
  const foreground = of('foreground', '#888');
  return {
    good: of('charts-green', foreground),
    bad: of('errorForeground', foreground),
    quiet: of('descriptionForeground', foreground),
    focus: of('focusBorder', foreground),
    background: of('editor-background', '#fff'),
  };
}

/** Sizes the canvas for the screen's pixels and gives its pen, with lengths in pixels of the page. */
export function penOf(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext('2d')!;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  return pen;
}

/** One mark with its middle at a place. */
export function drawMark(pen: CanvasRenderingContext2D, mark: Mark, x: number, y: number, colours: Colours): void {
  pen.beginPath();
  const path = (...corners: [number, number][]): void => {
    for (const [dx, dy] of corners) pen.lineTo(x + dx, y + dy);
    pen.closePath();
  };
  if (mark === 'question.recalled') pen.arc(x, y, 3.5, 0, 2 * Math.PI);
  else if (mark === 'question.missed') path([0, -6], [5.5, 4.5], [-5.5, 4.5]);
  else if (mark === 'snippet.recalled') pen.rect(x - 3.5, y - 3.5, 7, 7);
  else if (mark === 'snippet.missed') path([0, -6], [6, 0], [0, 6], [-6, 0]);
  else pen.arc(x, y, 1.7, 0, 2 * Math.PI);
  const colour = mark.endsWith('.untested') ? colours.quiet : mark.endsWith('.missed') ? colours.bad : colours.good;
  if (mark === 'snippet.recalled' || mark === 'snippet.missed') {
    pen.strokeStyle = colour;
    pen.lineWidth = 1.5;
    pen.stroke();
    return;
  }
  pen.fillStyle = colour;
  pen.fill();
  if (mark === 'snippet.untested') return;
  // A thin edge of the background keeps marks apart that lie over each other.
  pen.strokeStyle = colours.background;
  pen.lineWidth = 0.8;
  pen.stroke();
}

/** Where a point stands on a canvas of this size. */
export function placeOf({ x, y }: { x: number; y: number }, width: number, height: number): [x: number, y: number] {
  return [EDGE + x * (width - 2 * EDGE), EDGE + y * (height - 2 * EDGE)];
}

/** Lines from a question to what it expects (whole) and to the winner (dashed), for what of them is drawn. */
export function drawLines(
  pen: CanvasRenderingContext2D,
  from: PanelPoint,
  byId: ReadonlyMap<string, PanelPoint>,
  size: readonly [width: number, height: number],
  colours: Colours,
): void {
  const line = (id: string, colour: string, dashes: number[]): void => {
    const to = byId.get(id);
    if (!to) return;
    pen.beginPath();
    pen.moveTo(...placeOf(from, ...size));
    pen.lineTo(...placeOf(to, ...size));
    pen.strokeStyle = colour;
    pen.lineWidth = 1.5;
    pen.setLineDash(dashes);
    pen.stroke();
    pen.setLineDash([]);
  };
  for (const id of from.expected) line(id, colours.good, []);
  if (from.winner !== null) line(from.winner, colours.bad, [5, 4]);
}

/** The point nearest to a place on the canvas, of those within reach; of equals the one that lies on top. */
export function pointAt(
  points: readonly PanelPoint[],
  at: readonly [x: number, y: number],
  size: readonly [width: number, height: number],
): PanelPoint | undefined {
  let best: PanelPoint | undefined;
  let least = REACH;
  for (const point of points) {
    const [x, y] = placeOf(point, ...size);
    const distance = Math.hypot(x - at[0], y - at[1]);
    if (distance > least) continue;
    best = point;
    least = distance;
  }
  return best;
}

const WAYS: Record<string, readonly [x: number, y: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The next point on the way of an arrow key: near, and little beside the way. Undefined for other keys and at the edge. */
export function nextPoint(
  points: readonly PanelPoint[],
  from: PanelPoint,
  key: string,
  size: readonly [width: number, height: number],
): PanelPoint | undefined {
  const way = WAYS[key];
  if (!way) return undefined;
  const [x, y] = placeOf(from, ...size);
  let best: PanelPoint | undefined;
  let least = Infinity;
  for (const point of points) {
    const [px, py] = placeOf(point, ...size);
    const ahead = (px - x) * way[0] + (py - y) * way[1];
    const beside = Math.abs((px - x) * way[1]) + Math.abs((py - y) * way[0]);
    // Within 45 degrees of the way, so that the four arrows together reach every point.
    if (point === from || ahead <= 0 || beside > ahead) continue;
    const cost = ahead + 2 * beside;
    if (cost < least) [best, least] = [point, cost];
  }
  return best;
}
