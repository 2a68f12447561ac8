"""What the graphs of the decoder and of the alignment share."""

from collections.abc import Callable

import numpy as np
import onnx_ir as ir

from .graph import GraphWriter
from .weights import Weights

#: From the normed hidden values to what a block adds to them.
Block = Callable[[ir.Value], ir.Value]


def residual(graph: GraphWriter, hidden: ir.Value, norm: tuple[np.ndarray, np.ndarray], block: Block) -> ir.Value:
    return graph.op("Add", hidden, block(graph.norm(hidden, *norm)))


def embedded(graph: GraphWriter, rows: ir.Value, positions: ir.Value, weights: Weights) -> ir.Value:
    return graph.op("Add", rows, graph.op("Gather", graph.constant(weights["embed_positions.weight"]), positions))


def queries_keys_values(graph: GraphWriter, precision, normed: ir.Value, attention: Weights) -> ir.Value:
    """[batch, new, 3 * D], by one matrix."""
    matrices, biases = zip(*(attention.linear(name) for name in ("q_proj", "k_proj", "v_proj")))
    whole = [np.zeros(len(matrix), np.float32) if bias is None else bias for matrix, bias in zip(matrices, biases)]
    return precision.linear(graph, normed, np.concatenate(matrices), np.concatenate(whole))


def feed_forward(graph: GraphWriter, precision, normed: ir.Value, layer: Weights) -> ir.Value:
    inner = graph.op("Gelu", precision.linear(graph, normed, *layer.linear("fc1")))
    return precision.linear(graph, inner, *layer.linear("fc2"))
