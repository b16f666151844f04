// Types of the parts of @xenova/transformers 2.17 that tokenizer.ts uses. Its own declarations stand beside its index module,
// which would pull in the runtimes for images and audio; the sub-paths imported here have none.

declare module '@xenova/transformers/src/tokenizers.js' {
  export class PreTrainedTokenizer {
    constructor(tokenizerJson: object, tokenizerConfig: object);
    normalizer: import('./tokenizerCorrections.ts').Normalizer | null;
    pre_tokenizer: import('./tokenizerCorrections.ts').PreTokenizer | null;
    post_processor: { post_process(tokens: string[], pair: null, options: object): { tokens: string[] } } | null;
    model: {
      encode(words: string[]): string[];
      tokens_to_ids: Map<string, number>;
      unk_token_id: number | undefined;
      cache?: Map<string, string[]>;
    };
    added_tokens: { content: string; id: number }[];
    added_tokens_regex: RegExp | null;
    pad_token_id: number | undefined;
  }
}
