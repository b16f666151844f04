// Questions from definitions: "A care plan is a …", "X 是指…".
import type { Sentence } from '../sentences.ts';
import { asked, inSentence } from './wording.ts';

/** The subject of a definition: up to five words, then the verb, and for `is` and `are` an article or the like. */
const ENGLISH =
  /^(?<article>(?:an?|the)\s+)?(?<subject>[\p{L}\p{N}][\p{L}\p{N}'’/+#-]*(?:\s+[\p{L}\p{N}'’/+#-]+){0,4}?)\s+(?:(?<be>is|are)\s+(?<what>an?|the|any|our|one of)\b|(?<verb>means|refers to|stands for)\s)/iu;
/** Words that no thing's name begins with. */
const NO_NAME =
  /^(?:it|this|that|these|those|there|here|we|you|they|he|she|i|what|who|which|if|when|where|how|all|each|every|some|no|one|such|your|our|my|its|their|nothing|everything|anyone|not|only|first|next|also)\b/i;
/** Words that no thing's name holds: "the first thing to do is a restart" defines nothing. */
const NO_PART = /\b(?:to|that|which|who|not|and|or|only|can|will|must|than|thing|reason|way|problem)\b/i;

const CHINESE =
  /^[“"「『]?(?<subject>[^\s，。,；;：:、？！（）()“”"「」]{2,16}?)[”"」』]?(?:[（(][^）)]*[）)])?(?:是指|指的是|(?<meaning>的意思是|意味着)|是(?:一种|一个|一类|一项|一款|一套|一份))/u;
const NO_NAME_HAN =
  /^(?:这|那|它|他|她|其|此|该|本|如果|若|我|您|你|以下|上述|不|也|都|就|还|只|一般|通常|目前|有|因|对|每|但|而|所|如)/;

/** One question for each sentence that says what something is. */
export function definitionQuestions(sentences: readonly Sentence[]): string[] {
  return sentences.flatMap(({ text }) => english(text) ?? chinese(text) ?? []);
}

function english(sentence: string): string | undefined {
  const { article = '', subject, be, what, verb } = ENGLISH.exec(sentence)?.groups ?? {};
  if (!subject || NO_NAME.test(subject) || NO_PART.test(subject)) return undefined;
  // "Rail is the rule" says little of rail, "the resolver desk is the team that …" what it is.
  if (what?.toLowerCase() === 'the' && article === '' && !subject.includes(' ')) return undefined;
  const name = (article.toLowerCase() + (article ? subject : inSentence(subject))).replace(/\s+/g, ' ');
  if (be) return `What ${be.toLowerCase()} ${name}?`;
  return `What does ${name} ${verb === 'stands for' ? 'stand for' : 'mean'}?`;
}

function chinese(sentence: string): string | undefined {
  const { subject, meaning } = CHINESE.exec(sentence)?.groups ?? {};
  if (!subject || NO_NAME_HAN.test(subject)) return undefined;
  return asked(meaning ? `${subject}是什么意思` : `什么是${subject}`);
}
