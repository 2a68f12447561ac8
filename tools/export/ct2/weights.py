"""Whisper's weights under transformers' names.

CTranslate2 holds the queries, keys and values of an attention as one matrix, and of an attention to the encoder the keys
and values. Its linear layers are numbered in the order in which they run. Whisper's keys have no bias: CTranslate2
fills in zeros.
"""

import re
from collections.abc import Iterator

import numpy as np

from tower.errors import ExportError

from .model_file import ModelFile

#: Of ctranslate2.specs.common_spec.Activation.
_GELU = 3


class Weights:
    def __init__(self, file: ModelFile) -> None:
        self._file = file
        self._check_form()
        self.layers = {part: self._layers(part) for part in ("encoder", "decoder")}
        self.heads = {part: file.integer(f"{part}/num_heads") for part in ("encoder", "decoder")}
        self.tensors = dict(self._all())

    def _check_form(self) -> None:
        activation, pre_norm = self._file.integer("decoder/activation"), self._file.integer("decoder/pre_norm")
        if activation != _GELU or not pre_norm:
            raise ExportError(f"the decoder is not Whisper's: activation is {activation}, which must be {_GELU} for GELU, and pre_norm is "
                              f"{pre_norm}, which must be 1")

    def _layers(self, part: str) -> int:
        numbers = {int(found[1]) for name in self._file.names() if (found := re.match(rf"{part}/layer_(\d+)/", name))}
        if numbers != set(range(len(numbers))) or not numbers:
            raise ExportError(f"the {part} has the layers {sorted(numbers)}, where 0 to the last must be: the model is not whole")
        return len(numbers)

    def _all(self) -> Iterator[tuple[str, np.ndarray]]:
        for name in ("conv1", "conv2"):
            yield from self._linear(f"encoder/{name}", f"model.encoder.{name}")
        yield "model.decoder.embed_tokens.weight", self._embeddings()
        for part, count in self.layers.items():
            yield f"model.{part}.embed_positions.weight", self._file.floats(f"{part}/position_encodings/encodings")
            yield from self._norm(f"{part}/layer_norm", f"model.{part}.layer_norm")
            for number in range(count):
                yield from self._layer(part, f"{part}/layer_{number}", f"model.{part}.layers.{number}")

    def _layer(self, part: str, source: str, target: str) -> Iterator[tuple[str, np.ndarray]]:
        yield from self._norm(f"{source}/self_attention/layer_norm", f"{target}.self_attn_layer_norm")
        yield from self._joined(f"{source}/self_attention/linear_0", f"{target}.self_attn", ("q_proj", "k_proj", "v_proj"))
        yield from self._linear(f"{source}/self_attention/linear_1", f"{target}.self_attn.out_proj")
        if part == "decoder":
            yield from self._norm(f"{source}/attention/layer_norm", f"{target}.encoder_attn_layer_norm")
            yield from self._linear(f"{source}/attention/linear_0", f"{target}.encoder_attn.q_proj")
            yield from self._joined(f"{source}/attention/linear_1", f"{target}.encoder_attn", ("k_proj", "v_proj"))
            yield from self._linear(f"{source}/attention/linear_2", f"{target}.encoder_attn.out_proj")
        yield from self._norm(f"{source}/ffn/layer_norm", f"{target}.final_layer_norm")
        yield from self._linear(f"{source}/ffn/linear_0", f"{target}.fc1")
        yield from self._linear(f"{source}/ffn/linear_1", f"{target}.fc2")

    def _linear(self, source: str, target: str) -> Iterator[tuple[str, np.ndarray]]:
        yield f"{target}.weight", self._file.floats(f"{source}/weight")
        yield f"{target}.bias", self._file.floats(f"{source}/bias")

    def _norm(self, source: str, target: str) -> Iterator[tuple[str, np.ndarray]]:
        yield f"{target}.weight", self._file.floats(f"{source}/gamma")
        yield f"{target}.bias", self._file.floats(f"{source}/beta")

    def _joined(self, source: str, target: str, names: tuple[str, ...]) -> Iterator[tuple[str, np.ndarray]]:
        weight, bias = self._file.floats(f"{source}/weight"), self._file.floats(f"{source}/bias")
        if len(weight) % len(names) or len(weight) != len(bias):
            raise ExportError(f"{source} has {len(weight)} rows and {len(bias)} biases, which are not those of {', '.join(names)}")
        for name, rows, values in zip(names, np.split(weight, len(names)), np.split(bias, len(names))):
            yield f"{target}.{name}.weight", rows
            if name != "k_proj":
                yield f"{target}.{name}.bias", values
            elif values.any():
                raise ExportError(f"the keys of {source} have a bias, which Whisper's have not: the model is another one")

    def _embeddings(self) -> np.ndarray:
        """Whisper's output projection is its embeddings; transformers ties the two again."""
        embeddings, projection = self._file.floats("decoder/embeddings/weight"), self._file.floats("decoder/projection/weight")
        # CTranslate2 can pad a projection with rows that no token has.
        if not np.array_equal(embeddings, projection[: len(embeddings)]):
            raise ExportError("the output projection differs from the embeddings, which transformers' Whisper shares: it cannot be written")
        return embeddings
