"""Signals that any language makes bit by bit: integers, divisions by powers of two, and a recurrence of float64.

A recipe is a dictionary, which goes into the index of a fixture as it is; `make` says what each kind means.
"""

import math

import numpy as np

RATE = 16_000

NOISE = (
    "state starts as seed; for each sample i: state = (state * 1664525 + 1013904223) mod 2^32; "
    "sample = (floor(state / 2^16) - 2^15) * (floor(i / 1600) mod 7 + 1) / 2^18, which is exact in float32"
)

#: What `make` does, for those who do it in another language.
KINDS = {
    "noise": NOISE,
    "noise16": "the same state; sample = (floor(state / 2^16) - 2^15) / 2^15: every value that 16 bits have",
    "noise24": "the same state; sample = (floor(state / 2^8) - 2^23) / 2^23",
    "tone": "in float64, without fused operations: s[0] = 0, s[1] = first, s[i] = factor * s[i - 1] - s[i - 2]; "
            "sample = s[i] * gain, rounded to float32",
    "silence": "zeros",
    "file": "decoded to mono at 16 kHz",
}


def make(recipe: dict) -> np.ndarray:
    samples = recipe["samples"]
    match recipe["kind"]:
        case "noise":
            return noise(samples, recipe["seed"])
        case "noise16":
            return (_integers(samples, recipe["seed"], 16) / 2**15).astype(np.float32)
        case "noise24":
            return (_integers(samples, recipe["seed"], 24) / 2**23).astype(np.float32)
        case "tone":
            return _tone(samples, recipe["first"], recipe["factor"], recipe["gain"])
        case "silence":
            return np.zeros(samples, np.float32)
    raise ValueError(f"no signal is named {recipe['kind']}")


def tone(samples: int, hertz: float, gain: float) -> dict:
    angle = 2 * math.pi * hertz / RATE
    return {"kind": "tone", "samples": samples, "hertz": hertz, "first": math.sin(angle), "factor": 2 * math.cos(angle), "gain": gain}


def noise(samples: int, seed: int) -> np.ndarray:
    """White noise whose loudness changes every 0.1 s, so that no two moments have the same features."""
    loudness = np.arange(samples) // 1600 % 7 + 1
    return (_integers(samples, seed, 16) * loudness / 2**18).astype(np.float32)


def _integers(samples: int, seed: int, bits: int) -> np.ndarray:
    """The upper bits of a linear congruential generator, as signed integers."""
    values = np.empty(samples, np.int64)
    state = seed
    for i in range(samples):
        state = (state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        values[i] = state
    return (values >> (32 - bits)) - 2 ** (bits - 1)


def _tone(samples: int, first: float, factor: float, gain: float) -> np.ndarray:
    values = [0.0, first]
    while len(values) < samples:
        values.append(factor * values[-1] - values[-2])
    return (np.array(values[:samples]) * gain).astype(np.float32)
