"""The sizes that the shapes of all graphs are made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    layers: int
    heads: int
    width: int
    vocabulary: int
    #: Of text, 448.
    positions: int
    #: Of the encoder, 1500.
    audio_positions: int

    @property
    def head_size(self) -> int:
        return self.width // self.heads

    @property
    def cross_shape(self) -> tuple[str, int, int, int]:
        return ("batch", self.heads, self.audio_positions, self.head_size)

    @property
    def past_shape(self) -> tuple[str, int, str, int]:
        return ("batch", self.heads, "capacity", self.head_size)
