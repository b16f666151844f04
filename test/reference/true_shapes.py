"""Makes model folders of the true shapes of well-known models, with random weights and tokenizers of the true family and size, and compares
this engine with PyTorch on them: vectors, loss and dense gradients. No hub is asked; nothing is stored in the repository.

How to run (minutes and gigabytes for the large ones; torch, transformers, tokenizers, safetensors and numpy from PyPI):
    python3 test/reference/true_shapes.py make OUT m3e-base bce-embedding-base_v1 ...     # all models without a name
    python3 test/reference/true_shapes.py check OUT/m3e-base ...                          # ends with 1 where something differs
"""
import argparse, json, os, subprocess, sys, tempfile
import numpy as np

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
BASE = dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072)
SMALL = dict(hidden_size=384, num_hidden_layers=12, num_attention_heads=12, intermediate_size=1536)
# name: (model type, config, tokenizer, pooling)
MODELS = {
    'm3e-base': ('bert', dict(BASE, vocab_size=21128), 'wordpiece', 'mean'),
    'bge-base-zh': ('bert', dict(BASE, vocab_size=21128), 'wordpiece', 'cls'),
    'bge-small-zh-v1.5': ('bert', dict(hidden_size=512, num_hidden_layers=4, num_attention_heads=8, intermediate_size=2048, vocab_size=21128), 'wordpiece', 'cls'),
    'bce-embedding-base_v1': ('xlm-roberta', dict(BASE, vocab_size=250002, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5), 'unigram', 'cls'),
    'all-MiniLM-L6-v2': ('bert', dict(SMALL, num_hidden_layers=6, vocab_size=30522), 'wordpiece', 'mean'),
    'multilingual-e5-small': ('bert', dict(SMALL, vocab_size=250037), 'unigram', 'mean'),
    'gte-small': ('bert', dict(SMALL, vocab_size=30522), 'wordpiece', 'mean'),
    'multi-qa-distilbert-cos-v1': ('distilbert', dict(vocab_size=30522, dim=768, n_layers=6, n_heads=12, hidden_dim=3072), 'wordpiece', 'mean'),
    'all-mpnet-base-v2': ('mpnet', dict(BASE, vocab_size=30527, max_position_embeddings=514, pad_token_id=1, layer_norm_eps=1e-5), 'mpnet', 'mean'),
}


def pieces(count):
    """Letters, common ideographs and their pairs: enough different pieces for any vocabulary."""
    letters = [chr(c) for c in range(33, 127)] + [chr(c) for c in range(0x4e00, 0x4e00 + 6500)] + list('，。？！“”：；')
    yield from letters
    made = len(letters)
    for a in 'abcdefghijklmnopqrstuvwxyz':
        for b in 'abcdefghijklmnopqrstuvwxyz':
            for c in [''] + list('abcdefghijklmnopqrstuvwxyz'):
                for d in [''] + (list('abcdefghijklmnop') if c else []):
                    yield a + b + c + d
                    made += 1
                    if made >= count:
                        return


def tokenizer_of(kind, size):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    if kind == 'unigram':
        special = ['<s>', '<pad>', '</s>', '<unk>']
        words = ['▁'] + ['▁' + p if i % 2 else p for i, p in enumerate(pieces(size))] + list('abcdefghijklmnopqrstuvwxyz')
        words = list(dict.fromkeys(words))[:size - len(special) - 1]
        tokenizer = Tokenizer(models.Unigram([(s, 0.0) for s in special] + [(w, -5.0 - 0.00001 * i) for i, w in enumerate(words)] + [('<mask>', 0.0)], unk_id=3, byte_fallback=False))
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement='▁', prepend_scheme='always')])
        cls, sep, pad, names = ('<s>', 0), ('</s>', 2), '<pad>', dict(tokenizer_class='XLMRobertaTokenizer', unk_token='<unk>')
        tokenizer.add_special_tokens([*special, '<mask>'])
    else:
        special = ['<s>', '<pad>', '</s>', '[UNK]'] if kind == 'mpnet' else ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
        words = list(dict.fromkeys(w for p in pieces(size) for w in (p, '##' + p)))[:size - len(special)]
        tokenizer = Tokenizer(models.WordPiece({w: i for i, w in enumerate(special + words)}, unk_token='[UNK]'))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        cls, sep, pad = (('<s>', 0), ('</s>', 2), '<pad>') if kind == 'mpnet' else (('[CLS]', 2), ('[SEP]', 3), '[PAD]')
        names = dict(tokenizer_class='MPNetTokenizer' if kind == 'mpnet' else 'BertTokenizer', unk_token='[UNK]')
        tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(single=f'{cls[0]} $A {sep[0]}', pair=f'{cls[0]} $A {sep[0]} $B {sep[0]}', special_tokens=[cls, sep])
    return tokenizer, dict(names, cls_token=cls[0], sep_token=sep[0], pad_token=pad, model_max_length=512)


def make(out, names):
    import torch
    from transformers import AutoConfig, AutoModel
    for name in names or MODELS:
        kind, figures, tokens, pooling = MODELS[name]
        folder = os.path.join(out, name)
        os.makedirs(os.path.join(folder, '1_Pooling'), exist_ok=True)
        torch.manual_seed(1)
        model = AutoModel.from_config(AutoConfig.for_model(kind, **figures)).eval()
        model.save_pretrained(folder)
        width = model.config.hidden_size
        tokenizer, config = tokenizer_of(tokens, figures['vocab_size'])
        tokenizer.save(os.path.join(folder, 'tokenizer.json'), pretty=False)
        for file, value in (('tokenizer_config.json', config), ('1_Pooling/config.json', dict(
                word_embedding_dimension=width, pooling_mode_cls_token=pooling == 'cls', pooling_mode_mean_tokens=pooling == 'mean'))):
            with open(os.path.join(folder, file), 'w') as target:
                json.dump(value, target)
        print(folder, f'{sum(p.numel() for p in model.parameters()):,} parameters, {tokenizer.get_vocab_size():,} tokens')


def check(folder):
    import torch
    from safetensors.numpy import load_file
    from transformers import AutoModel
    with tempfile.TemporaryDirectory() as temp:
        file = os.path.join(temp, 'gradients.safetensors')
        command = ['node', '--import', 'tsx', 'bench/foreign_model.ts', os.path.abspath(folder), '--gradients', file]
        ours = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
        gradients = load_file(file)
    model = AutoModel.from_pretrained(folder, attn_implementation='eager').eval()

    def embed(texts):
        longest = max(map(len, texts))
        ids = torch.tensor([t + [ours['padId']] * (longest - len(t)) for t in texts])
        mask = torch.tensor([[1] * len(t) + [0] * (longest - len(t)) for t in texts])
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled = hidden[:, 0] if ours['pooling'] == 'cls' else (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return torch.nn.functional.normalize(pooled, dim=-1)

    q, p = embed(ours['queries']), embed(ours['passages'])
    loss = torch.nn.functional.cross_entropy(q @ p.T / 0.05, torch.arange(len(q)))
    loss.backward()
    theirs = {n: w.grad.numpy() for n, w in model.named_parameters() if w.grad is not None}
    overall = max(float(np.abs(g).max()) for g in theirs.values())
    worst, where = 0.0, ''
    for name, gradient in gradients.items():
        wanted = theirs[name]
        error = float(np.abs(gradient - wanted).max()) / max(float(np.abs(wanted).max()), overall * 1e-3)
        if error > worst:
            worst, where = error, name
    good = worst < 1e-3 and abs(ours['loss'] - loss.item()) < 1e-4 * abs(loss.item()) + 1e-6
    print('ok ' if good else 'BAD', ours['model'], f"{ours['numbers'] / 1e6:.1f} M, loss {ours['loss']:.6f} = {loss.item():.6f},",
          f"{len(gradients)} dense gradients, largest error {worst:.1e} ({where}); seconds {ours['seconds']}, peak {ours['peakMB']} MB", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('what', choices=['make', 'check'])
    parser.add_argument('folder')
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    if args.what == 'make':
        make(args.folder, args.names)
        return 0
    return 0 if all([check(folder) for folder in [args.folder, *args.names]]) else 1


if __name__ == '__main__':
    sys.exit(main())
