"""Searches the training pairs for text of the questions that measure: the same question, or an answer that is nearly the same.

    python models/build/leaks.py --corpus /work/shared/corpus

An answer counts as nearly the same when half of its shingles (13 characters, blanks and case aside) are in one training section; a
question when a training heading equals it, letters and digits alone. Nothing is trained here; a leak that is found is told by its row.
"""
import argparse, collections, gzip, json, re

WIDTH, STEP, SHARE, FEWEST = 13, 3, 0.5, 12


def rows(path):
    with gzip.open(path, 'rt', encoding='utf-8') as lines:
        for line in lines:
            yield json.loads(line)


def plain(text):
    return re.sub(r'[\W_]+', '', text.lower())


def main():
    """Prints the counts of each language and the first finds."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--corpus', default='/work/shared/corpus')
    args.add_argument('--show', type=int, default=5)
    args = args.parse_args()
    for language in ('en', 'zh'):
        measured = list(rows(f'{args.corpus}/faq-{language}.jsonl.gz'))
        questions = collections.defaultdict(list)
        owners, sizes = collections.defaultdict(list), []
        for number, row in enumerate(measured):
            questions[plain(row['q'])].append(number)
            text = plain(row['d'])
            # Every third shingle of an answer, all of a section: so that an offset between the two does not matter.
            shingles = {hash(text[i:i + WIDTH]) for i in range(0, max(0, len(text) - WIDTH + 1), STEP)}
            sizes.append(len(shingles))
            for shingle in shingles:
                owners[shingle].append(number)
        common = {shingle for shingle, found in owners.items() if len(found) > 50}
        same, near = set(), {}
        for row in rows(f'{args.corpus}/pairs-{language}.jsonl.gz'):
            same.update(questions.get(plain(row['q']), ()))
            text = plain(row['d'])
            hits = collections.Counter()
            for i in range(len(text) - WIDTH + 1):
                shingle = hash(text[i:i + WIDTH])
                if shingle in owners and shingle not in common:
                    hits.update(owners[shingle])
            for number, count in hits.items():
                if sizes[number] >= FEWEST and count >= SHARE * sizes[number]:
                    near.setdefault(number, (row.get('src'), row.get('file'), row['q']))
        print(f'{language}: {len(measured):,} questions; {len(same)} asked by a training heading word for word, '
              f'{len(near)} answers half or more in a training section', flush=True)
        for number, where in list(near.items())[:args.show]:
            print(f'  {measured[number].get("src")} | {measured[number]["q"]!r} ~ {where}', flush=True)


if __name__ == '__main__':
    main()
