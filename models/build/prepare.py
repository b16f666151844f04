"""Writes the tokenised training pairs of the small embedding model, for fast random access from TypeScript.

How to run, after vocabulary.py (about 5-7 minutes, two cores):
    /work/pretrain/venv/bin/python models/build/prepare.py --corpus /work/shared/corpus --out /work/pretrain/data
    (the environment needs tokenizers and numpy; `--limit 2000` makes a small set for a trial)

Files, all little-endian:
    ids.u16      uint16 token ids of all sequences one after another, without [CLS] and [SEP]
    index.u32    six uint32 per pair: query offset, query length, passage offset, passage length (in ids), source, language (0 en, 1 zh)
    sources.json the list of source names that the source number counts into
    templates.json {"en": [[ids before, ids after]], "zh": ...}: what questions put around a subject
    dev.json     {"en": {"queries": [[id]], "passages": [[id]], "texts": [[query, passage]]}, "zh": ...}: 500 pairs kept out of the
                 training pairs; passages holds their 500 answers in order, then 4,000 passages of other rows
Every choice is drawn from a hash of the row, so the same corpus and vocabulary give the same files.
"""
import argparse, gzip, hashlib, json, os, re
from array import array
import numpy
from tokenizers import Tokenizer

# Ways to ask for what a heading names: readers ask questions, and headings are not.
TEMPLATES = {
    'en': ['how do i {}?', 'how to {}?', 'what is {}?', 'what are {}?', 'can i {}?', 'why {}?', 'where can i find {}?',
           'what does {} mean?', 'is it possible to {}?', 'how can i use {}?', 'when should i use {}?', 'does it support {}?',
           'tell me about {}', 'i have a question about {}', 'what happens with {}?'],
    'zh': ['如何{}？', '怎么{}？', '什么是{}？', '{}是什么？', '怎样{}？', '为什么{}？', '{}有哪些？', '可以{}吗？', '{}怎么办？',
           '哪里可以找到{}？', '是否支持{}？', '{}是什么意思？', '请问{}', '我想了解{}', '{}的作用是什么？'],
}
QUERY, CLOZE_QUERY, PASSAGE, UNKNOWN = 30, 40, 254, 1
SENTENCE_END = re.compile(r'(?<=[。！？；])|(?<=[.!?])\s+|\n+')


def chance(row_hash, salt):
    """A number from 0 to 1 that depends on the row and the salt only."""
    return int.from_bytes(hashlib.blake2b(row_hash + salt.encode(), digest_size=6).digest(), 'big') / 2**48


def passage(row, body, row_hash):
    """The body, in half of the rows with the headings above it in front."""
    parents = [part for part in row.get('path') or [] if part]
    if parents and parents[-1] == row['q']:
        parents.pop()
    return ' > '.join(parents) + '\n' + body if parents and chance(row_hash, 'path') < 0.5 else body


def cloze(row, row_hash):
    """One sentence of the section as the query and the rest as the passage, or nothing."""
    if chance(row_hash, 'cloze') >= 0.4:
        return None
    pieces = [s.strip() for s in SENTENCE_END.split(row['d']) if s and s.strip()]
    fit = [i for i, s in enumerate(pieces) if 20 <= len(s) <= 200]
    if chance(row_hash, 'first') < 0.7:
        fit = [i for i in fit if i > 0]
    if len(pieces) < 3 or not fit:
        return None
    sentence = pieces[fit[int(chance(row_hash, 'which') * len(fit))]]
    body = row['d'] if chance(row_hash, 'keep') < 0.1 else row['d'].replace(sentence, ' ', 1).strip()
    return sentence, passage(row, body, row_hash)


def read(path, limit):
    """The usable rows of a corpus file with their hashes: no short sections, no exact repeats."""
    seen = set()
    with gzip.open(path, 'rt', encoding='utf-8') as lines:
        for number, line in enumerate(lines):
            if limit and number >= limit:
                return
            row = json.loads(line)
            if len(row['d'].strip()) < 20 or not row['q'].strip():
                continue
            row_hash = hashlib.blake2b((row['q'] + '\0' + row['d']).encode(), digest_size=12).digest()
            if row_hash not in seen:
                seen.add(row_hash)
                yield row, row_hash


def figures(name, lengths):
    """One printed line: how many, mean and percentiles."""
    cuts = ', '.join(f'p{p} {numpy.percentile(lengths, p):.0f}' for p in (5, 25, 50, 75, 95))
    print(f'  {name}: {len(lengths):,}, mean {numpy.mean(lengths):.1f} tokens, {cuts}', flush=True)


def main():
    """Reads both languages, keeps the measuring pairs back, tokenises the rest in batches, and writes the files."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--corpus', default='/work/shared/corpus')
    args.add_argument('--tokenizer', default='models/kb-recall-small/tokenizer.json')
    args.add_argument('--out', default='/work/pretrain/data')
    args.add_argument('--limit', type=int, default=0, help='rows per language, 0 for all')
    args.add_argument('--dev', type=int, default=500)
    args.add_argument('--distractors', type=int, default=4000)
    args = args.parse_args()
    os.makedirs(args.out, exist_ok=True)
    tokenizer = Tokenizer.from_file(args.tokenizer)
    sources, index, dev, offset = {}, array('I'), {}, 0
    ids_file = open(f'{args.out}/ids.u16', 'wb')

    def encode(texts, longest):
        """Token ids of each text, cut; the text is cut by letters first, to spare the time."""
        batch = tokenizer.encode_batch_fast([text[:longest * 20] for text in texts], add_special_tokens=False)
        return [one.ids[:longest] for one in batch]

    for language, code in (('en', 0), ('zh', 1)):
        rows = list(read(f'{args.corpus}/pairs-{language}.jsonl.gz', args.limit))
        # Measuring pairs: headings that say something (8 letters or 4 characters at least), each heading and section once.
        order = sorted(range(len(rows)), key=lambda i: chance(rows[i][1], 'dev'))
        headings, bodies = {}, {}
        for row, _ in rows:
            headings[row['q'].strip().lower()] = headings.get(row['q'].strip().lower(), 0) + 1
            bodies[row['d']] = bodies.get(row['d'], 0) + 1
        kept = [i for i in order if headings[rows[i][0]['q'].strip().lower()] == 1 and bodies[rows[i][0]['d']] == 1
                and len(rows[i][0]['q']) >= (8, 4)[code] and len(rows[i][0]['d']) >= 80][:args.dev]
        held = set(kept)
        texts = [(rows[i][0]['q'], passage(rows[i][0], rows[i][0]['d'], rows[i][1])) for i in kept]
        others = [i for i in order if i not in held][-args.distractors:]
        dev[language] = {
            'queries': encode([q for q, _ in texts], QUERY), 'texts': texts,
            'passages': encode([d for _, d in texts] + [passage(rows[i][0], rows[i][0]['d'], rows[i][1]) for i in others], PASSAGE)}
        lengths = {'heading queries': [], 'sentence queries': [], 'passages': []}
        unknown = total = 0
        for start in range(0, len(rows), 8000):
            batch = []
            for i in range(start, min(start + 8000, len(rows))):
                row, row_hash = rows[i]
                if i in held:
                    continue
                source = sources.setdefault(row.get('src') or '', len(sources))
                batch.append((row['q'], passage(row, row['d'], row_hash), source, 'heading queries'))
                extra = cloze(row, row_hash)
                if extra:
                    batch.append((*extra, source, 'sentence queries'))
            queries = encode([item[0] for item in batch], CLOZE_QUERY)
            passages = encode([item[1] for item in batch], PASSAGE)
            for (_, _, source, kind), query, text in zip(batch, queries, passages):
                if kind == 'heading queries':
                    query = query[:QUERY]
                if not query or len(text) < 4:
                    continue
                array('H', query + text).tofile(ids_file)
                index.extend((offset, len(query), offset + len(query), len(text), source, code))
                offset += len(query) + len(text)
                lengths[kind].append(len(query))
                lengths['passages'].append(len(text))
                unknown += query.count(UNKNOWN) + text.count(UNKNOWN)
                total += len(query) + len(text)
        print(f'{language}: {len(rows):,} usable rows, {total:,} tokens, {100 * unknown / total:.4f} % unknown')
        for name, values in lengths.items():
            figures(name, values)
    ids_file.close()
    with open(f'{args.out}/index.u32', 'wb') as out:
        index.tofile(out)
    with open(f'{args.out}/sources.json', 'w') as out:
        json.dump(list(sources), out)
    with open(f'{args.out}/templates.json', 'w') as out:
        json.dump({language: [encode(template.split('{}'), QUERY) for template in templates]
                   for language, templates in TEMPLATES.items()}, out)
    with open(f'{args.out}/dev.json', 'w', encoding='utf-8') as out:
        json.dump(dev, out, ensure_ascii=False, separators=(',', ':'))
    print(f'{len(index) // 6:,} pairs, {offset:,} ids, {len(sources)} sources; wrote {args.out}')


if __name__ == '__main__':
    main()
