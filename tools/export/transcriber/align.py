"""The cross-attention of the alignment heads: how much each token looks at each moment of the audio, for times of words."""

import numpy as np
import onnx_ir as ir

from .graph import GraphWriter
from .kept import Kept
from .layers import embedded, feed_forward, queries_keys_values, residual
from .size import Size
from .weights import Weights

#: [layer, head] of each.
Heads = list[list[int]]


def write(graph: GraphWriter, precision, weights: Weights, size: Size, heads: Heads) -> None:
    tokens = graph.input("tokens", ir.DataType.INT64, "batch", "new")
    new = graph.op("Shape", tokens, start=1, end=2)
    zero, one = (graph.constant(np.array(value, np.int64)) for value in (0, 1))
    positions = graph.op("Range", zero, graph.op("Squeeze", new), one)
    hidden = embedded(graph, precision.embeddings(graph, weights["embed_tokens.weight"]).rows(tokens), positions, weights)
    last = max(layer for layer, _ in heads)
    attentions = []
    for number in range(last + 1):
        layer = _Layer(graph, precision, weights, size, number)
        attentions.append(layer.look(hidden))
        if number < last:
            hidden = layer.finish()
    _write_weights(graph, attentions, size, heads)


def _write_weights(graph: GraphWriter, attentions: list[ir.Value], size: Size, heads: Heads) -> None:
    axis = graph.integers(1)
    chosen = [graph.op("Slice", attentions[layer], graph.integers(head), graph.integers(head + 1), axis) for layer, head in heads]
    into = graph.output("weights", ir.DataType.FLOAT, "batch", len(heads), "new", size.audio_positions)
    graph.op("Concat", *chosen, into=into, axis=1)


class _Layer:
    """Of the last layer only what its weights need is written: no values, no feed-forward."""

    def __init__(self, graph: GraphWriter, precision, weights: Weights, size: Size, number: int) -> None:
        self._graph, self._precision, self._size, self._number = graph, precision, size, number
        self._weights = weights.under(f"layers.{number}")

    def look(self, hidden: ir.Value) -> ir.Value:
        """[batch, heads, new, 1500]"""
        graph, size, weights = self._graph, self._size, self._weights
        self._hidden = residual(graph, hidden, weights.norm("self_attn_layer_norm"), self._self_attention)
        normed = graph.norm(self._hidden, *weights.norm("encoder_attn_layer_norm"))
        query = self._precision.linear(graph, normed, *weights.under("encoder_attn").linear("q_proj"))
        keys = self._kept("key")
        queries = graph.split_heads(keys.scaled(graph, query), size.heads, size.head_size)
        scores = graph.microsoft("FusedMatMul", queries, keys.as_floats(graph), transB=1, alpha=size.head_size**-0.5)
        self._attention = graph.op("Softmax", scores, axis=-1)
        return self._attention

    def finish(self) -> ir.Value:
        graph, size, weights = self._graph, self._size, self._weights
        values = self._kept("value")
        mixed = graph.op("Transpose", graph.op("MatMul", self._attention, values.as_floats(graph)), perm=[0, 2, 1, 3])
        joined = values.scaled(graph, graph.op("Reshape", mixed, graph.integers(0, 0, size.width)))
        added = self._precision.linear(graph, joined, *weights.under("encoder_attn").linear("out_proj"))
        hidden = graph.op("Add", self._hidden, added)
        norm = weights.norm("final_layer_norm")
        return residual(graph, hidden, norm, lambda x: feed_forward(graph, self._precision, x, weights))

    def _kept(self, name: str) -> Kept:
        return self._precision.kept(self._graph, name, self._number, self._size)

    def _self_attention(self, normed: ir.Value) -> ir.Value:
        graph, size, attention = self._graph, self._size, self._weights.under("self_attn")
        packed = queries_keys_values(graph, self._precision, normed, attention)
        query, key, value = graph.split(packed, 3)
        attended = graph.microsoft("MultiHeadAttention", query, key, value, num_heads=size.heads, unidirectional=1)
        return self._precision.linear(graph, attended, *attention.linear("out_proj"))
