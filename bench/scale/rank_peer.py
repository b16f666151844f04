"""FAISS's side of bench/scale/rank.ts, which starts it: an exact flat index over the same vectors, inner product.

Needs faiss-cpu and numpy. Answers each line of JSON on standard input with one: {"load": FOLDER, "dimension": D} reads vectors.f32 and
queries.f32 (row-major float32); {"search": K} searches all queries and answers {"wall", "cpu", "rows"}, times in seconds.
"""
import argparse, json, sys, time
import faiss
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument('--threads', type=int, default=2)
faiss.omp_set_num_threads(parser.parse_args().threads)

index = queries = None
for line in sys.stdin:
    message = json.loads(line)
    if 'load' in message:
        width = message['dimension']
        read = lambda name: np.fromfile(f"{message['load']}/{name}.f32", dtype=np.float32).reshape(-1, width)
        index = faiss.IndexFlatIP(width)
        index.add(read('vectors'))
        queries = read('queries')
        answer = {'version': faiss.__version__}
    else:
        started, used = time.perf_counter(), time.process_time()
        _, rows = index.search(queries, message['search'])
        answer = {'wall': time.perf_counter() - started, 'cpu': time.process_time() - used, 'rows': rows.tolist()}
    print(json.dumps(answer), flush=True)
