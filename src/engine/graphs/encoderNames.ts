// What Hugging Face calls the parts of an encoder in each family; the layers are the same everywhere.

/** Families whose standard graph can be built. RoBERTa, XLM-RoBERTa and CamemBERT use BERT's names. */
export type Family = 'bert' | 'distilbert' | 'mpnet';

/** Names of the modules of one layer, without `.weight` and `.bias`. */
export interface LayerNames {
  query: string;
  key: string;
  value: string;
  /** The product behind the heads, and the normalisation after it. */
  joined: string;
  joinedNorm: string;
  /** The two products of the feed-forward part, and the normalisation after them. */
  inner: string;
  outer: string;
  outerNorm: string;
}

const FEED_FORWARD = { inner: 'intermediate.dense', outer: 'output.dense', outerNorm: 'output.LayerNorm' };

const LAYERS: Record<Family, { stem: string; parts: LayerNames }> = {
  bert: {
    stem: 'encoder.layer',
    parts: {
      query: 'attention.self.query',
      key: 'attention.self.key',
      value: 'attention.self.value',
      joined: 'attention.output.dense',
      joinedNorm: 'attention.output.LayerNorm',
      ...FEED_FORWARD,
    },
  },
  distilbert: {
    stem: 'transformer.layer',
    parts: {
      query: 'attention.q_lin',
      key: 'attention.k_lin',
      value: 'attention.v_lin',
      joined: 'attention.out_lin',
      joinedNorm: 'sa_layer_norm',
      inner: 'ffn.lin1',
      outer: 'ffn.lin2',
      outerNorm: 'output_layer_norm',
    },
  },
  mpnet: {
    stem: 'encoder.layer',
    parts: {
      query: 'attention.attn.q',
      key: 'attention.attn.k',
      value: 'attention.attn.v',
      joined: 'attention.attn.o',
      joinedNorm: 'attention.LayerNorm',
      ...FEED_FORWARD,
    },
  },
};

/** The modules of layer `index`, counted from 0. */
export function layerNames(family: Family, index: number): LayerNames {
  const { stem, parts } = LAYERS[family];
  const named = Object.entries(parts).map(([part, name]) => [part, `${stem}.${index}.${name}`]);
  return Object.fromEntries(named) as unknown as LayerNames;
}

/** MPNet's table of relative positions, buckets x heads. */
export const RELATIVE_BIAS = 'encoder.relative_attention_bias.weight';
