// Pairs that turn a sentence round (before and after, with and without, 前 and 后, 不): vectors of both sides are nearly the same.
import { type Detector, listed } from './cause.ts';
import { headingLikeness, likeness } from './likeness.ts';
import { type PlainSnippet, plainSnippet } from './words.ts';

/** Both sides of a pair; an unmarked side (with, can, is) has no pattern: it is where the marked one is absent. */
interface Pair {
  name: string;
  one: RegExp;
  other?: RegExp;
}

const pair = (name: string, one: string, other?: string): Pair => ({
  name,
  one: pattern(one),
  ...(other !== undefined && { other: pattern(other) }),
});

/** English alternatives are whole words; Chinese ones stand anywhere. */
function pattern(alternatives: string): RegExp {
  return /\p{Script=Han}/u.test(alternatives)
    ? new RegExp(alternatives, 'u')
    : new RegExp(`(?<![a-z])(?:${alternatives})(?![a-z])`, 'u');
}

const PAIRS: readonly Pair[] = [
  pair('before / after', 'before|prior to|ahead of|until', 'after|once|following|since'),
  pair(
    '前 / 后',
    '(?<!目|当|提|眼)前(?!台|端|提|景|置|面|期|往|来|缀|言|十|三|五|两)',
    '(?<!然|售|最|今|背|先|落)后(?!台|端|续|果|勤|面|缀|悔|备)',
  ),
  pair(
    'enable / disable',
    'enabl\\w*|turn(?:ed|ing)? on|switch(?:ed|ing)? on|activat\\w*',
    'disabl\\w*|turn(?:ed|ing)? off|switch(?:ed|ing)? off|deactivat\\w*',
  ),
  pair('开启 / 关闭', '开启|打开|启用|开通', '关闭|停用|禁用|注销|关停'),
  pair('increase / decrease', 'increas\\w*|rais(?:e|es|ed|ing)|grow\\w*', 'decreas\\w*|reduc\\w*|lower(?:s|ed|ing)?'),
  pair('增加 / 减少', '增加|提高|调高|上调', '减少|降低|调低|下调'),
  pair('upgrade / downgrade', 'upgrad\\w*', 'downgrad\\w*'),
  pair('升级 / 降级', '升级', '降级'),
  pair('lock / unlock', 'lock(?:s|ed|ing)?', 'unlock(?:s|ed|ing)?'),
  pair('inside / outside', 'inside|within|during', 'outside|beyond'),
  pair('以内 / 以外', '以内|之内|境内|国内|室内|省内|市内', '以外|之外|境外|国外|海外|室外|省外|市外'),
  pair('more / less', 'more than|over|above|exceed\\w*|at least', 'less than|under|below|at most|up to'),
  pair(
    '超过 / 不足',
    '(?<!未|不|没有)超过|(?<!未|不)满(?=[\\d一二两三四五六七八九十百千万])|高于|大于|以上',
    '不足|未满|未超过|不超过|不满(?!意|足)|低于|小于|以下',
  ),
  pair('include / exclude', 'includ\\w*', 'exclud\\w*'),
  pair('online / offline', 'online', 'offline'),
  pair('线上 / 线下', '线上|在线', '线下|离线'),
  pair('import / export', 'import\\w*', 'export\\w*'),
  pair('导入 / 导出', '导入', '导出'),
  pair('add / remove', 'add(?:s|ed|ing)?', 'remov\\w*|delet\\w*'),
  pair('添加 / 删除', '添加|新增|加入', '删除|移除|退出'),
  pair('绑定 / 解绑', '(?<!解除)绑定', '解绑|解除绑定'),
  pair('allowed / forbidden', 'allow(?:s|ed)|permit(?:s|ted)', 'forbid\\w*|prohibit\\w*|banned'),
  pair('允许 / 禁止', '允许', '禁止|严禁'),
  pair('with / without', "without|no|not|never|cannot|\\w+n't|missing|lacks?"),
  pair('不、未、无', '不(?!同|过|仅|断|要紧|管)|未(?!来)|没有?|无(?!线|人机|障碍|锡)|非(?!常)|免(?!费)|拒绝?'),
];
/** `unpaid` and `paid`, `non-refundable` and `refundable`. */
const PREFIX =
  /(?<![a-z])(?:un|non-?|dis(?=agree|allow|approv|connect|continu)|in(?=activ|complet|correct|eligib|valid|visib)|ir(?=regular))(?=[a-z]{4})([a-z]+)/g;

/** Snippets about different things differ in such words by chance: so alike are their texts or their headings at least. */
const SAME_SUBJECT = 0.3;

/** Evidence: the pair, and the winner's title. */
export const oppositeCondition: Detector = ({ question, answer, winner }) => {
  if (!winner) return undefined;
  if (Math.max(likeness(answer, winner), headingLikeness(answer, winner)) < SAME_SUBJECT) return undefined;
  const asked = question.text.normalize('NFKC').toLowerCase();
  const [mine, theirs] = [plainSnippet(answer), plainSnippet(winner)];
  const found = PAIRS.filter((each) => turns(each, asked, mine, theirs)).map(({ name }) => name);
  const prefixed = prefixPair(asked, mine, theirs);
  if (prefixed) found.push(prefixed);
  return found.length > 0 ? [listed(found), winner.title] : undefined;
};

/** Whether the question and the answer stand on one side of a pair, the winner on the other. */
function turns({ one, other }: Pair, asked: string, answer: PlainSnippet, winner: PlainSnippet): boolean {
  if (!other) {
    const marked = one.test(asked);
    return headed(answer, (text) => one.test(text) === marked) && headed(winner, (text) => one.test(text) !== marked);
  }
  const [first, second] = [one.test(asked), other.test(asked)];
  if (first === second) return false;
  const [same, opposite] = first ? [one, other] : [other, one];
  const stands = (text: string): boolean => same.test(text) && !opposite.test(text);
  const opposes = (text: string): boolean => opposite.test(text) && !same.test(text);
  return headed(answer, stands) ? headed(winner, opposes) : stands(answer.body) && opposes(winner.body);
}

/** Of the heading path's last part, where a section says what it is about. */
function headed({ heading }: PlainSnippet, holds: (text: string) => boolean): boolean {
  return heading !== '' && holds(heading.slice(heading.lastIndexOf(' > ') + 1));
}

/** The word that question and answer have with a negating prefix and the winner without, or the other way round. */
function prefixPair(asked: string, answer: PlainSnippet, winner: PlainSnippet): string | undefined {
  const negated = (text: string): string[] => [...text.matchAll(PREFIX)].map((match) => match[1]!);
  const has = (text: string, word: string): boolean => new RegExp(`(?<![a-z])${word}`).test(text);
  const all = (text: PlainSnippet): string => `${text.heading}\n${text.body}`;
  const [mine, theirs] = [all(answer), all(winner)];
  const isPair = (negative: string, positive: string, word: string): boolean =>
    negated(negative).includes(word) && has(positive, word) && !negated(positive).includes(word);
  const words = new Set([...negated(asked), ...negated(theirs)]);
  for (const word of words) {
    const askedNegated = negated(asked).includes(word);
    if (!askedNegated && !has(asked, word)) continue;
    if (
      askedNegated
        ? negated(mine).includes(word) && isPair(asked, theirs, word)
        : has(mine, word) && isPair(theirs, asked, word) && !negated(mine).includes(word)
    )
      return `${word} / ~${word}`;
  }
  return undefined;
}
