// A model that cannot be fine-tuned is refused by name, operator and node, before anything is computed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GraphBuilder } from '../../../src/autodiff/builder.ts';
import { DifferentiationError } from '../../../src/autodiff/rule.ts';
import { UserError } from '../../../src/core/errors.ts';
import { asNotTrainable, requireTrainable } from '../../../src/engine/training/trainable.ts';

const weight = { dims: [2, 2], data: new Float32Array(4) };

function model(op: string) {
  const b = GraphBuilder.empty('encoder');
  const w = b.input('w', 'float32', [2, 2]);
  const x = b.input('x', 'float32', ['batch', 2]);
  b.output(b.op(op, [b.matmul(x, w)]));
  return { graph: b.graph, weights: new Map([['w', weight]]) };
}

describe('requireTrainable', () => {
  it('names model, operator and node where a rule is missing', () => {
    assert.throws(
      () => requireTrainable('acme/encoder', model('Hardmax')),
      (error) =>
        error instanceof UserError &&
        error.code === 'not-trainable' &&
        /acme\/encoder.*Hardmax.*Hardmax\/Hardmax_/.test(error.message),
    );
  });

  it('accepts a graph whose operators all have rules', () => {
    requireTrainable('acme/encoder', model('Tanh'));
  });
});

describe('asNotTrainable', () => {
  it("tells what a rule refused as the user's error and leaves faults alone", () => {
    const refused = asNotTrainable(
      'm',
      new DifferentiationError('Pow', 'n1', 'No gradient is known for a trained exponent'),
    );
    assert.ok(refused instanceof UserError && refused.code === 'not-trainable');
    const fault = new TypeError('x is undefined');
    assert.equal(asNotTrainable('m', fault), fault);
  });
});
