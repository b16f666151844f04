#!/usr/bin/env python3
"""Writes test/fixtures/exchange/autorag/{qa,corpus}.parquet, as AutoRAG keeps its tables.

    python3 -m venv env && env/bin/pip install pandas pyarrow
    env/bin/python test/reference/parquet_fixture.py
"""
import datetime
import pathlib

import pandas

FOLDER = pathlib.Path(__file__).resolve().parent.parent / 'fixtures/exchange/autorag'


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    pandas.DataFrame({
        'qid': ['q1', 'q2', '问3'],
        'query': ['Who waters the plants in the lobby?', 'May I bring my dog, and where does it wait?', '周末可以进办公室吗？'],
        'retrieval_gt': [[['lobby-1']], [['dogs-1', 'dogs-2'], ['lobby-1']], [['周末']]],
        'generation_gt': [['The front desk.'], ['Yes, on Fridays.'], ['可以。']],
    }).to_parquet(FOLDER / 'qa.parquet')
    pandas.DataFrame({
        'doc_id': ['lobby-1', 'dogs-1', 'dogs-2', '周末'],
        'contents': ['The front desk waters the plants on Mondays.', 'Dogs are welcome on Fridays.', 'A dog may come on any day when its desk agrees.', '周末凭工卡进入，\n请登记。'],
        'metadata': [{'last_modified_datetime': datetime.datetime(2026, 3, 1)}] * 4,
    }).to_parquet(FOLDER / 'corpus.parquet')


main()
