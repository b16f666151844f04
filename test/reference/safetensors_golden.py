"""Stores a file written by Python's safetensors, with its values, and checks a file that our writer made.

How to run (seconds):
    python3 -m venv /tmp/tokvenv && /tmp/tokvenv/bin/pip install safetensors numpy
    /tmp/tokvenv/bin/python test/reference/safetensors_golden.py                 # writes test/golden/safetensors
    /tmp/tokvenv/bin/python test/reference/safetensors_golden.py check FILE      # reads a file of ours, prints what it holds

expected.json: {"tensors": {name: {"dtype", "dims", "values"}}, "half": [[float32 bits, half bits], ...]}; the second part lists
numpy's rounding of single to half precision at the borders: ties, subnormals, overflow, infinities.
"""
import json, os, sys
import numpy as np
from safetensors import TensorSpec, numpy as st, safe_open, serialize_file

OUT = os.path.join(os.path.dirname(__file__), '..', 'golden', 'safetensors')


def write():
    rng = np.random.default_rng(7)
    single = rng.normal(size=(3, 4)).astype(np.float32)
    tensors = {
        'embeddings.weight': single,
        'half': np.array([0, 1, -2.5, 65504, 6e-8, 6.1e-5, 1 / 3], dtype=np.float16),
        'bytes': np.arange(-4, 4, dtype=np.int8).reshape(2, 4),
        'unsigned': np.array([0, 255], dtype=np.uint8),
        'positions': np.arange(5, dtype=np.int64),
        'scalar': np.array(2.5, dtype=np.float32),
        'empty': np.zeros((0, 3), dtype=np.float32),
    }
    brain = (single.view(np.uint32) >> 16).astype(np.uint16)
    # By address, because numpy has no bfloat16; `tensors` and `brain` live until the file is written.
    raw = {name: TensorSpec(dtype=str(v.dtype), shape=list(v.shape), data_ptr=v.ctypes.data, data_len=v.nbytes) for name, v in tensors.items()}
    raw['brain'] = TensorSpec(dtype='bfloat16', shape=[3, 4], data_ptr=brain.ctypes.data, data_len=brain.nbytes)
    os.makedirs(OUT, exist_ok=True)
    serialize_file(raw, os.path.join(OUT, 'python.safetensors'), {'format': 'pt'})
    names = {'float32': 'F32', 'float16': 'F16', 'int8': 'I8', 'uint8': 'U8', 'int64': 'I64'}
    expected = {n: {'dtype': names[str(v.dtype)], 'dims': list(v.shape), 'values': v.astype(np.float64).ravel().tolist()} for n, v in tensors.items()}
    expected['brain'] = {'dtype': 'BF16', 'dims': [3, 4], 'values': (brain.astype(np.uint32) << 16).view(np.float32).astype(np.float64).ravel().tolist()}
    edges = [0, 1, 0x33000000, 0x33000001, 0x32ffffff, 0x33800000, 0x33c00000, 0x33c00001, 0x387fc000, 0x387fe000, 0x387fefff, 0x387ff000,
             0x387fffff, 0x38800000, 0x38801000, 0x38801001, 0x38803000, 0x3f800000, 0x3f801000, 0x3f803000, 0x3fffffff, 0x477fe000,
             0x477fefff, 0x477ff000, 0x47800000, 0x7f7fffff, 0x7f800000]
    bits = np.array(edges + [e | 0x80000000 for e in edges] + rng.integers(0x32000000, 0x48000000, 200).tolist(), dtype=np.uint32)
    with np.errstate(over='ignore'):
        half = bits.view(np.float32).astype(np.float16).view(np.uint16)
    with open(os.path.join(OUT, 'expected.json'), 'w') as out:
        json.dump({'tensors': expected, 'half': np.stack([bits, half.astype(np.uint32)], 1).tolist()}, out)
        out.write('\n')


def check(path):
    loaded = st.load_file(path)
    with safe_open(path, 'np') as file:
        print('metadata', file.metadata())
    for name in sorted(loaded):
        print(name, loaded[name].dtype, list(loaded[name].shape), loaded[name].astype(np.float64).ravel().tolist()[:6])


write() if len(sys.argv) == 1 else check(sys.argv[2])
