// The model is used otherwise than models of its family are: every question suffers.
import type { Detector, ModelMisuse } from './cause.ts';

/** Evidence: what is used otherwise, how it is used, and how models of this family are used; of the first that differs. */
export const modelUse: Detector = ({ around }) => {
  const [first] = around.misuses;
  return first && misuseEvidence(first);
};

const misuseEvidence = ({ part, used, expected }: ModelMisuse): string[] => [part, quoted(used), quoted(expected)];

const quoted = (text: string): string => (text === '' ? '–' : `"${text}"`);
