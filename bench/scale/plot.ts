// Cost against size as an SVG: both axes logarithmic, one line for each cost, its value at a million snippets as a hollow mark.

/** One cost at several sizes. */
export interface Series {
  name: string;
  /** Snippets, ascending, with the cost in seconds; more than 0. */
  points: { size: number; cost: number }[];
}

const WIDTH = 760;
const HEIGHT = 460;
const LEFT = 70;
const RIGHT = 210;
const TOP = 46;
const BOTTOM = 50;
const COLOURS = ['#0b6bcb', '#c0392b', '#1e8449', '#8e44ad', '#b9770e', '#117a65', '#566573', '#d35400'];

/**
 * The cost at `size` on the line through the two largest sizes, cost = fixed + slope x size; at least that of the largest size. With one
 * size the cost is taken to be proportional.
 */
export function extrapolate({ points }: Series, size: number): number {
  const last = points.at(-1)!;
  const before = points.at(-2) ?? { size: 0, cost: 0 };
  const slope = (last.cost - before.cost) / (last.size - before.size);
  return Math.max(last.cost, last.cost + slope * (size - last.size));
}

/** Draws the series; `beyond` is the size to extrapolate to. */
export function plotSvg(title: string, series: readonly Series[], beyond: number): string {
  const lines = series.filter(({ points }) => points.length > 0);
  const sizes = [...lines.flatMap(({ points }) => points.map(({ size }) => size)), beyond];
  const costs = lines.flatMap((each) => [...each.points.map(({ cost }) => cost), extrapolate(each, beyond)]);
  const [fromSize, toSize] = [Math.min(...sizes), Math.max(...sizes)].map(Math.log10) as [number, number];
  const [low, high] = [Math.floor(Math.log10(Math.min(...costs))), Math.ceil(Math.log10(Math.max(...costs)))];
  const x = (size: number): number =>
    LEFT + ((Math.log10(size) - fromSize) / (toSize - fromSize)) * (WIDTH - LEFT - RIGHT);
  const y = (cost: number): number =>
    HEIGHT - BOTTOM - ((Math.log10(cost) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const out: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="24" font-size="15">${escaped(title)}</text>`,
  ];
  for (let power = low; power <= high; power++) {
    const at = y(10 ** power).toFixed(1);
    out.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#ddd"/>`);
    out.push(`<text x="${LEFT - 8}" y="${at}" dy="4" text-anchor="end">${secondsText(10 ** power)}</text>`);
  }
  for (const size of new Set(sizes)) {
    const at = x(size).toFixed(1);
    out.push(`<line x1="${at}" x2="${at}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#eee"/>`);
    out.push(`<text x="${at}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${size.toLocaleString('en')}</text>`);
  }
  out.push(`<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">snippets</text>`);
  const labels = lines
    .map((each, i) => ({ name: each.name, colour: COLOURS[i % COLOURS.length]!, at: y(extrapolate(each, beyond)) }))
    .sort((a, b) => a.at - b.at);
  // Labels that would lie on each other move down.
  for (const [i, label] of labels.entries()) if (i > 0) label.at = Math.max(label.at, labels[i - 1]!.at + 15);
  lines.forEach((each, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const path = each.points.map(({ size, cost }) => `${x(size).toFixed(1)},${y(cost).toFixed(1)}`);
    const end = `${x(beyond).toFixed(1)},${y(extrapolate(each, beyond)).toFixed(1)}`;
    out.push(`<polyline points="${path.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    out.push(`<polyline points="${path.at(-1)} ${end}" fill="none" stroke="${colour}" stroke-dasharray="4 4"/>`);
    for (const point of path) {
      const [cx, cy] = point.split(',');
      out.push(`<circle cx="${cx}" cy="${cy}" r="3.5" fill="${colour}"/>`);
    }
    const [cx, cy] = end.split(',');
    out.push(`<circle cx="${cx}" cy="${cy}" r="3.5" fill="#fff" stroke="${colour}"/>`);
  });
  for (const { name, colour, at } of labels)
    out.push(`<text x="${WIDTH - RIGHT + 12}" y="${at.toFixed(1)}" dy="4" fill="${colour}">${escaped(name)}</text>`);
  out.push('</svg>');
  return `${out.join('\n')}\n`;
}

/** A time as people read it. */
export function secondsText(seconds: number): string {
  if (seconds < 0.9995) return `${Number((seconds * 1000).toPrecision(3))} ms`;
  if (seconds < 600) return `${Number(seconds.toPrecision(3))} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Number((seconds / 3600).toPrecision(2))} h`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
