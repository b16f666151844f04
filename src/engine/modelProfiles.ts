// What the files of well-known models do not say: prefixes, pooling, longest input. By name, guarded by shape.
import type { Pooling } from './encoder.ts';

/** One family of models. */
export interface KnownProfile {
  /** Matches the last part of a model's name, in lower case. */
  name: RegExp;
  pooling: Pooling;
  queryPrefix?: string;
  passagePrefix?: string;
  maxTokens?: number;
  /** A model of another vocabulary only shares the name. */
  vocabulary?: readonly number[];
}

const BERT_ZH = [21128];
const BERT_EN = [30522];
const XLM_R = [250002, 250037];
const MPNET = [30527];
const ROBERTA = [50265];
const SEARCHING = 'Represent this sentence for searching relevant passages: ';

// First match wins. Sources: the models' cards and BAAI's, moka's, Youdao's and sentence-transformers' repositories.
const PROFILES: readonly KnownProfile[] = [
  // The embedded model, and what was tuned from it: its vocabulary may change from one version to the next.
  { name: /^kb-recall-small/, pooling: 'mean' },
  { name: /m3e-(small|base|large)/, pooling: 'mean', vocabulary: BERT_ZH },
  { name: /bge-(small|base|large)-zh-noinstruct/, pooling: 'cls', vocabulary: BERT_ZH },
  {
    name: /bge-(small|base|large)-zh/,
    pooling: 'cls',
    queryPrefix: '为这个句子生成表示以用于检索相关文章：',
    vocabulary: BERT_ZH,
  },
  {
    name: /bge-(small|base|large)-en/,
    pooling: 'cls',
    queryPrefix: SEARCHING,
    vocabulary: BERT_EN,
  },
  { name: /bge-m3/, pooling: 'cls', vocabulary: XLM_R },
  { name: /bce-embedding-base/, pooling: 'cls', vocabulary: XLM_R },
  {
    name: /multilingual-e5-.*instruct/,
    pooling: 'mean',
    queryPrefix: 'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ',
    vocabulary: XLM_R,
  },
  {
    name: /multilingual-e5-(small|base|large)/,
    pooling: 'mean',
    queryPrefix: 'query: ',
    passagePrefix: 'passage: ',
    vocabulary: XLM_R,
  },
  {
    name: /e5-(small|base|large)/,
    pooling: 'mean',
    queryPrefix: 'query: ',
    passagePrefix: 'passage: ',
    vocabulary: BERT_EN,
  },
  { name: /all-minilm-l6-v2/, pooling: 'mean', maxTokens: 256, vocabulary: BERT_EN },
  { name: /all-minilm-l12-v2/, pooling: 'mean', maxTokens: 128, vocabulary: BERT_EN },
  { name: /paraphrase-multilingual-(minilm-l12|mpnet-base)-v2/, pooling: 'mean', maxTokens: 128, vocabulary: XLM_R },
  { name: /all-mpnet-base-v2/, pooling: 'mean', maxTokens: 384, vocabulary: MPNET },
  { name: /all-distilroberta-v1/, pooling: 'mean', maxTokens: 512, vocabulary: ROBERTA },
  // The "dot" models pool the first token and were trained without normalisation; here their vectors are normalised like all others.
  { name: /multi-qa-(mpnet-base|distilbert)-dot-v1/, pooling: 'cls', vocabulary: [...MPNET, ...BERT_EN] },
  { name: /multi-qa-(mpnet-base|distilbert|minilm-l6)-cos-v1/, pooling: 'mean', vocabulary: [...MPNET, ...BERT_EN] },
  { name: /text2vec-base-chinese$/, pooling: 'mean', maxTokens: 128, vocabulary: BERT_ZH },
  { name: /snowflake-arctic-embed-(xs|s|m|l)$/, pooling: 'cls', queryPrefix: SEARCHING, vocabulary: BERT_EN },
  { name: /mxbai-embed-large-v1/, pooling: 'cls', queryPrefix: SEARCHING, vocabulary: BERT_EN },
  // The later gte models (-zh, -v1.5) pool the first token; their 1_Pooling says so, hence only the first three here.
  { name: /gte-(small|base|large)$/, pooling: 'mean', vocabulary: BERT_EN },
];

/**
 * The family of the first of `names` that is known, and whether the vocabulary contradicts it.
 * Names may be hub names or paths; only their last part counts.
 */
export function findProfile(
  names: readonly (string | undefined)[],
  vocabulary: number,
): { profile?: KnownProfile; misfit?: string } {
  for (const name of names) {
    const last = name
      ?.split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1);
    const profile = last === undefined ? undefined : PROFILES.find((entry) => entry.name.test(last.toLowerCase()));
    if (profile) {
      const fits = profile.vocabulary?.includes(vocabulary) ?? true;
      return fits ? { profile } : { misfit: last };
    }
  }
  return {};
}
