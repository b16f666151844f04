// A knowledge base of any size in plain English: the house rules of many invented sites, no two sections alike.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Random, seededRandom } from '../../src/core/random.ts';

const TOWNS = ['Alder', 'Birch', 'Cedar', 'Dover', 'Elm', 'Fenwick', 'Garnet', 'Harrow', 'Ivy', 'Juniper'];
const KINDS = ['Yard', 'Mill', 'Depot', 'House', 'Wharf', 'Court'];
const SUBJECTS = [
  ['Parking', 'Staff park', 'where may I leave my car'],
  ['Canteen', 'Lunch is served', 'when can I eat'],
  ['Keys', 'Keys are handed out', 'how do I get a key'],
  ['Visitors', 'Guests sign in', 'may I bring a guest'],
  ['Deliveries', 'Lorries unload', 'where does a lorry unload'],
  ['Fire drill', 'Everyone gathers', 'where do we meet when the alarm rings'],
  ['Heating', 'Radiators are set', 'why is it cold in here'],
  ['Bicycles', 'Bicycles are locked up', 'where can I lock my bike'],
  ['Lost property', 'Found things are kept', 'I have lost my umbrella'],
  ['Cleaning', 'Rooms are swept', 'who cleans the rooms'],
  ['Lift', 'The lift is serviced', 'the lift is out of order'],
  ['Post', 'Letters are collected', 'when does the post go'],
  ['First aid', 'Plasters and a stretcher lie', 'somebody is hurt'],
  ['Printers', 'Paper and toner are stored', 'the printer is empty'],
  ['Meeting rooms', 'Rooms are booked', 'how do I reserve a room'],
  ['Recycling', 'Cardboard and glass are sorted', 'where does old glass go'],
  ['Night shift', 'The night team starts', 'when does the night team begin'],
  ['Showers', 'Towels are changed', 'may I shower after running'],
  ['Lockers', 'A locker is lent', 'I need a place for my bag'],
  ['Noise', 'Machines are stopped', 'it is too loud'],
  ['Smoking', 'Smokers use the shelter', 'where may I smoke'],
  ['Dogs', 'Dogs stay', 'may my dog come along'],
  ['Ladders', 'Ladders are checked', 'who lends me a ladder'],
  ['Forklifts', 'Forklifts are charged', 'the forklift battery is flat'],
  ['Snow', 'Paths are cleared', 'who clears the snow'],
] as const;
const PLACES = [
  'behind the boiler room',
  'next to gate two',
  'on the first floor',
  'beside the reception desk',
  'in the old stable',
];
const PEOPLE = ['the caretaker', 'the shift leader', 'the site office', 'the porter', 'the safety officer'];
const REASONS = [
  'because the yard is narrow',
  'as the insurer asks',
  'so that the corridor stays free',
  'since the roof was repaired',
];

const slug = (text: string): string => text.toLowerCase().replaceAll(' ', '-');

/** Writes `sites` files of 25 sections each and one question file; the same for the same seed. At most 60 sites. */
export function generateBase(folder: string, sites: number, questions: number, seed = 1): void {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  mkdirSync(folder, { recursive: true });
  const asked: string[] = [];
  for (let site = 0; site < sites; site++) {
    const name = `${TOWNS[site % TOWNS.length]} ${KINDS[Math.floor(site / TOWNS.length)]}`;
    const sections = SUBJECTS.map(([title, opening]) => `## ${title}\n\n${paragraph(opening, name, pick, random)}\n`);
    writeFileSync(join(folder, `${slug(name)}.md`), `# ${name}\n\n${sections.join('\n')}`);
    for (const [title, , question] of SUBJECTS)
      asked.push(JSON.stringify({ question: `${name}: ${question}?`, answers: [`${slug(name)}.md#${slug(title)}`] }));
  }
  writeFileSync(join(folder, 'sites.questions.jsonl'), `${random.shuffle(asked).slice(0, questions).join('\n')}\n`);
}

function paragraph(opening: string, name: string, pick: <T>(values: readonly T[]) => T, random: Random): string {
  const hour = 6 + random.below(12);
  return [
    `${opening} ${pick(PLACES)} at ${name} from ${hour}:${10 + random.below(50)} on, ${pick(REASONS)}.`,
    `Ask ${pick(PEOPLE)} (extension ${100 + random.below(900)}) at least ${2 + random.below(20)} days ahead.`,
    `Exceptions are written down in folder ${random.below(1000)}, which ${pick(PEOPLE)} keeps ${pick(PLACES)}.`,
  ].join(' ');
}
