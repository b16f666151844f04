// A knowledge base of any size, so that an indexing lasts long enough to be stopped: pages of a parts catalogue, all different.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const PARTS = [
  'hinge',
  'drawer rail',
  'cam lock',
  'shelf pin',
  'castor',
  'handle',
  'back panel',
  'glass door',
  'plinth',
  'lamp',
];
const FINISHES = ['white', 'oak', 'ash', 'graphite', 'brass', 'sage', 'cherry', 'walnut'];
const CARE = [
  'Wipe with a damp cloth and dry at once; do not use scouring powder.',
  'Tighten the screws by hand after the first week, then once a year.',
  'Spare pieces come in bags of four and are listed by the number on the label.',
  'Returns are taken within sixty days when the bag has not been opened.',
];
const PER_PAGE = 50;

/** Writes `snippets` sections into `folder`, and one question file about the first page. */
export async function writeBigBase(folder: string, snippets: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let page = 0; page * PER_PAGE < snippets; page++) {
    const sections = Array.from({ length: Math.min(PER_PAGE, snippets - page * PER_PAGE) }, (_, i) =>
      section(page * PER_PAGE + i),
    );
    await writeFile(join(folder, `catalogue-${page}.md`), `# Catalogue ${page}\n\n${sections.join('\n')}`);
  }
  const question = {
    question: `How do I look after part 10000?`,
    answers: ['catalogue-0.md#part-10000'],
    split: 'test',
  };
  await writeFile(join(folder, 'catalogue.questions.jsonl'), `${JSON.stringify(question)}\n`);
}

function section(i: number): string {
  const part = PARTS[i % PARTS.length]!;
  const finish = FINISHES[Math.floor(i / PARTS.length) % FINISHES.length]!;
  const text = CARE.map(
    (sentence, at) => `${sentence} Series ${i * 7 + at} of the ${finish} ${part} fits frame ${i + at}.`,
  );
  return `## Part ${10_000 + i}\n\nThe ${part} in ${finish}, number ${10_000 + i}. ${text.join(' ')}\n`;
}
