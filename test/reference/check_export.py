"""Loads a model folder in sentence-transformers and in optimum's ONNX loader and compares both with this engine's vectors.

How to run (a minute; FOLDER is a tuned model as `kb-recall train` writes it, or any model folder that the engine reads):
    python3 -m venv /tmp/st && /tmp/st/bin/pip install sentence-transformers
    python3 -m venv /tmp/optimum && /tmp/optimum/bin/pip install 'optimum[onnxruntime]'
    /tmp/st/bin/python test/reference/check_export.py FOLDER [FOLDER ...] --optimum /tmp/optimum/bin/python
optimum pins an older transformers than sentence-transformers takes, hence the two environments: the script calls itself with the
interpreter that --optimum names (default: its own). Ends with 1 when a pair of vectors has a cosine below 0.9999, a folder does not
load, or a weight is missing or left over. `--skip optimum` or `--skip sentence-transformers` leaves one out, for folders that hold
only one kind of weights.
"""
import argparse, json, os, subprocess, sys, tempfile, warnings
import numpy as np

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
LEAST = 0.9999

TEXTS = [
    'How do I reset my password?',
    'Open Settings and choose Reset password. The link in the message is valid for thirty minutes.',
    'Refunds are paid within five working days to the card used for the order.',
    'Error E4304 means that the printer has no paper; load paper and press Continue.',
    'Your invoice shows the VAT number, the date and the sum.',
    'How many days of annual leave does a new employee have, and when do they expire?',
    'The router restarts after the update.',
    'Please send the stove back in its original box.',
    "Don't delete the index while training runs: C++ a_b a-b https://example.com/x?y=1&z=2",
    'Café NOËL naïve Straße GRÖSSE',
    '如何重置我的密码？',
    '退款将在五个工作日内退回原支付卡。',
    '错误代码E4304表示打印机缺纸，请装入纸张后按“继续”。',
    '发票上有税号、日期和金额，发票保存十年。',
    '我们的客服时间为周一至周五九点到十八点。',
    'Привет, мир! パスワードを忘れた場合',
    'short',
    '。',
    'A long passage about the same thing again and again, until the limit of the model cuts it. ' * 40,
    '路由器更新后会自动重启。' * 60,
]


def sentence_transformers_vectors(folder, prefix):
    from sentence_transformers import SentenceTransformer
    model = SentenceTransformer(folder, device='cpu', local_files_only=True)
    # transformers fills what it does not find with random numbers and only logs it.
    _, info = type(model[0].auto_model).from_pretrained(folder, output_loading_info=True, local_files_only=True)
    missing = [name for name in info['missing_keys'] if 'pooler' not in name and 'position_ids' not in name]
    if missing or info['mismatched_keys']:
        raise SystemExit(f'{folder}: transformers lacks {missing}, other shapes: {info["mismatched_keys"]}')
    left = [name for name in info['unexpected_keys'] if 'position_ids' not in name]
    if left:
        raise SystemExit(f'{folder}: transformers does not know {left}')
    return model.encode([prefix + text for text in TEXTS], normalize_embeddings=True, batch_size=8)


def optimum_vectors(folder, prefix, pooling, tokens):
    import torch
    from optimum.onnxruntime import ORTModelForFeatureExtraction
    from transformers import AutoTokenizer
    model = ORTModelForFeatureExtraction.from_pretrained(folder, subfolder='onnx', file_name='model.onnx', local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    rows = []
    for start in range(0, len(TEXTS), 8):
        texts = [prefix + text for text in TEXTS[start:start + 8]]
        batch = tokenizer(texts, padding=True, truncation=True, max_length=tokens, return_tensors='pt')
        hidden = model(**batch).last_hidden_state
        mask = batch['attention_mask'].unsqueeze(-1).to(hidden.dtype)
        pooled = hidden[:, 0] if pooling == 'cls' else (hidden * mask).sum(1) / mask.sum(1)
        rows.append(torch.nn.functional.normalize(pooled, dim=1).detach().numpy())
    return np.concatenate(rows)


def our_vectors(folder, side):
    with tempfile.NamedTemporaryFile('w', suffix='.json', delete=False) as file:
        json.dump(TEXTS, file)
    try:
        command = ['node', '--import', 'tsx', 'bench/embed.ts', os.path.abspath(folder), '--side', side, '--texts', file.name]
        output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    finally:
        os.unlink(file.name)
    return json.loads(output)


def optimum_in_its_environment(python, folder, prefix, pooling, tokens):
    if python is None:
        return optimum_vectors(folder, prefix, pooling, tokens)
    with tempfile.TemporaryDirectory() as temp:
        out = os.path.join(temp, 'vectors.npy')
        job = json.dumps([folder, prefix, pooling, tokens, out])
        subprocess.run([python, os.path.abspath(__file__), '--optimum-job', job], check=True)
        return np.load(out)


def least_cosine(a, b):
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return float(((a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)).min())


def check(folder, args):
    good = True
    for side in ('query', 'passage'):
        ours = our_vectors(folder, side)
        profile = ours['profile']
        prefix = profile[f'{side}Prefix']
        sets = {'kb-recall': np.array(ours['vectors'], np.float32)}
        if 'sentence-transformers' not in args.skip:
            sets['sentence-transformers'] = sentence_transformers_vectors(folder, prefix)
        if 'optimum' not in args.skip:
            sets['optimum'] = optimum_in_its_environment(args.optimum, folder, prefix, profile['pooling'], profile['maxTokens'])
        names = list(sets)
        for i, one in enumerate(names):
            for other in names[i + 1:]:
                least = least_cosine(sets[one], sets[other])
                good &= least >= LEAST
                print(f'{"ok " if least >= LEAST else "BAD"} {ours["model"]} {side}: {one} = {other}: least cosine {least:.7f} on {len(TEXTS)} texts')
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folders', nargs='*')
    parser.add_argument('--optimum', help='Python interpreter that has optimum[onnxruntime]')
    parser.add_argument('--skip', action='append', default=[], choices=['optimum', 'sentence-transformers'])
    parser.add_argument('--optimum-job', help=argparse.SUPPRESS)
    args = parser.parse_args()
    warnings.filterwarnings('ignore')
    os.environ['HF_HUB_OFFLINE'] = '1'
    if args.optimum_job:
        *job, out = json.loads(args.optimum_job)
        np.save(out, optimum_vectors(*job))
        return 0
    return 0 if all([check(folder, args) for folder in args.folders]) else 1


if __name__ == '__main__':
    sys.exit(main())
