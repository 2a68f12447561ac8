"""Runs the models with ONNX Runtime as those must who decode with them: the keys and values stay where they are."""

from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime import OrtValue

from .size import Size


class Models:
    """The three models of one precision."""

    def __init__(self, cross: Path, decoder: Path, align: Path, size: Size) -> None:
        self.size = size
        self.cross, self.decoder, self.align = (
            onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]) for path in (cross, decoder, align)
        )

    def keys_and_values(self, features: np.ndarray) -> dict[str, np.ndarray]:
        """Of cross-attention, by their names."""
        names = [output.name for output in self.cross.get_outputs()]
        return dict(zip(names, self.cross.run(names, {"audio_features": features})))

    def alignment(self, kept: dict[str, np.ndarray], tokens: np.ndarray) -> np.ndarray:
        taken = {each.name for each in self.align.get_inputs()}
        given = {name: values for name, values in kept.items() if name in taken}
        return self.align.run(["weights"], {"tokens": tokens, **given})[0]


class Decoding:
    """A batch of sequences, each over its own window. See Note [The caller's buffers]."""

    def __init__(self, models: Models, kept: dict[str, np.ndarray], batch: int) -> None:
        size = models.size
        self._decoder = models.decoder
        self._lengths = np.zeros(batch, np.int64)
        past = {
            f"past_{name}_{layer}": np.zeros((batch, size.heads, size.positions, size.head_size), np.float32)
            for layer in range(size.layers)
            for name in ("key", "value")
        }
        self._buffers = {name: OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values)) for name, values in {**past, **kept}.items()}

    def run(self, sequences: list[list[int]]) -> list[np.ndarray]:
        """Logits [new, vocabulary] of the new tokens of each sequence; only the first run may have several of a sequence."""
        counts = np.array([len(sequence) for sequence in sequences])
        width = counts.max()
        columns = np.arange(width)
        tokens = np.array([[*sequence, *[0] * (width - len(sequence))] for sequence in sequences])
        before = self._lengths
        self._lengths = before + counts
        binding = self._decoder.io_binding()
        for name, values in {
            "tokens": tokens,
            "positions": before[:, None] + columns,
            "last": (self._lengths - 1).astype(np.int32),
            "total": np.array(self._lengths.max(), np.int32),
            "wanted": np.broadcast_to(columns[:, None], (len(sequences), width, 1)).copy(),
        }.items():
            binding.bind_ortvalue_input(name, OrtValue.ortvalue_from_numpy(values))
        for name, buffer in self._buffers.items():
            binding.bind_ortvalue_input(name, buffer)
        for name in (output.name for output in self._decoder.get_outputs()):
            if name == "logits":
                binding.bind_output(name)
            else:
                binding.bind_ortvalue_output(name, self._buffers[name.replace("present_", "past_").removeprefix("kept_")])
        self._decoder.run_with_iobinding(binding)
        logits = binding.get_outputs()[0].numpy()
        return [rows[:count] for rows, count in zip(logits, counts)]
