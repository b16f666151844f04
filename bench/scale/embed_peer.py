"""sentence-transformers' side of bench/scale/embed.ts, which starts it: the same model folder, one backend, its own batches of 32.

Needs sentence-transformers, and optimum with onnxruntime for --backend onnx; nothing is fetched. Answers each line of JSON on standard
input with one: {"texts": [...]} keeps texts and answers {"version"}; {"embed": FILE} embeds them, writes row-major float32 to FILE, and
answers {"seconds"}.
"""
import argparse, json, os, sys, time
import torch
import sentence_transformers
from sentence_transformers import SentenceTransformer

parser = argparse.ArgumentParser()
parser.add_argument('model')
parser.add_argument('--backend', choices=['torch', 'onnx'], default='torch')
parser.add_argument('--threads', type=int, default=2)
args = parser.parse_args()
torch.set_num_threads(args.threads)
version = f'sentence-transformers {sentence_transformers.__version__} with torch {torch.__version__}'
options = {}
if args.backend == 'onnx':
    import onnxruntime
    session = onnxruntime.SessionOptions()
    session.intra_op_num_threads = args.threads
    version = f'onnxruntime {onnxruntime.__version__}'
    options = {'model_kwargs': {'provider': 'CPUExecutionProvider', 'session_options': session}}
# Libraries print to standard output; the answers must stand alone there.
answers, sys.stdout = sys.stdout, sys.stderr
model = SentenceTransformer(args.model, backend=args.backend, device='cpu', **options)

texts = []
for line in sys.stdin:
    message = json.loads(line)
    if 'texts' in message:
        texts = message['texts']
        answer = {'version': version}
    else:
        started = time.perf_counter()
        vectors = model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        answer = {'seconds': time.perf_counter() - started}
        vectors.astype('float32').tofile(message['embed'])
    print(json.dumps(answer), file=answers, flush=True)
