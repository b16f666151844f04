// What a fine-tuning may change.

/** `all`: every weight. `layers`: the word vectors stay as they are; less is forgotten, and the use of a word is not learnt. */
export const TRAINING_MODES = ['all', 'layers'] as const;
export type TrainingMode = (typeof TRAINING_MODES)[number];
