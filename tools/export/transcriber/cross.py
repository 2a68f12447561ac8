"""The keys and values of cross-attention, of all layers, from what the encoder gives."""

import onnx_ir as ir

from .graph import GraphWriter
from .size import Size
from .weights import Weights


def write(graph: GraphWriter, precision, weights: Weights, size: Size) -> None:
    audio = graph.input("audio_features", ir.DataType.FLOAT, "batch", size.audio_positions, size.width)
    linear = precision.audio(graph, audio, size)
    for layer in range(size.layers):
        attention = weights.under(f"layers.{layer}.encoder_attn")
        for name, projection in (("key", "k_proj"), ("value", "v_proj")):
            precision.keep(graph, linear(*attention.linear(projection)), name, layer, size)
