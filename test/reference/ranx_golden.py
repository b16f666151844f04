#!/usr/bin/env python3
"""Writes test/golden/ranx.json: what ranx says about test/fixtures/ranking/cases.json, question by question.

    python3 -m venv ranxenv && ranxenv/bin/pip install ranx==0.3.21
    ranxenv/bin/python test/reference/ranx_golden.py

ranx sorts a run by score with an unstable sort, so equal scores come out in any order. To make its figures comparable, each run is
ordered here by our rule (score descending, then id by UTF-16 code units, as JavaScript compares) and handed over with scores
n, n - 1, ..., 1: the same order without ties. Whether our own code sorts by that rule is what the TypeScript test then finds out.
"""
import importlib.metadata
import json
import pathlib

import ranx

TEST = pathlib.Path(__file__).resolve().parent.parent


def without_ties(scores):
    ordered = sorted(scores, key=lambda id: (-scores[id], id.encode('utf-16-be')))
    return {id: float(len(ordered) - place) for place, id in enumerate(ordered)}


def main():
    # `ndcg` is ranx's with the relevance itself as the gain (trec_eval's); `ndcg_burges` would be the one with 2^relevance - 1.
    fixture = json.loads((TEST / 'fixtures/ranking/cases.json').read_text('utf-8'))
    cases = fixture['cases']
    qrels = ranx.Qrels({case['id']: dict(zip(case['answers'], case.get('relevance', [1] * len(case['answers'])))) for case in cases})
    run = ranx.Run({case['id']: without_ties(case['scores']) for case in cases if case['scores'] is not None})
    names = [f'{name}@{k}' for k in fixture['ks'] for name in ('recall', 'hit_rate', 'mrr', 'ndcg')] + ['mrr']
    # make_comparable gives a question that is absent from the run an empty result, which counts as nothing found; it does so in
    # place, so that `run.scores` has those questions too.
    means = ranx.evaluate(qrels, run, names, make_comparable=True)
    figures = {case['id']: {name: float(run.scores[name][case['id']]) for name in names} for case in cases}
    golden = {
        'ranx': importlib.metadata.version('ranx'),
        'questions': figures,
        'mean': {name: float(means[name]) for name in names},
    }
    (TEST / 'golden/ranx.json').write_text(json.dumps(golden, ensure_ascii=False, indent=1) + '\n', 'utf-8')


main()
