// The only importer of uPlot: one line over the steps of a training, in the editor's colours.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { h } from '../dom.ts';

const HEIGHT = 150;
/** Below the width of a narrow panel's content. */
const NARROWEST = 200;

/** A chart whose data can be changed; `mark` is a step to point out. */
export function chart(title: string, colour: string, options: { points?: boolean } = {}) {
  const root = h('figure', { class: 'chart' }, h('figcaption', {}, title));
  const holder = h('div', { role: 'img', 'aria-label': title });
  root.append(holder);
  let plot: uPlot | undefined;
  let mark: number | null = null;
  const width = (): number => Math.max(NARROWEST, root.clientWidth);
  new ResizeObserver(() => plot?.setSize({ width: width(), height: HEIGHT })).observe(root);
  const make = (data: uPlot.AlignedData): uPlot => {
    const of = (name: string): string => getComputedStyle(document.body).getPropertyValue(name).trim();
    const foreground = of('--vscode-foreground') || '#888';
    const grid = of('--vscode-widget-border') || '#8884';
    const axis = { stroke: foreground, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid }, size: 48 };
    const line = of(colour) || foreground;
    return new uPlot(
      {
        width: width(),
        height: HEIGHT,
        legend: { show: false },
        scales: { x: { time: false } },
        axes: [
          { ...axis, size: 28 },
          // Wide enough for a learning rate such as 1.5e-4.
          { ...axis, size: 62, values: (_, marks) => marks.map(short) },
        ],
        series: [
          {},
          { stroke: line, width: 2, spanGaps: true, points: { show: options.points ?? false, size: 6, fill: line } },
        ],
        hooks: {
          draw: [
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
    draw(steps: number[], values: (number | null)[], marked: number | null): void {
      mark = marked;
      const last = values.findLast((value) => value !== null);
      holder.setAttribute('aria-label', last === undefined ? title : `${title}: ${last?.toPrecision(3)}`);
      const data: uPlot.AlignedData = [steps, values];
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

/** uPlot's own labels round a learning rate to 0. */
function short(value: number): string {
  return value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
