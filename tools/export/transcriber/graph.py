"""Writes one ONNX graph, node by node."""

from pathlib import Path

import numpy as np
import onnx_ir as ir
from onnx_ir.tape import Tape

#: The first that has Gelu.
_OPSET = 20
_IR_VERSION = 10
_MICROSOFT = "com.microsoft"
#: A protobuf holds at most 2 GiB; the weights of larger models have a file of their own.
_LARGEST_SINGLE_FILE = 1_500_000_000

#: Of LayerNorm in all models of Whisper: PyTorch's default.
_EPSILON = 1e-5


class GraphWriter:
    def __init__(self) -> None:
        self._tape = Tape()
        self._inputs: list[ir.Value] = []
        self._outputs: list[ir.Value] = []
        self._bytes = 0

    def input(self, name: str, kind: ir.DataType, *shape: int | str) -> ir.Value:
        self._inputs.append(ir.Value(name=name, shape=ir.Shape(shape), type=ir.TensorType(kind)))
        return self._inputs[-1]

    def output(self, name: str, kind: ir.DataType, *shape: int | str) -> ir.Value:
        """For the node that computes it: see `into`."""
        self._outputs.append(ir.Value(name=name, shape=ir.Shape(shape), type=ir.TensorType(kind)))
        return self._outputs[-1]

    def constant(self, values: np.ndarray) -> ir.Value:
        self._bytes += values.nbytes
        return self._tape.initializer(ir.tensor(np.asarray(values, order="C")), f"constant_{len(self._tape.initializers)}")

    def integers(self, *values: int) -> ir.Value:
        return self.constant(np.array(values, np.int64))

    def op(self, kind: str, *inputs: ir.Value | None, into: ir.Value | None = None, domain: str = "", **attributes) -> ir.Value:
        return self._tape.op(kind, inputs, attributes, output=into, domain=domain)

    def microsoft(self, kind: str, *inputs: ir.Value | None, into: ir.Value | None = None, **attributes) -> ir.Value:
        """An operator that only ONNX Runtime has."""
        return self.op(kind, *inputs, into=into, domain=_MICROSOFT, **attributes)

    def attention_with_cache(self, *inputs: ir.Value | None, present: tuple[ir.Value, ir.Value], **attributes) -> ir.Value:
        """GroupQueryAttention, which gives its keys and values back as `present`."""
        attended = ir.Value()
        self._tape.op_multi_out("GroupQueryAttention", inputs, attributes, outputs=(attended, *present), domain=_MICROSOFT)
        return attended

    def split(self, x: ir.Value, parts: int) -> list[ir.Value]:
        """Along the last axis."""
        return list(self._tape.op_multi_out("Split", [x], {"axis": -1, "num_outputs": parts}, num_outputs=parts))

    def norm(self, x: ir.Value, weight: np.ndarray, bias: np.ndarray) -> ir.Value:
        return self.op("LayerNormalization", x, self.constant(weight), self.constant(bias), axis=-1, epsilon=_EPSILON)

    def split_heads(self, x: ir.Value, heads: int, head_size: int, into: ir.Value | None = None) -> ir.Value:
        """[batch, n, D] → [batch, heads, n, headSize]"""
        split = self.op("Reshape", x, self.integers(0, 0, heads, head_size))
        return self.op("Transpose", split, into=into, perm=[0, 2, 1, 3])

    def save(self, path: Path) -> list[Path]:
        """The files written, the model first."""
        graph = ir.Graph(
            self._inputs,
            self._outputs,
            nodes=self._tape.nodes,
            initializers=self._tape.initializers,
            opset_imports={"": _OPSET, _MICROSOFT: 1},
            name=path.name.partition(".")[0],
        )
        data = path.with_name(f"{path.name}.data")
        data.unlink(missing_ok=True)
        is_large = self._bytes > _LARGEST_SINGLE_FILE
        ir.save(ir.Model(graph, ir_version=_IR_VERSION), path, external_data=data.name if is_large else None)
        return [path, data] if is_large else [path]
