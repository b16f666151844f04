"""Stores loss, vectors and gradients of tiny encoders as PyTorch computes them in double precision, and steps of its optimizers.

How to run (a minute; CPU wheels are enough):
    python3 -m venv /tmp/trainvenv && /tmp/trainvenv/bin/pip install torch transformers onnx safetensors numpy
    /tmp/trainvenv/bin/python test/reference/training_golden.py        # writes test/golden/gradients

weights.safetensors: one set of weights for BERT and XLM-RoBERTa (whose token type table is its first row), exact in half precision.
MODEL-POOLING.safetensors: `embeddings` (queries, then passages), and per weight its gradient as 16-bit integers, to be multiplied by
    the number that the metadata gives under the weight's name.
expected.json: {"config", "queries", "passages", "padIds", "cases": {name: {"loss", "targets", "bias", "fixed"}},
    "onnx": {file: {input: {"weight", "transposed"}}}}.
bert-opsetN.onnx: torch.onnx.export of the BERT with its weights as inputs; matrices lie transposed under names like onnx::MatMul_12.
optimizers.json: AdamW with decay and clipping, and SparseAdam: gradients of each step and the weights after it.
"""
import json, os, warnings
import numpy as np
import onnx
import torch
from safetensors.numpy import save_file
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

OUT = os.path.join(os.path.dirname(__file__), '..', 'golden', 'gradients')
SIZES = dict(vocab_size=60, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24, max_position_embeddings=20,
             hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation='eager')
TEMPERATURE = 0.05
QUERIES = [5, 3, 9, 1]
PASSAGES = [12, 4, 7, 1, 9, 6]
MASKED = -1e4


def model_of(family):
    if family == 'bert':
        config = BertConfig(**SIZES, type_vocab_size=2, pad_token_id=0, layer_norm_eps=1e-12)
        return BertModel(config, add_pooling_layer=False).eval()
    config = XLMRobertaConfig(**SIZES, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5)
    return XLMRobertaModel(config, add_pooling_layer=False).eval()


def random_weights():
    generator = torch.Generator().manual_seed(11)
    weights = {}
    for name, value in model_of('bert').state_dict().items():
        if not value.is_floating_point():
            continue
        noise = torch.randn(value.shape, generator=generator)
        norm = 'LayerNorm.weight' in name
        weights[name] = ((1 + 0.2 * noise) if norm else 0.25 * noise).half().float()
    return weights


def loaded(family, weights):
    model = model_of(family)
    own = {n: v[:1] if family == 'xlm-roberta' and 'token_type' in n else v for n, v in weights.items()}
    missing, unexpected = model.load_state_dict(own, strict=False)
    assert not unexpected and all('position_ids' in n or 'token_type_ids' in n for n in missing), (missing, unexpected)
    return model


def pack(texts, pad):
    longest = max(map(len, texts))
    ids = torch.tensor([t + [pad] * (longest - len(t)) for t in texts])
    mask = torch.tensor([[1] * len(t) + [0] * (longest - len(t)) for t in texts])
    return ids, mask


def embed(model, texts, pad, pooling):
    ids, mask = pack(texts, pad)
    hidden = model(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids)).last_hidden_state
    if pooling == 'cls':
        pooled = hidden[:, 0]
    else:
        weight = mask.to(hidden.dtype).unsqueeze(-1)
        pooled = (hidden * weight).sum(1) / weight.sum(1)
    return torch.nn.functional.normalize(pooled, dim=-1)


def relations(fixed):
    width = len(PASSAGES) + fixed
    targets, bias = torch.zeros(len(QUERIES), width), torch.zeros(len(QUERIES), width)
    for query, passage in enumerate([0, 2, 3, 5]):
        targets[query, passage] = 1
    targets[1, 2] = targets[1, 4] = 0.5
    bias[0, 1] = bias[3, 0] = MASKED
    if fixed:
        bias[2, width - 1] = MASKED
    return targets, bias


def whole_models(weights, texts):
    queries, passages = texts
    pads = {'bert': 0, 'xlm-roberta': 1}
    cases = {}
    for family, pad in pads.items():
        for pooling in ('mean', 'cls'):
            name = f'{family}-{pooling}'
            model = loaded(family, weights).double()
            fixed = 2 if name == 'bert-cls' else 0
            vectors = torch.randn(fixed, SIZES['hidden_size'], generator=torch.Generator().manual_seed(3))
            vectors = torch.nn.functional.normalize(vectors, dim=-1) if fixed else vectors
            targets, bias = relations(fixed)
            q, p = embed(model, queries, pad, pooling), embed(model, passages, pad, pooling)
            scores = q @ torch.cat([p, vectors.double()]).T / TEMPERATURE + bias.double()
            loss = -(targets.double() * torch.log_softmax(scores, -1)).sum(-1).mean()
            loss.backward()
            tensors = {'embeddings': torch.cat([q, p]).detach().float().numpy()}
            scales = {}
            for weight, value in model.named_parameters():
                gradient = value.grad.numpy()
                scale = float(np.abs(gradient).max()) / 32767
                scales[weight] = repr(scale)
                tensors[weight] = np.rint(gradient / scale).astype(np.int16)
            save_file(tensors, os.path.join(OUT, f'{name}.safetensors'), scales)
            cases[name] = dict(loss=loss.item(), targets=targets.ravel().tolist(), bias=bias.ravel().tolist(),
                               fixed=vectors.ravel().tolist())
    return cases, pads


class Exported(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids, mask, types):
        return self.model(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state


def exports(weights):
    ids, mask = pack([[5, 6, 7], [8, 9]], 0)
    names = ['input_ids', 'attention_mask', 'token_type_ids']
    axes = {n: {0: 'batch', 1: 'sequence'} for n in [*names, 'last_hidden_state']}
    maps = {}
    for opset in (14, 17):
        file = f'bert-opset{opset}.onnx'
        path = os.path.join(OUT, file)
        torch.onnx.export(Exported(loaded('bert', weights)), (ids, mask, torch.zeros_like(ids)), path, input_names=names,
                          output_names=['last_hidden_state'], dynamic_axes=axes, opset_version=opset, dynamo=False)
        model = onnx.load(path)
        found = {}
        kept = []
        for tensor in model.graph.initializer:
            value = onnx.numpy_helper.to_array(tensor)
            same = [(n, t) for n, v in weights.items() for t in (False, True)
                    if v.numpy().T.shape == value.shape and t and v.dim() == 2 and np.array_equal(v.numpy().T, value)
                    or not t and v.shape == value.shape and np.array_equal(v.numpy(), value)]
            if not same:
                kept.append(tensor)
                continue
            found[tensor.name] = dict(weight=same[0][0], transposed=same[0][1])
            model.graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
        del model.graph.initializer[:]
        model.graph.initializer.extend(kept)
        del model.graph.value_info[:]
        assert sorted(f['weight'] for f in found.values()) == sorted(weights), 'every weight is found'
        onnx.save(model, path)
        maps[file] = found
    return maps


def optimizers():
    generator = torch.Generator().manual_seed(5)
    draw = lambda *dims: torch.randn(*dims, generator=generator)
    rates = [0.01, 0.02, 0.015, 0.005, 0.001]
    matrix, bias = torch.nn.Parameter(draw(3, 4)), torch.nn.Parameter(draw(4))
    dense = dict(matrix=matrix.tolist(), bias=bias.tolist(), weightDecay=0.1, clip=1.5, rates=rates, steps=[])
    adam = torch.optim.AdamW([dict(params=[matrix], weight_decay=0.1), dict(params=[bias], weight_decay=0.0)], lr=1.0)
    for step, rate in enumerate(rates):
        # Steps of both kinds: some gradients are longer than the limit and some are not.
        matrix.grad, bias.grad = draw(3, 4) * (0.1 if step % 2 else 2), draw(4) * (0.1 if step % 2 else 2)
        gradients = dict(matrix=matrix.grad.tolist(), bias=bias.grad.tolist())
        norm = torch.nn.utils.clip_grad_norm_([matrix, bias], 1.5).item()
        for group in adam.param_groups:
            group['lr'] = rate
        adam.step()
        dense['steps'].append(dict(gradients=gradients, norm=norm, matrix=matrix.tolist(), bias=bias.tolist()))
    table = torch.nn.Parameter(draw(6, 2))
    sparse = dict(table=table.tolist(), rates=rates, steps=[])
    adam = torch.optim.SparseAdam([table], lr=1.0)
    for rate, places in zip(rates, [[0, 2, 2], [2], [4, 0], [2, 4], [0]]):
        gradient = draw(len(places), 2)
        table.grad = torch.sparse_coo_tensor(torch.tensor([places]), gradient, (6, 2))
        adam.param_groups[0]['lr'] = rate
        adam.step()
        sparse['steps'].append(dict(rows=places, gradient=gradient.tolist(), table=table.tolist()))
    return dict(adamw=dense, sparseAdam=sparse)


def write(name, value):
    with open(os.path.join(OUT, name), 'w') as out:
        json.dump(value, out)
        out.write('\n')


def main():
    warnings.filterwarnings('ignore')
    os.makedirs(OUT, exist_ok=True)
    weights = random_weights()
    save_file({n: v.half().numpy() for n, v in weights.items()}, os.path.join(OUT, 'weights.safetensors'))
    random = np.random.default_rng(2)
    texts = [[[3, *random.integers(5, SIZES['vocab_size'], length - 1).tolist()] for length in lengths] for lengths in (QUERIES, PASSAGES)]
    cases, pads = whole_models(weights, texts)
    write('expected.json', dict(config=SIZES, temperature=TEMPERATURE, queries=texts[0], passages=texts[1], padIds=pads, cases=cases,
                                onnx=exports(weights)))
    write('optimizers.json', optimizers())


if __name__ == '__main__':
    main()
