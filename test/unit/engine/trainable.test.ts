// A model that cannot be fine-tuned is refused by name, operator and node, before anything is computed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GraphBuilder } from '../../../src/autodiff/builder.ts';
import { DifferentiationError } from '../../../src/autodiff/rule.ts';
import { UserError } from '../../../src/core/errors.ts';
import type { ModelWeights } from '../../../src/engine/modelWeights.ts';
import { asNotTrainable, requireTrainable } from '../../../src/engine/training/trainable.ts';

const FOLDER = {
  id: 'acme/encoder',
  path: '/models/acme/encoder',
  config: { model_type: 'odd', hidden_size: 2, num_hidden_layers: 1, num_attention_heads: 1, vocab_size: 5 },
};

/** Two numbers for each token, out of a table. */
function model(finish: (b: GraphBuilder, words: string) => string): ModelWeights {
  const b = GraphBuilder.empty('encoder');
  const words = b.input('w', 'float32', [5, 2]);
  const ids = b.input('input_ids', 'int64', ['batch', 'sequence']);
  b.input('attention_mask', 'int64', ['batch', 'sequence']);
  b.output(finish(b, b.op('Gather', [words, ids])));
  return { graph: b.graph, weights: new Map([['w', { dims: [5, 2], data: new Float32Array(10).fill(0.5) }]]) };
}
const one = (op: string): ModelWeights => model((b, words) => b.op(op, [words]));

describe('requireTrainable', () => {
  it('names model, operator and node where a rule is missing', async () => {
    await assert.rejects(requireTrainable(FOLDER, one('Hardmax')), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.code, 'not-trainable');
      assert.match(error.message, /acme\/encoder.*Hardmax.*Hardmax\/Hardmax_/);
      return true;
    });
  });

  it('names them where a rule does not know how the operator is used, before any training', async () => {
    const trained = model((b, words) => b.op('Pow', [words, words]));
    await assert.rejects(requireTrainable(FOLDER, trained), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.code, 'not-trainable');
      assert.match(error.message, /acme\/encoder.*a trained exponent.*operator Pow, node Pow\/Pow_1 /);
      return true;
    });
  });

  it('refuses a model without weights, and a quantised one with the way out', async () => {
    await assert.rejects(requireTrainable(FOLDER, { ...one('Tanh'), weights: new Map() }), {
      code: 'not-trainable',
      message: /no weights/,
    });
    await assert.rejects(requireTrainable(FOLDER, { ...one('Tanh'), quantised: 'MatMulInteger' }), {
      code: 'model-quantised',
      message: /acme\/encoder.*MatMulInteger.*evaluated, but not fine-tuned/,
      action: /model\.safetensors/,
    });
  });

  it('accepts a graph whose operators all have rules', () => requireTrainable(FOLDER, one('Tanh')));
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
