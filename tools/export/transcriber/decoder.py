"""The decoder: logits of new tokens, for prefill and for steps (Note [One graph for prefill and steps])."""

from collections.abc import Callable

import onnx_ir as ir

from .graph import GraphWriter
from .layers import embedded, feed_forward, queries_keys_values, residual
from .size import Size
from .weights import Weights


def write(graph: GraphWriter, precision, weights: Weights, size: Size) -> None:
    tokens = graph.input("tokens", ir.DataType.INT64, "batch", "new")
    positions = graph.input("positions", ir.DataType.INT64, "batch", "new")
    last = graph.input("last", ir.DataType.INT32, "batch")
    total = graph.input("total", ir.DataType.INT32)
    wanted = graph.input("wanted", ir.DataType.INT64, "batch", "wanted", 1)
    logits = graph.output("logits", ir.DataType.FLOAT, "batch", "wanted", size.vocabulary)
    embeddings = precision.embeddings(graph, weights["embed_tokens.weight"])
    hidden = embedded(graph, embeddings.rows(tokens), positions, weights)
    look = precision.cross_attention(graph, tokens, size)
    for number in range(size.layers):
        hidden = _Layer(graph, precision, weights, size, number).write(hidden, last, total, look)
    hidden = graph.op("GatherND", hidden, wanted, batch_dims=1)
    embeddings.logits(graph.norm(hidden, *weights.norm("layer_norm")), into=logits)


class _Layer:
    def __init__(self, graph: GraphWriter, precision, weights: Weights, size: Size, number: int) -> None:
        self._graph, self._precision, self._size, self._number = graph, precision, size, number
        self._weights = weights.under(f"layers.{number}")

    def write(self, hidden: ir.Value, last: ir.Value, total: ir.Value, look: Callable) -> ir.Value:
        graph, weights = self._graph, self._weights
        hidden = residual(graph, hidden, weights.norm("self_attn_layer_norm"), lambda x: self._self_attention(x, last, total))
        hidden = residual(graph, hidden, weights.norm("encoder_attn_layer_norm"), lambda x: self._cross_attention(x, look))
        norm = weights.norm("final_layer_norm")
        return residual(graph, hidden, norm, lambda x: feed_forward(graph, self._precision, x, weights))

    def _self_attention(self, normed: ir.Value, last: ir.Value, total: ir.Value) -> ir.Value:
        graph, size, attention = self._graph, self._size, self._weights.under("self_attn")
        past = [graph.input(f"past_{name}_{self._number}", ir.DataType.FLOAT, *size.past_shape) for name in ("key", "value")]
        present = tuple(graph.output(f"present_{name}_{self._number}", ir.DataType.FLOAT, *size.past_shape) for name in ("key", "value"))
        packed = queries_keys_values(graph, self._precision, normed, attention)
        attended = graph.attention_with_cache(
            packed, None, None, *past, last, total, present=present, num_heads=size.heads, kv_num_heads=size.heads
        )
        return self._precision.linear(graph, attended, *attention.linear("out_proj"))

    def _cross_attention(self, normed: ir.Value, look: Callable) -> ir.Value:
        graph, precision, size, attention = self._graph, self._precision, self._size, self._weights.under("encoder_attn")
        keys, values = (precision.kept(graph, name, self._number, size) for name in ("key", "value"))
        query = precision.linear(graph, normed, *attention.linear("q_proj"))
        return precision.linear(graph, look(query, keys, values, self._number), *attention.linear("out_proj"))
