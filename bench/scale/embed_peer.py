"""sentence-transformers' side of bench/scale/embed.ts, which starts it: the same model folder, its own loop and batches of 32.

Needs sentence-transformers, and onnxruntime for --onnx, which puts the encoder of that ONNX file into the same loop (sentence-transformers'
own ONNX backend needs optimum, which had no release for transformers 5 when this was written). Nothing is fetched. Answers each line of
JSON on standard input with one: {"texts": [...]} keeps texts and answers {"version"}; {"embed": FILE} embeds them, writes row-major
float32 to FILE, and answers {"wall", "cpu"} in seconds.
"""
import argparse, json, sys, time
import torch
import sentence_transformers
from sentence_transformers import SentenceTransformer
from transformers.modeling_outputs import BaseModelOutput

parser = argparse.ArgumentParser()
parser.add_argument('model')
parser.add_argument('--onnx')
parser.add_argument('--threads', type=int, default=2)
args = parser.parse_args()
torch.set_num_threads(args.threads)
version = f'sentence-transformers {sentence_transformers.__version__} with torch {torch.__version__}'
# Libraries print to standard output; the answers must stand alone there.
answers, sys.stdout = sys.stdout, sys.stderr
model = SentenceTransformer(args.model, device='cpu')
if args.onnx:
    import onnxruntime

    class Encoder(torch.nn.Module):
        """The encoder of an ONNX file in the place of a transformers model."""

        def __init__(self, path, config):
            super().__init__()
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = args.threads
            self.session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
            self.names = [each.name for each in self.session.get_inputs()]
            self.config = config

        def forward(self, **features):
            if 'token_type_ids' in self.names and features.get('token_type_ids') is None:
                features['token_type_ids'] = torch.zeros_like(features['input_ids'])
            feeds = {name: features[name].numpy() for name in self.names}
            return BaseModelOutput(last_hidden_state=torch.from_numpy(self.session.run(None, feeds)[0]))

    version = f'the same with onnxruntime {onnxruntime.__version__}'
    model[0].model = Encoder(args.onnx, model[0].model.config)

texts = []
for line in sys.stdin:
    message = json.loads(line)
    if 'texts' in message:
        texts = message['texts']
        answer = {'version': version}
    else:
        started, used = time.perf_counter(), time.process_time()
        vectors = model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        answer = {'wall': time.perf_counter() - started, 'cpu': time.process_time() - used}
        vectors.astype('float32').tofile(message['embed'])
    print(json.dumps(answer), file=answers, flush=True)
