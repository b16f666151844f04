// The only importer of uPlot: one line over the steps of a training or over the sizes of several, in the editor's colours.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { h } from '../dom.ts';

const HEIGHT = 150;
/** On light and dark alike it stays behind the data; a border of a theme of high contrast would not. */
const GRID = '#8886';
/** Of the part of the range of values that stays free at each end. */
const ROOM = 0.06;
/** Half the width of a bar's ends, in pixels. */
const END = 5;
/** A series that only makes room on the axis. */
const UNSEEN: uPlot.Series = { stroke: 'transparent', points: { show: false } };
/** Below the width of a narrow panel's content. */
const NARROWEST = 200;

/** Around each value, in the same unit; drawn as a bar with ends. */
export interface Bounds {
  low: number[];
  high: number[];
}

export interface ChartOptions {
  points?: boolean;
  /** Marks of the x axis are the data's own places, and no others. */
  ownPlaces?: boolean;
  /** Values lie in it, and so does the axis. */
  within?: readonly [least: number, most: number];
  /** In pixels. */
  height?: number;
}

/** A chart whose data can be changed; `mark` is a step to point out. */
export function chart(title: string, colour: string, options: ChartOptions = {}) {
  const { within, height = HEIGHT } = options;
  const root = h('figure', { class: 'chart' }, h('figcaption', {}, title));
  const holder = h('div', { role: 'img', 'aria-label': title });
  root.append(holder);
  let plot: uPlot | undefined;
  let mark: number | null = null;
  let bounds: Bounds | undefined;
  const width = (): number => Math.max(NARROWEST, root.clientWidth);
  new ResizeObserver(() => plot?.setSize({ width: width(), height })).observe(root);
  const make = (data: uPlot.AlignedData): uPlot => {
    const of = (name: string): string => getComputedStyle(document.body).getPropertyValue(name).trim();
    const foreground = of('--vscode-foreground') || '#888';
    const axis = { stroke: foreground, grid: { stroke: GRID, width: 1 }, ticks: { stroke: GRID }, size: 48 };
    const line = of(colour) || foreground;
    return new uPlot(
      {
        width: width(),
        height,
        legend: { show: false },
        scales: {
          x: { time: false, ...(options.ownPlaces && { range: (_, least, most) => roomy(least, most) }) },
          ...(within && { y: { range: (_, least, most) => clamped(roomy(least, most), within) } }),
        },
        axes: [
          {
            ...axis,
            size: 28,
            ...(options.ownPlaces && {
              // Bars stand where its lines would.
              grid: { show: false },
              splits: (self) => [...self.data[0]],
              values: (_, marks) => marks.map(String),
            }),
          },
          {
            ...axis,
            // Wide enough for a learning rate such as 1.5e-4.
            size: 62,
            values: (_, marks) => marks.map(short),
          },
        ],
        series: [
          {},
          { stroke: line, width: 2, spanGaps: true, points: { show: options.points ?? false, size: 6, fill: line } },
          // Only so that the axis has room for them.
          ...(bounds ? [UNSEEN, UNSEEN] : []),
        ],
        hooks: {
          draw: [
            (self) => {
              if (bounds) drawBounds(self, bounds, line);
            },
            (self) => {
              if (mark === null) return;
              const x = self.valToPos(mark, 'x', true);
              self.ctx.save();
              self.ctx.strokeStyle = foreground;
              self.ctx.setLineDash([4, 4]);
              self.ctx.beginPath();
              self.ctx.moveTo(x, self.bbox.top);
              self.ctx.lineTo(x, self.bbox.top + self.bbox.height);
              self.ctx.stroke();
              self.ctx.restore();
            },
          ],
        },
      },
      data,
      holder,
    );
  };
  return {
    root,
    draw(steps: number[], values: (number | null)[], marked: number | null, around?: Bounds): void {
      mark = marked;
      bounds = around;
      const last = values.findLast((value) => value !== null);
      holder.setAttribute('aria-label', last === undefined ? title : `${title}: ${last?.toPrecision(3)}`);
      const data: uPlot.AlignedData = [steps, values, ...(around ? [around.low, around.high] : [])];
      if (plot) plot.setData(data);
      else if (steps.length > 0) plot = make(data);
    },
    /** After a change of the theme, whose colours are drawn in. */
    recolour(): void {
      const data = plot?.data;
      plot?.destroy();
      plot = data && make(data);
    },
  };
}

/** The range with room at both ends, so that no mark is cut. */
function roomy(least: number, most: number): [least: number, most: number] {
  const room = (most - least || 1) * ROOM;
  return [least - room, most + room];
}

/** Without what no value can be; the ends of the limits keep a little room. */
function clamped([low, high]: readonly [number, number], [least, most]: readonly [number, number]): [number, number] {
  const room = (most - least) * 0.02;
  return [Math.max(low, least - room), Math.min(high, most + room)];
}

/** Bars with ends from low to high at each place. */
function drawBounds({ ctx, data, valToPos }: uPlot, { low, high }: Bounds, colour: string): void {
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.beginPath();
  for (const [i, place] of data[0].entries()) {
    const x = valToPos(place, 'x', true);
    const [bottom, top] = [low[i]!, high[i]!].map((value) => valToPos(value, 'y', true));
    ctx.moveTo(x, bottom!);
    ctx.lineTo(x, top!);
    for (const y of [bottom!, top!]) {
      ctx.moveTo(x - END * devicePixelRatio, y);
      ctx.lineTo(x + END * devicePixelRatio, y);
    }
  }
  ctx.stroke();
  ctx.restore();
}

/** uPlot's own labels round a learning rate to 0. */
function short(value: number): string {
  return value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
