"""The weights of the decoder, by transformers' names."""

import numpy as np


class Weights:
    def __init__(self, arrays: dict[str, np.ndarray], prefix: str = "") -> None:
        self._arrays = arrays
        self._prefix = prefix

    def under(self, name: str) -> "Weights":
        return Weights(self._arrays, f"{self._prefix}{name}.")

    def linear(self, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        """Whisper's projection of keys has no bias."""
        return self[f"{name}.weight"], self._arrays.get(f"{self._prefix}{name}.bias")

    def norm(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        return self[f"{name}.weight"], self[f"{name}.bias"]

    def __getitem__(self, name: str) -> np.ndarray:
        return self._arrays[f"{self._prefix}{name}"]
