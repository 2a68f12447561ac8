"""fp32: matrices, embeddings, and the keys and values of cross-attention as they are."""

from collections.abc import Callable

import numpy as np
import onnx_ir as ir

from .graph import GraphWriter
from .kept import Kept
from .size import Size


class Floats:
    name = "fp32"

    def linear(self, graph: GraphWriter, x: ir.Value, weight: np.ndarray, bias: np.ndarray | None) -> ir.Value:
        """`weight` is [out, in], as in PyTorch."""
        y = graph.op("MatMul", x, graph.constant(weight.T))
        return y if bias is None else graph.op("Add", y, graph.constant(bias))

    def audio(self, graph: GraphWriter, x: ir.Value, _size: Size) -> Callable[[np.ndarray, np.ndarray | None], ir.Value]:
        """Linear layers of what the encoder gives, as `linear`."""
        return lambda weight, bias: self.linear(graph, x, weight, bias)

    def embeddings(self, graph: GraphWriter, weight: np.ndarray) -> "_Embeddings":
        return _Embeddings(graph, weight)

    def keep(self, graph: GraphWriter, x: ir.Value, name: str, layer: int, size: Size) -> None:
        """`x` [batch, 1500, D], the `name`, key or value, of a layer, becomes an output."""
        into = graph.output(f"cross_{name}_{layer}", ir.DataType.FLOAT, *size.cross_shape)
        graph.split_heads(x, size.heads, size.head_size, into=into)

    def kept(self, graph: GraphWriter, name: str, layer: int, size: Size) -> Kept:
        return Kept(graph.input(f"cross_{name}_{layer}", ir.DataType.FLOAT, *size.cross_shape))

    def cross_attention(self, graph: GraphWriter, _tokens: ir.Value, size: Size) -> "_CrossAttention":
        return _CrossAttention(graph, size)


class _CrossAttention:
    def __init__(self, graph: GraphWriter, size: Size) -> None:
        self._graph, self._size = graph, size

    def __call__(self, query: ir.Value, keys: Kept, values: Kept, _layer: int) -> ir.Value:
        return self._graph.microsoft("MultiHeadAttention", query, keys.values, values.values, num_heads=self._size.heads)


class _Embeddings:
    def __init__(self, graph: GraphWriter, weight: np.ndarray) -> None:
        self._graph = graph
        self._weight = graph.constant(weight)

    def rows(self, tokens: ir.Value) -> ir.Value:
        return self._graph.op("Gather", self._weight, tokens)

    def logits(self, hidden: ir.Value, into: ir.Value) -> None:
        self._graph.op("MatMul", hidden, self._graph.op("Transpose", self._weight, perm=[1, 0]), into=into)
