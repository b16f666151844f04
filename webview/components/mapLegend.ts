// What the marks and lines of the map stand for, drawn as the map draws them.
import type { PanelPoint } from '../../src/protocol/panel.ts';
import { type PanelContext, words } from '../context.ts';
import { h } from '../dom.ts';
import { type Colours, drawMark, MARKS, type Mark, markOf, penOf } from './mapCanvas.ts';

const SIZE = 18;

const NAMES: Record<Mark, string> = {
  'question.missed': 'map.questionMissed',
  'question.recalled': 'map.questionRecalled',
  'question.untested': '',
  'snippet.missed': 'map.snippetMissed',
  'snippet.recalled': 'map.snippetRecalled',
  'snippet.untested': 'map.snippetUntested',
};

/** `draw` is given the points that are shown: each kind is counted. */
export function mapLegend(context: PanelContext) {
  const entry = (name: string) => {
    const sample = h('canvas', { 'aria-hidden': 'true' }) as HTMLCanvasElement;
    const count = h('span', { class: 'quiet' });
    return { sample, count, root: h('li', {}, sample, h('span', {}, words(context, name)), count) };
  };
  const marks = [...MARKS].reverse().map((mark) => ({ mark, ...entry(NAMES[mark]) }));
  const lines = [
    { isWhole: true, ...entry('map.toExpected') },
    { isWhole: false, ...entry('map.toWinner') },
  ];
  return {
    root: h('ul', { class: 'legend' }, ...[...marks, ...lines].map(({ root }) => root)),
    draw(points: readonly PanelPoint[], colours: Colours): void {
      for (const { mark, sample, count } of marks) {
        drawMark(penOf(sample, SIZE, SIZE), mark, SIZE / 2, SIZE / 2, colours);
        count.textContent = String(points.filter((point) => markOf(point) === mark).length);
      }
      for (const { isWhole, sample } of lines) {
        const pen = penOf(sample, SIZE, SIZE);
        pen.strokeStyle = isWhole ? colours.good : colours.bad;
        pen.lineWidth = 1.5;
        pen.setLineDash(isWhole ? [] : [5, 4]);
        pen.moveTo(1, SIZE / 2);
        pen.lineTo(SIZE - 1, SIZE / 2);
        pen.stroke();
      }
    },
  };
}
