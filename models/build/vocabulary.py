"""Makes the English + Chinese vocabulary of the small embedding model (a Unigram tokenizer of about 40,000 pieces).

How to run (about 4 minutes, two cores):
    python3 -m venv /work/pretrain/venv && /work/pretrain/venv/bin/pip install tokenizers sentencepiece regex numpy
    /work/pretrain/venv/bin/python models/build/vocabulary.py --corpus /work/shared/corpus --out models/kb-recall-small

A text is cut into words first: runs of CJK characters, of digits, of other letters, and single symbols. No word holds both CJK
and other characters, so the two halves of the vocabulary are trained apart and joined: their scores never compete. Pieces carry
no word-boundary mark. sentencepiece chooses the pieces, from candidates counted here by how often they really occur (its own
candidates come from the list of distinct words, which loses frequent words that are part of no other word).
Characters above U+FFFF (most emoji) are dropped by the normaliser: @xenova/transformers 2.17 cannot look them up.
"""
import argparse, gzip, json, os, random, tempfile, unicodedata
from collections import Counter
import regex
import sentencepiece
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
CJK = '㐀-䶿一-鿿豈-﫿'
WORD = rf'[{CJK}]+|\p{{N}}+|(?:(?![{CJK}])[\p{{L}}\p{{M}}])+|.'
# Controls, zero-width characters, soft hyphen, byte order mark, variation selectors; tab and the line ends stay white space.
CONTROL = r'[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\uffff]'
ABOVE_BMP = r'[^\u0000-\ud7ff\ue000-\uffff]+'
LONGEST, LONGEST_CJK = 16, 4


def rows(path):
    """The texts (heading and section) of a corpus file."""
    with gzip.open(path, 'rt', encoding='utf-8') as lines:
        for line in lines:
            row = json.loads(line)
            yield row['q'] + '\n' + row['d'][:4000]


def normalise(text):
    """What the tokenizer's normaliser does, for counting."""
    text = regex.sub(CONTROL, '', unicodedata.normalize('NFKC', text).lower())
    return regex.sub(r'[^\u0000-\uffff]+', ' ', text)


def loose(piece):
    """Whether a Chinese piece is a phrase glued together by a function word, which would hide the word in it from a search."""
    if len(piece) == 2:
        return (piece[0] in '的' or piece[-1] in '的了') and piece not in ('目的', '标的', '为了', '除了')
    starts = ('如果', '可以', '使用', '需要', '通过', '以及', '或者', '如何')
    return len(piece) > 2 and (piece[0] in '的了在并和与或及将是该此您你' or piece[-1] in '的了在并和与或及将是上中' or piece.startswith(starts))


def candidates(words, longest, least, limit):
    """Substrings worth being a piece: frequent, and not nearly always part of one longer substring."""
    counts = Counter()
    for word, n in words.items():
        for start in range(len(word)):
            for end in range(start + 1, min(len(word), start + longest) + 1):
                counts[word[start:end]] += n
    counts = {piece: n for piece, n in counts.items() if n >= least or len(piece) == 1}
    inside = Counter()
    for piece, n in counts.items():
        for part in (piece[1:], piece[:-1]):
            if part and n > inside[part]:
                inside[part] = n
    # A whole word counts as free-standing, so "the" stays although "then" exists.
    kept = [(p, n) for p, n in counts.items() if len(p) == 1 or inside[p] < 0.9 * n or words.get(p, 0) > 0.1 * n]
    kept = [item for item in kept if not loose(item[0])]
    kept.sort(key=lambda item: (-item[1] * len(item[0]), item[0]))
    singles = [item for item in kept if len(item[0]) == 1]
    return singles + [item for item in kept if len(item[0]) > 1][:limit]


def train(words, chars, size, longest, least, limit, threads):
    """Pieces with their log probabilities: sentencepiece's Unigram trainer on (word, count) lines."""
    words = {word: n for word, n in words.items() if all(c in chars for c in word)}
    seeds = candidates(words, longest, least, limit)
    print(f'  {len(words):,} distinct words, {len(seeds):,} candidates', flush=True)
    with tempfile.TemporaryDirectory() as folder:
        with open(f'{folder}/words.tsv', 'w', encoding='utf-8') as out:
            out.writelines(f'{word}\t{n}\n' for word, n in words.items())
        with open(f'{folder}/seeds.tsv', 'w', encoding='utf-8') as out:
            out.writelines(f'{piece}\t{n}\n' for piece, n in seeds)
        sentencepiece.SentencePieceTrainer.train(
            input=f'{folder}/words.tsv', input_format='tsv', model_prefix=f'{folder}/m', model_type='unigram',
            vocab_size=size + 3, character_coverage=1.0, seed_sentencepieces_file=f'{folder}/seeds.tsv',
            max_sentencepiece_length=longest, normalization_rule_name='identity', add_dummy_prefix=False,
            remove_extra_whitespaces=False, split_by_unicode_script=False, split_by_number=False, num_threads=threads,
            hard_vocab_limit=False, minloglevel=1)
        model = sentencepiece.SentencePieceProcessor(model_file=f'{folder}/m.model')
        return {model.id_to_piece(i): model.get_score(i) for i in range(3, model.get_piece_size())}


def main():
    """Counts words, trains both halves, joins them, adds the characters that must be there, and writes the files."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--corpus', default='/work/shared/corpus')
    args.add_argument('--out', default='models/kb-recall-small')
    args.add_argument('--sample', type=int, default=40000, help='rows per language')
    args.add_argument('--size', type=int, default=40000)
    args.add_argument('--threads', type=int, default=2)
    args = args.parse_args()
    han, other, char_counts = Counter(), Counter(), Counter()
    for language in ('en', 'zh'):
        texts = rows(f'{args.corpus}/pairs-{language}.jsonl.gz')
        wanted = set(random.Random(1).sample(range(160000), args.sample))  # of the first 160,000 rows: the files are shuffled
        for number, text in enumerate(texts):
            text = normalise(text)
            char_counts.update(text)
            if number in wanted:
                for word in regex.findall(WORD, text):
                    if not word.isspace():
                        (han if regex.match(f'[{CJK}]', word) else other)[word] += 1
    is_han = regex.compile(f'[{CJK}]').match
    han_chars = {c for c, n in char_counts.items() if n >= 20 and is_han(c)}
    chars = {c for c, n in char_counts.items() if n >= 40 and not is_han(c) and not c.isspace()}
    chars |= set(map(chr, range(33, 127))) - set('ABCDEFGHIJKLMNOPQRSTUVWXYZ')
    chars |= set(map(chr, [*range(0x3041, 0x3097), *range(0x30a1, 0x30fb), 0x30fc]))
    print(f'{len(han_chars):,} CJK characters, {len(chars):,} other characters', flush=True)
    half = (args.size - len(SPECIAL)) // 2
    pieces = train({w: n for w, n in han.items() if len(w) <= 60}, han_chars, half, LONGEST_CJK, 8, 200000, args.threads)
    words = {w: n for w, n in other.items() if n >= 2 and len(w) <= 40}
    pieces |= train(words, chars, half, LONGEST, 8, 200000, args.threads)
    # The 3,755 everyday characters of GB 2312 level 1 too, and rare ones of the corpus: a user's own notes may hold them.
    level1 = (bytes((row, cell)).decode('gb2312', 'ignore') for row in range(0xb0, 0xd8) for cell in range(0xa1, 0xff))
    han_chars |= {c for c in level1 if c} | {c for c, n in char_counts.items() if n >= 5 and is_han(c)}
    lowest = min(pieces.values()) - 1
    for char in sorted(chars | han_chars):
        pieces.setdefault(char, lowest)
    ranked = sorted(pieces.items(), key=lambda item: (-item[1], item[0]))
    vocabulary = [(token, 0.0) for token in SPECIAL] + [(p, round(s, 4)) for p, s in ranked if p not in SPECIAL]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=1, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(CONTROL), ''),
        normalizers.Replace(Regex(ABOVE_BMP), ' ')])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex(WORD), 'isolated')])
    tokenizer.post_processor = processors.TemplateProcessing(
        single='[CLS] $A [SEP]', pair='[CLS] $A [SEP] $B:1 [SEP]:1', special_tokens=[('[CLS]', 2), ('[SEP]', 3)])
    tokenizer.add_special_tokens(SPECIAL)
    os.makedirs(args.out, exist_ok=True)
    with open(f'{args.out}/tokenizer.json', 'w', encoding='utf-8') as out:
        json.dump(json.loads(tokenizer.to_str()), out, ensure_ascii=False, separators=(',', ':'))
    names = {'pad_token': '[PAD]', 'unk_token': '[UNK]', 'cls_token': '[CLS]', 'sep_token': '[SEP]', 'mask_token': '[MASK]'}
    config = {'tokenizer_class': 'PreTrainedTokenizerFast', 'model_max_length': 512, 'do_lower_case': True,
              'clean_up_tokenization_spaces': False, **names}
    for name, value in (('tokenizer_config', config), ('special_tokens_map', names)):
        with open(f'{args.out}/{name}.json', 'w', encoding='utf-8') as out:
            out.write(json.dumps(value, indent=2) + '\n')
    han_pieces = sum(1 for p in pieces if is_han(p))
    print(f'{len(vocabulary):,} pieces: {han_pieces:,} CJK, {len(pieces) - han_pieces:,} other; '
          f'{os.path.getsize(args.out + "/tokenizer.json"):,} bytes')


if __name__ == '__main__':
    main()
