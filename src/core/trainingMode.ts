// What a fine-tuning may change.

/**
 * `all`: every weight. `layers`: the word vectors stay as they are; less is forgotten, and the use of a word is not learnt.
 * `top`: only the top layers, on kept values of those below.
 */
export const TRAINING_MODES = ['all', 'layers', 'top'] as const;
export type TrainingMode = (typeof TRAINING_MODES)[number];
