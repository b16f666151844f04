"""PyTorch's side of bench/training_step.ts, which starts it: the same shape of model, batch and loss, and AdamW.

Needs torch and transformers. Prints one line with its version, then for each line `N` on standard input runs N steps and answers
with a JSON list of {"gradient", "optimizer"} in seconds. Weights and tokens are random; nothing is read from disk or network.
"""
import argparse, json, sys, time
import torch
import transformers
from transformers import BertConfig, BertModel

parser = argparse.ArgumentParser()
parser.add_argument('--threads', type=int, default=2)
args = parser.parse_args()
torch.set_num_threads(args.threads)
torch.manual_seed(0)

BATCH, QUERY, PASSAGE = 32, 16, 128
config = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, vocab_size=30522,
                    hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
model = BertModel(config, add_pooling_layer=False).train()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01)
texts = [torch.randint(1000, 30000, (BATCH, length)) for length in (QUERY, PASSAGE)]
masks = [torch.ones_like(ids) for ids in texts]
labels = torch.arange(BATCH)


def embed(ids, mask):
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return torch.nn.functional.normalize((hidden * weights).sum(1) / weights.sum(1), dim=1)


def step():
    started = time.perf_counter()
    queries, passages = (embed(ids, mask) for ids, mask in zip(texts, masks))
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
    print(json.dumps([step() for _ in range(int(line))]), flush=True)
