"""sentence-transformers' trainer for bench/trainer.ts, which starts it: the same model, pairs, loss, batch size and number of threads.

Needs torch, sentence-transformers, accelerate and datasets. Reads one JSON object from standard input: {"model", "threads", "pairs": [[query,
passage]], "batch", "rate", "temperature", "seed", "epochs", "seconds" (0: no limit), "maxTokens", "corpus", "queries", "vectors" (folder, or
null), "lora" (rank, 0: all weights are trained; else peft is needed)}. Trains, and with "vectors" writes vectors of corpus and queries there as
raw float32. Prints one JSON line.
"""
import json, logging, math, os, resource, sys, tempfile, time, warnings
warnings.simplefilter('ignore')
os.environ['HF_HUB_OFFLINE'] = '1'
os.environ['TOKENIZERS_PARALLELISM'] = 'false'
logging.disable(logging.WARNING)
import torch
import sentence_transformers
from datasets import Dataset
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.losses import MultipleNegativesRankingLoss
from sentence_transformers.training_args import BatchSamplers
from transformers import TrainerCallback

job = json.loads(sys.stdin.read())
torch.set_num_threads(job['threads'])
model = SentenceTransformer(job['model'], device='cpu')
model.max_seq_length = job['maxTokens']
if job['lora']:
    from peft import LoraConfig, get_peft_model
    # All products of a layer, as the QLoRA paper recommends (Dettmers et al. 2023); alpha twice the rank is the common choice.
    # Wrapped here, since transformers 5 asks for a newer peft than PyPI's mirror may have; only its own check does.
    model[0].auto_model = get_peft_model(model[0].auto_model, LoraConfig(
        r=job['lora'], lora_alpha=2 * job['lora'], lora_dropout=0.0, target_modules=['query', 'key', 'value', 'dense']))


class Clock(TrainerCallback):
    """Counts steps and ends the training when its time is used up."""

    def __init__(self):
        self.steps, self.started, self.ended, self.cpu = 0, None, None, 0

    def on_train_begin(self, args, state, control, **_):
        self.started, self.cpu_started = time.perf_counter(), time.process_time()

    def on_step_end(self, args, state, control, **_):
        self.steps += 1
        self.ended, self.cpu = time.perf_counter(), time.process_time() - self.cpu_started
        if job['seconds'] and self.ended - self.started >= job['seconds']:
            control.should_training_stop = True


def rate_share(_step):
    """Warm-up and cosine over the time there is, since nobody knows beforehand how many steps it holds."""
    used = 0 if clock.started is None else min(1, (time.perf_counter() - clock.started) / job['seconds'])
    # The first step, before which no time has passed, must move the weights too.
    return max(used, 0.02) / 0.1 if used < 0.1 else 0.5 * (1 + math.cos(math.pi * (used - 0.1) / 0.9))


clock = Clock()
with tempfile.TemporaryDirectory() as folder:
    arguments = SentenceTransformerTrainingArguments(
        output_dir=folder, num_train_epochs=job['epochs'], per_device_train_batch_size=job['batch'], learning_rate=job['rate'],
        lr_scheduler_type='cosine', warmup_ratio=0.1, weight_decay=0.01, max_grad_norm=1.0, seed=job['seed'], save_strategy='no',
        report_to='none', disable_tqdm=True, logging_strategy='no', batch_sampler=BatchSamplers.NO_DUPLICATES, use_cpu=True,
        dataloader_num_workers=0, dataloader_pin_memory=False)
    queries, passages = zip(*job['pairs'])
    data = Dataset.from_dict({'anchor': queries, 'positive': passages})
    loss = MultipleNegativesRankingLoss(model, scale=1 / job['temperature'])
    timed = {}
    if job['seconds']:
        optimizer = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=job['rate'], weight_decay=0.01)
        timed = {'optimizers': (optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, rate_share))}
    trainer = SentenceTransformerTrainer(model=model, args=arguments, train_dataset=data, loss=loss, callbacks=[clock], **timed)
    trainer.train()
seconds = clock.ended - clock.started
pairs = len(job['pairs']) * job['epochs'] if not job['seconds'] else clock.steps * job['batch']
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
if job['vectors']:
    for name in ('corpus', 'queries'):
        vectors = model.encode(job[name], batch_size=64, normalize_embeddings=True, show_progress_bar=False)
        vectors.astype('float32').tofile(os.path.join(job['vectors'], f'{name}.bin'))
print(json.dumps({'version': f'sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}', 'seconds': seconds,
                  'steps': clock.steps, 'cpuSeconds': clock.cpu, 'pairsPerSecond': pairs / seconds, 'peakBytes': peak}))
