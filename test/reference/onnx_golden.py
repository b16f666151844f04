"""Stores a model written by Python's onnx that has every kind of attribute, every element type and every way to store a tensor.

How to run (seconds):
    python3 -m venv /tmp/onnxvenv && /tmp/onnxvenv/bin/pip install onnx numpy
    /tmp/onnxvenv/bin/python test/reference/onnx_golden.py        # writes test/golden/gradients/python.onnx

What it holds is spelled out in test/unit/autodiff/proto.test.ts.
"""
import os
import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

OUT = os.path.join(os.path.dirname(__file__), '..', 'golden', 'gradients', 'python.onnx')

kinds = helper.make_node(
    'Kinds', ['x', '', 'float32_raw'], ['y'], name='kinds', domain='test.domain',
    int=-3, largest=2**63 - 1, float=0.5, text='zwölf', ints=[-1, 0, 300], floats=[0.25, -2.0], strings=['a', '二'],
    tensor=helper.make_tensor('inner', TensorProto.INT64, [2], [-7, 9]))
plain = helper.make_node('Add', ['y', 'x'], ['z'], domain='ai.onnx')

values = {
    'float32': (TensorProto.FLOAT, [1.5, -2.0]), 'float64': (TensorProto.DOUBLE, [1e-3, -2.0]), 'float16': (TensorProto.FLOAT16, [1.5, -2.0]),
    'int64': (TensorProto.INT64, [-(2**40), 5]), 'int32': (TensorProto.INT32, [-70000, 5]), 'int8': (TensorProto.INT8, [-128, 5]),
    'uint8': (TensorProto.UINT8, [255, 5]), 'bool': (TensorProto.BOOL, [True, False]),
}
tensors = []
for name, (code, data) in values.items():
    tensors.append(helper.make_tensor(f'{name}_typed', code, [2, 1], data))
    tensors.append(numpy_helper.from_array(np.array(data, dtype=helper.tensor_dtype_to_np_dtype(code)).reshape(2, 1), f'{name}_raw'))
tensors.append(numpy_helper.from_array(np.array(2.5, dtype=np.float32), 'scalar'))
tensors.append(numpy_helper.from_array(np.zeros((0, 3), dtype=np.float32), 'empty'))

graph = helper.make_graph(
    [kinds, plain], 'golden',
    # As old exporters do, an initializer stands among the inputs as well.
    [helper.make_tensor_value_info('x', TensorProto.FLOAT, ['batch', 3, None]), helper.make_tensor_value_info('scalar', TensorProto.FLOAT, [])],
    [helper.make_tensor_value_info('z', TensorProto.FLOAT, ['batch', 3, None])], tensors)
save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17), helper.make_opsetid('test.domain', 2)]), OUT)
