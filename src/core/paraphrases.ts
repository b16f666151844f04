// Other wordings of a question, made by rules of form and without a language model: the terse ways in which people type what they ask.

/** Most wordings made of one question. */
const MOST = 2;

/** Words of English questions that say nothing about what is asked for. */
const STOP_WORDS = new Set(
  "a am an and are as at be been being but by can could did do does for from had has have he her his how i if in into is it its me my of on or our out shall she should so than that the their them then there these they this those to was we were what what's when where which who whom whose why will with would you your please".split(
    ' ',
  ),
);

/** Openings of English questions, longest first, with what people type instead. */
const OPENINGS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:how (?:do|can|could|should|would|does|did) (?:i|we|you|one|someone|people)|what is the (?:best )?way to|what do (?:i|we|you) (?:have|need) to do to)\s+/i,
    'how to ',
  ],
  [/^how to\s+/i, 'how do I '],
  [/^(?:what|who) (?:is|are)\s+(?:an?\s+|the\s+)?/i, ''],
  [/^what does\s+(.+?)\s+mean$/i, 'meaning of $1'],
  [/^(?:can|could|may|do|does|is it possible for|am|are|should) (?:i|we|you|one|me|us)\s+(?:to\s+)?/i, ''],
  [/^(?:is|are) (?:there|it possible to)\s+/i, ''],
  [/^(?:where|when) (?:do|can|could|should|will) (?:i|we|you)\s+/i, ''],
];

/** The same in Chinese; what the first group caught stays. */
const OPENINGS_HAN: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:请问)?(?:我|我们|您|你)?(?:应该|应当|该|可以|能|要)?(?:如何|怎么样|怎么|怎样)(?:才能|才可以|去|来)?(.+)$/,
    '怎么$1',
  ],
  [/^(?:请问)?什么是(.+)$/, '$1是什么'],
  [/^(.+?)是什么(?:意思)?$/, '什么是$1'],
  [/^(?:请问)?(?:为什么|为何)(.+)$/, '$1原因'],
  [/^(?:请问)?(?:我|我们|您|你)?(?:是否可以|是否能够|是否能|能否|可否|可以|能不能|可不可以|能)(.+?)吗?$/, '$1'],
  [/^(?:请问)?(.+?)(?:有哪些|是哪些)$/, '哪些$1'],
];
const FILLERS_HAN =
  /请问|麻烦|什么是|是什么|有哪些|是哪些|一下|我们的?|我的?|您的?|你的?|如何|怎么样?|怎样|什么|为何|为什么|是否|可以|能否|能够|哪些|哪个|吗|呢|吧|啊|了|的|？|\?/g;

/**
 * At most two other wordings, the one of another form first, then the key words alone; none where a rule would leave less than two words
 * (four Chinese characters) or the same text. Made for training: an answer to the question answers them, too.
 */
export function paraphrases(question: string): string[] {
  const plain = question.trim().replace(/[\s?？。.!！]+$/u, '');
  const isHan = /\p{Script=Han}/u.test(plain);
  const made = isHan
    ? [reopened(plain, OPENINGS_HAN), keyWordsHan(plain)]
    : [reopened(plain, OPENINGS), keyWords(plain)];
  const known = new Set([folded(plain)]);
  return made
    .filter((wording): wording is string => {
      if (wording === undefined || !isEnough(wording, isHan) || known.has(folded(wording))) return false;
      known.add(folded(wording));
      return true;
    })
    .slice(0, MOST);
}

function reopened(plain: string, openings: readonly (readonly [RegExp, string])[]): string | undefined {
  for (const [opening, instead] of openings) {
    if (!opening.test(plain)) continue;
    const turned = plain.replace(opening, instead).trim();
    // "How do I tell X from Y" and "怎么怎么办" are no wordings of anybody.
    return turned === '' ? undefined : turned.replace(/^怎么(?=怎么)/, '');
  }
  return undefined;
}

function keyWords(plain: string): string {
  const words = plain
    .split(/\s+/)
    .filter((word) => !STOP_WORDS.has(word.toLowerCase().replace(/[^\p{L}\p{N}']/gu, '')));
  return words.join(' ').replace(/[,;:]+(?=\s|$)/g, '');
}

function keyWordsHan(plain: string): string {
  return plain
    .replace(FILLERS_HAN, ' ')
    .replace(/[，。、；：,;:\s]+/g, ' ')
    .trim();
}

const folded = (text: string): string => text.toLowerCase().replace(/[\s\p{P}]+/gu, '');

function isEnough(wording: string, isHan: boolean): boolean {
  return isHan ? (wording.match(/[\p{L}\p{N}]/gu) ?? []).length >= 4 : wording.split(/\s+/).length >= 2;
}
