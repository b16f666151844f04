"""Scores texts for queries with bm25s (PyPI), for bench/recall.ts: Lucene's BM25, its English tokenizer without stop words;
Chinese by words of jieba where it is installed, else by its own pattern.

    python bench/bm25s_peer.py IN.json OUT.f32   # IN: {"texts": [...], "queries": [...]}; OUT: float32, queries x texts
"""
import json, re, sys
import bm25s
import numpy

HAN = re.compile('[\u4e00-\u9fff]')


def main():
    """Tokenises as the peer's documentation shows, indexes, scores every query."""
    given = json.load(open(sys.argv[1], encoding='utf8'))
    texts, queries = given['texts'], given['queries']
    chinese = sum(bool(HAN.search(query)) for query in queries) * 2 > len(queries)
    if chinese:
        import jieba
        jieba.setLogLevel(60)
        words = lambda items: [[word for word in jieba.lcut(item.lower()) if word.strip()] for item in items]
        corpus, asked = words(texts), words(queries)
    else:
        corpus = bm25s.tokenize(texts, stopwords='en', return_ids=False, show_progress=False)
        asked = bm25s.tokenize(queries, stopwords='en', return_ids=False, show_progress=False)
    index = bm25s.BM25()
    index.index(corpus, show_progress=False)
    scores = numpy.stack([index.get_scores(query) if query else numpy.zeros(len(texts), numpy.float32) for query in asked])
    scores.astype(numpy.float32).tofile(sys.argv[2])


main()
