"""PyTorch's side of bench/training_step.ts, which starts it: the same shape of model, batch and loss, and AdamW.

Needs torch and transformers. Prints one line with its version, then for each line of standard input, a JSON list of steps that are
lists of passage lengths in tokens, runs those steps and answers with a JSON list of {"gradient", "optimizer"} in seconds. Passages are
padded to the longest of their batch, as trainers do. Weights and tokens are random; nothing is read from disk or network.
"""
import argparse, json, sys, time
import torch
import transformers
from transformers import BertConfig, BertModel

parser = argparse.ArgumentParser()
parser.add_argument('--threads', type=int, default=2)
parser.add_argument('--encoder', choices=['transformers', 'plain'], default='transformers')
args = parser.parse_args()
torch.set_num_threads(args.threads)
torch.manual_seed(0)

BATCH, QUERY, WIDTH, LAYERS, HEADS, INNER, WORDS = 32, 16, 384, 6, 12, 1536, 30522


class Plain(torch.nn.Module):
    """The encoder written out with torch.nn.functional alone, as in shared/reference/training_step.py, and a mask."""

    def __init__(self):
        super().__init__()
        shapes = {'words': (WORDS, WIDTH), 'places': (512, WIDTH), 'norm.scale': (WIDTH,), 'norm.bias': (WIDTH,)}
        for layer in range(LAYERS):
            for name in 'qkvo':
                shapes |= {f'{layer}.{name}.w': (WIDTH, WIDTH), f'{layer}.{name}.b': (WIDTH,)}
            shapes |= {f'{layer}.1.w': (WIDTH, INNER), f'{layer}.1.b': (INNER,), f'{layer}.2.w': (INNER, WIDTH), f'{layer}.2.b': (WIDTH,)}
            for name in ('norm1', 'norm2'):
                shapes |= {f'{layer}.{name}.scale': (WIDTH,), f'{layer}.{name}.bias': (WIDTH,)}
        self.names = {name: name.replace('.', '_') for name in shapes}
        for name, shape in shapes.items():
            start = torch.ones(shape) if name.endswith('scale') else torch.zeros(shape) if len(shape) == 1 else 0.02 * torch.randn(shape)
            self.register_parameter(self.names[name], torch.nn.Parameter(start))

    def weight(self, name):
        return getattr(self, self.names[name])

    def linear(self, x, name):
        return x @ self.weight(f'{name}.w') + self.weight(f'{name}.b')

    def norm(self, x, name):
        return torch.nn.functional.layer_norm(x, (WIDTH,), self.weight(f'{name}.scale'), self.weight(f'{name}.bias'), 1e-12)

    def forward(self, ids, mask):
        batch, length = ids.shape
        x = self.norm(self.weight('words')[ids] + self.weight('places')[:length], 'norm')
        seen = None if bool(mask.all()) else mask.bool()[:, None, None, :]
        for layer in range(LAYERS):
            q, k, v = (self.linear(x, f'{layer}.{n}').view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2) for n in 'qkv')
            attended = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
            x = self.norm(x + self.linear(attended.transpose(1, 2).reshape(batch, length, WIDTH), f'{layer}.o'), f'{layer}.norm1')
            inner = torch.nn.functional.gelu(self.linear(x, f'{layer}.1'))
            x = self.norm(x + self.linear(inner, f'{layer}.2'), f'{layer}.norm2')
        return x


def bert():
    config = BertConfig(hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS, intermediate_size=INNER, vocab_size=WORDS,
                        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model = BertModel(config, add_pooling_layer=False).train()
    return model, lambda ids, mask: model(input_ids=ids, attention_mask=mask).last_hidden_state


if args.encoder == 'plain':
    model = encode = Plain()
else:
    model, encode = bert()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01)
labels = torch.arange(BATCH)


def texts(lengths):
    mask = (torch.arange(max(lengths))[None, :] < torch.tensor(lengths)[:, None]).long()
    return torch.randint(1000, 30000, mask.shape) * mask, mask


def embed(ids, mask):
    hidden = encode(ids, mask)
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return torch.nn.functional.normalize((hidden * weights).sum(1) / weights.sum(1), dim=1)


def step(lengths):
    both = [texts([QUERY] * BATCH), texts(lengths)]
    started = time.perf_counter()
    queries, passages = (embed(*each) for each in both)
    loss = torch.nn.functional.cross_entropy(queries @ passages.T / 0.05, labels)
    model.zero_grad(set_to_none=True)
    loss.backward()
    middle = time.perf_counter()
    # The trainer here clips as well.
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return {'gradient': middle - started, 'optimizer': time.perf_counter() - middle}


print(f'PyTorch {torch.__version__}', flush=True)
for line in sys.stdin:
    print(json.dumps([step(lengths) for lengths in json.loads(line)]), flush=True)
