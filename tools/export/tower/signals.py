"""Signals that any language makes bit by bit: integers, and divisions by powers of two."""

import numpy as np

NOISE = (
    "state starts as seed; for each sample i: state = (state * 1664525 + 1013904223) mod 2^32; "
    "sample = (floor(state / 2^16) - 2^15) * (floor(i / 1600) mod 7 + 1) / 2^18, which is exact in float32"
)


def noise(samples: int, seed: int) -> np.ndarray:
    """White noise whose loudness changes every 0.1 s, float32, so that no two moments have the same features."""
    loudness = np.arange(samples) // 1600 % 7 + 1
    return (_uniform(samples, seed) * loudness / 2**18).astype(np.float32)


def _uniform(samples: int, seed: int) -> np.ndarray:
    """Integers in [-2^15, 2^15)."""
    values = np.empty(samples, np.int64)
    state = seed
    for i in range(samples):
        state = (state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        values[i] = (state >> 16) - 32_768
    return values
