"""int8: the decoder's matrices and embeddings in blocks of 8-bit integers, and cross-attention over keys and values of 8 bits.

Decoding is bound by memory: a step reads every matrix, and the keys and values of all 1500 positions, to make one token.
In float32 those of Whisper base are 37 MB, and took half of a step. The matrices that make them are multiplied by all 1500 positions
once, as in the encoder: Note [Rows of integers] in tower/eight_bits.py.
"""

import math
from collections.abc import Callable

import numpy as np
import onnx_ir as ir

from tower.eight_bits import LEAST, ZERO, columns_in_eight_bits
from tower.errors import ExportError

from .graph import GraphWriter
from .kept import Kept
from .size import Size

#: Values of a row that share a scale, at most. The logits of tiny.en for English sentences are off by 3.5 % with blocks of 128, by
#: 2.7 % with 64, and by 2.1 % with 32. With 128 a sequence has other logits in a batch than alone (by 1.5 %, on x64); with 64 and 32 the
#: same to the bit. Alone, a step of base takes one processor 12.6 ms with 128, 13.1 ms with 64, 14.4 ms with 32; in a batch of four
#: all take the same.
_LARGEST_BLOCK = 64
#: The least that MatMulNBits has.
_SMALLEST_BLOCK = 16
#: Of MatMulNBits: 4 multiplies integers of 8 bits; 0 would turn the matrix back into floats, at their speed.
_INTEGERS = 4


class EightBits:
    name = "int8"

    def linear(self, graph: GraphWriter, x: ir.Value, weight: np.ndarray, bias: np.ndarray | None) -> ir.Value:
        """`weight` is [out, in], as in PyTorch."""
        y = _Matrix(graph, weight).product(x)
        return y if bias is None else graph.op("Add", y, graph.constant(bias))

    def audio(self, graph: GraphWriter, x: ir.Value, size: Size) -> Callable[[np.ndarray, np.ndarray | None], ir.Value]:
        """Linear layers of what the encoder gives, as `linear`."""
        return _Rows(graph, x, size).linear

    def embeddings(self, graph: GraphWriter, weight: np.ndarray) -> "_Embeddings":
        return _Embeddings(graph, weight)

    def keep(self, graph: GraphWriter, x: ir.Value, name: str, layer: int, size: Size) -> None:
        """`x` [batch, 1500, D], the `name`, key or value, of a layer, becomes two outputs: integers, and their scales."""
        integers = graph.output(f"cross_{name}_{layer}", ir.DataType.INT8, *size.cross_shape)
        scale = graph.output(f"cross_{name}_scale_{layer}", ir.DataType.FLOAT, "batch", 1, size.width)
        _scale(graph, _largest(graph, x, size), into=scale)
        rounded = graph.op("Cast", graph.op("Round", graph.op("Div", x, scale)), to=ir.DataType.INT8)
        graph.split_heads(rounded, size.heads, size.head_size, into=integers)

    def kept(self, graph: GraphWriter, name: str, layer: int, size: Size) -> Kept:
        return Kept(
            graph.input(f"cross_{name}_{layer}", ir.DataType.INT8, *size.cross_shape),
            graph.input(f"cross_{name}_scale_{layer}", ir.DataType.FLOAT, "batch", 1, size.width),
        )

    def cross_attention(self, graph: GraphWriter, tokens: ir.Value, size: Size) -> "_CrossAttention":
        return _CrossAttention(graph, tokens, size)


def _scale(graph: GraphWriter, largest: ir.Value, into: ir.Value | None = None) -> ir.Value:
    return graph.op("Div", graph.op("Max", largest, graph.constant(np.float32(LEAST))), graph.constant(np.float32(127)), into=into)


def _largest(graph: GraphWriter, x: ir.Value, size: Size) -> ir.Value:
    """Of each channel of [batch, 1500, D]: [batch, 1, D]. In two steps, since the first of so many rows is slow."""
    columns = max(each for each in range(1, math.isqrt(size.audio_positions) + 1) if size.audio_positions % each == 0)
    wide = graph.op("Reshape", graph.op("Abs", x), graph.integers(0, -1, columns * size.width))
    largest = graph.op("ReduceMax", wide, graph.integers(1), keepdims=0)
    return graph.op("ReduceMax", graph.op("Reshape", largest, graph.integers(0, columns, size.width)), graph.integers(1), keepdims=1)


class _Rows:
    """Note [Rows of integers]. The integers of `x` [batch, 1500, D] serve all layers."""

    def __init__(self, graph: GraphWriter, x: ir.Value, size: Size) -> None:
        self._graph, self._size = graph, size
        tokens = graph.op("Reshape", x, graph.integers(-1, size.width))
        largest = graph.op("ReduceMax", graph.op("Abs", tokens), graph.integers(-1), keepdims=0)
        scale = _scale(graph, largest)
        self._zero = graph.constant(np.array(ZERO, np.uint8))
        self._integers = graph.op("QuantizeLinear", tokens, scale, graph.op("Expand", self._zero, graph.op("Shape", scale)), axis=0)
        self._scale = graph.op("Unsqueeze", scale, graph.integers(-1))
        self._one = graph.constant(np.float32(1))

    def linear(self, weight: np.ndarray, bias: np.ndarray | None) -> ir.Value:
        graph = self._graph
        matrix, scale = (graph.constant(each) for each in columns_in_eight_bits(weight))
        product = graph.microsoft("MatMulIntegerToFloat", self._integers, matrix, self._one, scale, self._zero)
        scaled = graph.op("Mul", product, self._scale)
        y = graph.op("Reshape", scaled, graph.integers(-1, self._size.audio_positions, weight.shape[0]))
        return y if bias is None else graph.op("Add", y, graph.constant(bias))


class _CrossAttention:
    """By the operator for self-attention with a cache, the only one that multiplies keys of 8 bits: all positions are its past, and
    nothing is new. It has one scale for a tensor, here 1: ours, of each channel, are taken into the query and the result.

    Note [Whole prompts]: GroupQueryAttention takes several tokens of several sequences only as whole prompts, for which the total
    length is the number of new tokens. The kernel uses that total for this decision alone: how many keys it looks at is in `last`.
    A whole prompt reads the keys from the present, so the present must be the past's own buffer (Note [The caller's buffers])."""

    def __init__(self, graph: GraphWriter, tokens: ir.Value, size: Size) -> None:
        self._graph, self._size = graph, size
        batch = graph.op("Shape", tokens, start=0, end=1)
        shape = graph.op("Concat", batch, graph.integers(0, size.width), axis=0)
        self._nothing = graph.op("Expand", graph.constant(np.zeros((1, 0, size.width), np.float32)), shape)
        self._last = graph.op("Expand", graph.constant(np.array([size.audio_positions - 1], np.int32)), batch)
        new = graph.op("Squeeze", graph.op("Shape", tokens, start=1, end=2))
        self._total = graph.op("Cast", new, to=ir.DataType.INT32)
        self._one = graph.constant(np.ones(1, np.float32))

    def __call__(self, query: ir.Value, keys: Kept, values: Kept, layer: int) -> ir.Value:
        graph, size = self._graph, self._size
        present = tuple(graph.output(f"kept_cross_{name}_{layer}", ir.DataType.INT8, *size.cross_shape) for name in ("key", "value"))
        # Rotary caches, positions, bias, sinks: none. Then the scales.
        rest = (None, None, None, None, None, self._one, self._one)
        attended = graph.attention_with_cache(
            keys.scaled(graph, query), self._nothing, self._nothing, keys.values, values.values, self._last, self._total, *rest,
            present=present,
            num_heads=size.heads,
            kv_num_heads=size.heads,
            causal=0,
            kv_cache_bit_width=8,
            k_quant_type="PER_TENSOR",
            v_quant_type="PER_TENSOR",
        )
        return values.scaled(graph, attended)


class _Matrix:
    """[out, in] in blocks along `in`: value = (integer - zero point) * scale."""

    def __init__(self, graph: GraphWriter, weight: np.ndarray) -> None:
        self._graph = graph
        self.rows, self.columns = weight.shape
        self.block = _block(self.columns)
        blocks = weight.astype(np.float32).reshape(self.rows, -1, self.block)
        # Zero is always among the values, and is exact.
        least, most = np.minimum(blocks.min(-1), 0), np.maximum(blocks.max(-1), 0)
        scale = (most - least) / np.float32(255)
        scale[scale == 0] = 1
        zero = np.round(-least / scale)
        integers = np.clip(np.round(blocks / scale[..., None]) + zero[..., None], 0, 255)
        self.integers, self.scale, self.zero = (
            graph.constant(values) for values in (integers.astype(np.uint8), scale, zero.astype(np.uint8))
        )

    def product(self, x: ir.Value, into: ir.Value | None = None) -> ir.Value:
        return self._graph.microsoft(
            "MatMulNBits", x, self.integers, self.scale, self.zero,
            into=into, N=self.rows, K=self.columns, bits=8, block_size=self.block, accuracy_level=_INTEGERS,
        )


class _Embeddings:
    """One constant serves both: it is half of a small model."""

    def __init__(self, graph: GraphWriter, weight: np.ndarray) -> None:
        self._graph = graph
        self._matrix = _Matrix(graph, weight)

    def rows(self, tokens: ir.Value) -> ir.Value:
        matrix = self._matrix
        # Of each block one: this operator wants as many axes as the integers have, and MatMulNBits one less.
        scale, zero = (self._graph.op("Unsqueeze", each, self._graph.integers(-1)) for each in (matrix.scale, matrix.zero))
        blocks = self._graph.microsoft(
            "GatherBlockQuantized", matrix.integers, tokens, scale, zero,
            bits=8, block_size=matrix.block, gather_axis=0, quantize_axis=2,
        )
        return self._graph.op("Reshape", blocks, self._graph.integers(0, 0, matrix.columns))

    def logits(self, hidden: ir.Value, into: ir.Value) -> None:
        self._matrix.product(hidden, into=into)


def _block(width: int) -> int:
    block = _LARGEST_BLOCK
    while width % block:
        block //= 2
    if block < _SMALLEST_BLOCK:
        raise ExportError(f"int8 needs widths that {_SMALLEST_BLOCK} divides, and this model has one of {width}: use --precision fp32")
    return block
