"""Stores tiny encoders of each family as transformers makes them, what PyTorch computes with them, and how exporters write them.

How to run (two minutes; CPU wheels are enough):
    python3 -m venv /tmp/trainvenv && /tmp/trainvenv/bin/pip install torch transformers onnx onnxscript safetensors numpy
    /tmp/trainvenv/bin/python test/reference/families_golden.py        # writes test/golden/families
    OPTIMUM/bin/python test/reference/families_golden.py --optimum     # adds the exports of optimum 1.x with its older transformers

FAMILY/config.json, FAMILY/model.safetensors: as save_pretrained writes them, weights exact in half precision.
FAMILY/reference.safetensors: `embeddings` (queries, then passages; mean pooling) in double precision, and per weight its gradient as
    16-bit integers, to be multiplied by the number that the metadata gives under the weight's name.
expected.json: {"temperature", "queries", "passages", "families": {family: {"loss", "padId"}}, "targets", "bias",
    "buckets": MPNet's buckets of the distances -600 to 600, "exports": {name: {"family", "opset", "weights": {input: {"weight", "transposed"}}}}}.
exports/NAME.onnx.gz: the graph alone, its weights as inputs.
"""
import argparse, gzip, io, json, os, sys, tempfile, warnings
import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from training_golden import PASSAGES, QUERIES, SIZES, TEMPERATURE, pack, relations, embed

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'golden', 'families')
PADS = {'bert-tanh': 0, 'bert': 0, 'xlm-roberta': 1, 'distilbert': 0, 'mpnet': 1}

# name: family, opset, exporter, attention
EXPORTS = {
    'bert-11': ('bert', 11, 'script', 'eager'),
    'bert-14-sdpa': ('bert', 14, 'script', 'sdpa'),
    'bert-18-dynamo': ('bert', 18, 'dynamo', 'sdpa'),
    'bert-18-plain-dynamo': ('bert', 18, 'plain-dynamo', 'sdpa'),
    'bert-20': ('bert', 20, 'script', 'eager'),
    'bert-tanh-13': ('bert-tanh', 13, 'script', 'eager'),
    'bert-tanh-20': ('bert-tanh', 20, 'dynamo', 'sdpa'),
    'xlm-roberta-12': ('xlm-roberta', 12, 'script', 'eager'),
    'xlm-roberta-18-sdpa': ('xlm-roberta', 18, 'script', 'sdpa'),
    'distilbert-11': ('distilbert', 11, 'script', 'eager'),
    'distilbert-17-sdpa': ('distilbert', 17, 'script', 'sdpa'),
    # Below 12 there is no minimum of integers, which the relative positions need: the runtime refuses such a file.
    'mpnet-12': ('mpnet', 12, 'script', 'eager'),
    'mpnet-17': ('mpnet', 17, 'script', 'eager'),
    'mpnet-18-dynamo': ('mpnet', 18, 'dynamo', 'eager'),
}
OPTIMUM = {f'{family}-{opset}-optimum': (family, opset) for family, opset in
           (('bert', 11), ('bert', 14), ('bert-tanh', 14), ('xlm-roberta', 11), ('distilbert', 14), ('mpnet', 13), ('mpnet', 16))}


def model_of(family, attention='eager'):
    import transformers as t
    sizes = {k: v for k, v in SIZES.items() if k != 'attn_implementation'}
    if family == 'distilbert':
        config = t.DistilBertConfig(vocab_size=60, dim=32, n_layers=2, n_heads=4, hidden_dim=24, max_position_embeddings=20, dropout=0.0,
                                    attention_dropout=0.0, pad_token_id=0)
        kind, extra = t.DistilBertModel, {}
    elif family == 'mpnet':
        config, kind, extra = t.MPNetConfig(**sizes, pad_token_id=1, layer_norm_eps=1e-5), t.MPNetModel, {'add_pooling_layer': False}
    elif family == 'xlm-roberta':
        config = t.XLMRobertaConfig(**sizes, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5)
        kind, extra = t.XLMRobertaModel, {'add_pooling_layer': False}
    else:
        act = 'gelu_new' if family == 'bert-tanh' else 'gelu'
        config = t.BertConfig(**sizes, type_vocab_size=2, pad_token_id=0, layer_norm_eps=1e-12, hidden_act=act)
        kind, extra = t.BertModel, {'add_pooling_layer': False}
    if family != 'mpnet':
        config._attn_implementation = attention
    return kind(config, **extra).eval()


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.randn(value.shape, generator=generator)
            norm = name.lower().replace('_', '').endswith('layernorm.weight')
            value.copy_(((1 + 0.2 * noise) if norm else 0.25 * noise).half().float())
    return model


def hidden_of(model, ids, mask, types):
    extra = {'token_type_ids': types} if getattr(model.config, 'type_vocab_size', 0) else {}
    return model(input_ids=ids, attention_mask=mask, **extra)


class AnyTypes(torch.nn.Module):
    """Takes token types for all, as training_golden.embed gives them."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return hidden_of(self.model, input_ids, attention_mask, token_type_ids)


class Hidden(torch.nn.Module):
    """An encoder under the names of a bare model; `types` as a third input where the family knows them."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids=None):
        return hidden_of(self.model, input_ids, attention_mask, token_type_ids).last_hidden_state


def family_reference(family, texts):
    folder = os.path.join(OUT, family)
    os.makedirs(folder, exist_ok=True)
    model = randomise(model_of(family), 11)
    model.config.save_pretrained(folder)
    weights = {n: v.numpy().astype(np.float16) for n, v in model.state_dict().items() if v.is_floating_point()}
    save_file(weights, os.path.join(folder, 'model.safetensors'), {'format': 'pt'})
    double = AnyTypes(model).double()
    queries, passages = texts
    targets, bias = relations(0)
    q, p = embed(double, queries, PADS[family], 'mean'), embed(double, passages, PADS[family], 'mean')
    loss = -(targets.double() * torch.log_softmax(q @ p.T / TEMPERATURE + bias.double(), -1)).sum(-1).mean()
    loss.backward()
    tensors, scales = {'embeddings': torch.cat([q, p]).detach().float().numpy()}, {}
    for name, value in double.model.named_parameters():
        gradient = value.grad.numpy()
        scale = float(np.abs(gradient).max()) / 32767 or 1.0
        scales[name] = repr(scale)
        tensors[name] = np.rint(gradient / scale).astype(np.int16)
    save_file(tensors, os.path.join(folder, 'reference.safetensors'), scales)
    return dict(loss=loss.item(), padId=PADS[family])


def stored(family, attention='eager'):
    """The model with the stored weights."""
    model = model_of(family, attention)
    weights = {n: torch.from_numpy(v.astype(np.float32)) for n, v in load_file(os.path.join(OUT, family, 'model.safetensors')).items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected and all('position_ids' in n or 'token_type_ids' in n for n in missing), (missing, unexpected)
    return model, {n: v.numpy() for n, v in weights.items()}


def script_or_dynamo(model, family, opset, exporter):
    ids, mask = pack([[5, 6, 7, 8, 9], [8, 9, 10]], PADS[family])
    names = ['input_ids', 'attention_mask'] + (['token_type_ids'] if getattr(model.config, 'type_vocab_size', 0) else [])
    args = (ids, mask, torch.zeros_like(ids))[:len(names)]
    if exporter == 'script':
        axes = {n: {0: 'batch', 1: 'sequence'} for n in [*names, 'last_hidden_state']}
        how = dict(dynamo=False, dynamic_axes=axes)
    else:
        free = {0: torch.export.Dim('batch'), 1: torch.export.Dim('sequence')}
        how = dict(dynamo=True, external_data=False, dynamic_shapes={n: free for n in names}, optimize=exporter == 'dynamo')
    with tempfile.TemporaryDirectory() as temp:
        path = os.path.join(temp, 'model.onnx')
        torch.onnx.export(Hidden(model), args, path, input_names=names, output_names=['last_hidden_state'], opset_version=opset, **how)
        import onnx
        return onnx.load(path)


def optimum_export(model, opset):
    import functools, onnx
    # optimum 1.x was written for the exporter that was torch's only one then.
    torch.onnx.export = functools.partial(getattr(torch.onnx.export, 'func', torch.onnx.export), dynamo=False)
    from optimum.exporters.onnx import onnx_export_from_model
    with tempfile.TemporaryDirectory() as temp:
        onnx_export_from_model(model, temp, task='feature-extraction', opset=opset, do_validation=False)
        return onnx.load(os.path.join(temp, 'model.onnx'))


def strip(model, weights):
    """Makes the weights inputs; returns the graph's bytes and which input is which weight."""
    import onnx
    found, kept, seen = {}, [], set()
    for tensor in model.graph.initializer:
        value = onnx.numpy_helper.to_array(tensor)
        same = [(n, t) for n, v in weights.items() for t in (False, True)
                if (t and v.ndim == 2 and v.T.shape == value.shape and np.array_equal(v.T, value))
                or (not t and v.shape == value.shape and np.array_equal(v, value))]
        if not same or value.size == 1:
            kept.append(tensor)
            continue
        found[tensor.name] = dict(weight=same[0][0], transposed=same[0][1])
        seen.add(same[0][0])
        model.graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    left = set(weights) - seen
    assert not left, f'weights are not found: {left}'
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.doc_string = ''
        del node.metadata_props[:]
    del model.metadata_props[:]
    return model.SerializeToString(), found


def write_export(name, family, opset, model, weights, expected):
    data, found = strip(model, weights)
    with open(os.path.join(OUT, 'exports', f'{name}.onnx.gz'), 'wb') as out:
        out.write(gzip.compress(data, 9, mtime=0))
    expected['exports'][name] = dict(family=family, opset=opset, weights=found)
    print(name, len(data))


def buckets():
    from transformers.models.mpnet.modeling_mpnet import MPNetEncoder
    return MPNetEncoder.relative_position_bucket(torch.arange(-600, 601), num_buckets=32).tolist()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--optimum', action='store_true')
    args = parser.parse_args()
    warnings.filterwarnings('ignore')
    os.makedirs(os.path.join(OUT, 'exports'), exist_ok=True)
    file = os.path.join(OUT, 'expected.json')
    if args.optimum:
        with open(file) as existing:
            expected = json.load(existing)
        for name, (family, opset) in OPTIMUM.items():
            model, weights = stored(family, 'sdpa' if opset >= 14 and family != 'distilbert' else 'eager')
            write_export(name, family, opset, optimum_export(model, opset), weights, expected)
    else:
        random = np.random.default_rng(2)
        texts = [[[3, *random.integers(5, SIZES['vocab_size'], length - 1).tolist()] for length in lengths] for lengths in (QUERIES, PASSAGES)]
        targets, bias = relations(0)
        expected = dict(temperature=TEMPERATURE, queries=texts[0], passages=texts[1], targets=targets.ravel().tolist(),
                        bias=bias.ravel().tolist(), buckets=buckets(),
                        families={family: family_reference(family, texts) for family in PADS}, exports={})
        for name, (family, opset, exporter, attention) in EXPORTS.items():
            model, weights = stored(family, attention)
            write_export(name, family, opset, script_or_dynamo(model, family, opset, exporter), weights, expected)
    with open(file, 'w') as out:
        json.dump(expected, out)
        out.write('\n')


if __name__ == '__main__':
    main()
