// The table of gradient rules by operator, and the operators through which no gradient flows.
import type { Rule } from '../rule.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { LINALG } from './linalg.ts';
import { MOVEMENT } from './movement.ts';
import { NORMALIZATION } from './normalization.ts';
import { REDUCTION } from './reduction.ts';

export const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({ ...ELEMENTWISE, ...LINALG, ...MOVEMENT, ...NORMALIZATION, ...REDUCTION }),
);

/** Operators whose outputs are integers, booleans or shapes, or whose gradient is zero everywhere. */
export const NON_DIFFERENTIABLE: ReadonlySet<string> = new Set([
  'Shape',
  'Size',
  'Constant',
  'ConstantOfShape',
  'Range',
  'CumSum',
  'NonZero',
  'Equal',
  'Not',
  'And',
  'Or',
  'Greater',
  'GreaterOrEqual',
  'Less',
  'LessOrEqual',
  'IsNaN',
  'Sign',
  'Floor',
  'Ceil',
  'Round',
  'ArgMax',
  'ArgMin',
  'OneHot',
  'EyeLike',
  'RandomNormal',
  'Trilu',
  'Mod',
]);
