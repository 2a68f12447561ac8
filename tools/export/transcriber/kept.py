"""The keys or the values of one layer's cross-attention, which `cross` gives once for each window and the others take."""

from dataclasses import dataclass

import onnx_ir as ir

from .graph import GraphWriter


@dataclass(frozen=True)
class Kept:
    #: [batch, heads, 1500, headSize]
    values: ir.Value
    #: Of integers: [batch, 1, D], a factor for each channel.
    scale: ir.Value | None = None

    def scaled(self, graph: GraphWriter, x: ir.Value) -> ir.Value:
        """`x` [batch, new, D] times the scale. A product with keys or values whose scale is left out becomes right by it:
        q · (k * scale) = (q * scale) · k, and Σ p (v * scale) = (Σ p v) * scale."""
        return x if self.scale is None else graph.op("Mul", x, self.scale)

    def as_floats(self, graph: GraphWriter) -> ir.Value:
        """Without the scale."""
        return self.values if self.scale is None else graph.op("Cast", self.values, to=ir.DataType.FLOAT)
