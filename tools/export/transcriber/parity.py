"""How far the decoder's logits, and the weights of its alignment heads, are from transformers' own model in float64.

Note [Likely tokens]: the sequences are what the model itself finds most likely. After random tokens it is less sure than it
ever is, and every rounding shows three to ten times more: epsilons of 1e-6 in all norms are then off by 0.12 in base. Measured
of the logits and of the weights, as relative L2, with the weights of tiny.en and of base:

                                             logits                weights
    float32, right                           6.1e-7     6.8e-7     5.6e-7     5.7e-7
    epsilon of the last norm 1e-6            2.7e-5     8.7e-6     0          0
    cross-attention 1 % too sharp, 1 layer   3.0e-3     8.8e-4     9.6e-3     1.2e-3
    tanh-GELU for GELU                       5.4e-3     4.7e-3     2.7e-3     1.8e-3
    weights in bfloat16                      5.1e-3     1.1e-2     3.2e-3     3.2e-3
    epsilon of all norms 1e-6                1.5e-2     2.5e-2     7.9e-3     1.9e-2
    int8, right                              2.3e-2     3.3e-2     1.6e-2     1.6e-2
    a bias missing in one layer, at least    6.7e-2     1.7e-2     3.9e-2     1.6e-2
    positions off by one                     0.66       0.55       0.32       0.13

As for towers, only fp32 shows a small mistake; that in the last norm of base is about as small as a float32 may be off.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from tower.frontend import features_of
from tower.parity import in_float64, short
from tower.signals import make, noise, tone

from .runtime import Decoding, Models
from .whisper import Whisper

_CLIPS = (noise(480_000, 1), noise(48_000, 2), make(tone(160_000, 440, 0.25)))
#: Tokens of the ragged prefill of each clip, and of the steps after it.
_PROMPTS = (4, 21, 9)
_STEPS = 24

#: The largest relative L2 allowed: Note [Likely tokens].
TOLERANCES = {"fp32": {"decoder": 1e-5, "align": 1e-5}, "int8": {"decoder": 8e-2, "align": 4e-2}}


@dataclass(frozen=True)
class Wanted:
    """What transformers makes of each clip, which it takes one by one."""

    tokens: list[list[int]]
    #: float32 [clips, 1500, D], as the encoder's ONNX model gives it.
    features: np.ndarray
    #: float64 [tokens, vocabulary] of each clip.
    logits: list[np.ndarray]
    #: float64 [alignmentHeads, tokens, 1500] of each clip.
    weights: list[np.ndarray]


def reference(whisper: Whisper) -> Wanted:
    features, mask = features_of(list(_CLIPS), whisper.tower.mels)
    print(f"running PyTorch's decoder in float64 on {len(_CLIPS)} clips", flush=True)
    with in_float64((whisper.model,)), torch.no_grad():
        encoded = whisper.tower.reference(torch.from_numpy(features).double(), torch.from_numpy(mask))[0].float()
        clips = [clip[None].double() for clip in encoded]
        tokens = [whisper.likely(clip, prompt + _STEPS) for clip, prompt in zip(clips, _PROMPTS)]
        pairs = [whisper.reference(clip, sequence) for clip, sequence in zip(clips, tokens)]
    return Wanted(tokens, encoded.numpy(), *([pair[i].numpy() for pair in pairs] for i in range(2)))


def measure(models: Models, wanted: Wanted) -> dict:
    kept = models.keys_and_values(wanted.features)
    together = _decode(models, kept, wanted.tokens)
    alone = [
        _decode(models, {name: values[i : i + 1] for name, values in kept.items()}, [sequence])[0]
        for i, sequence in enumerate(wanted.tokens)
    ]
    longest = max(map(len, wanted.tokens))
    padded = np.array([sequence + [0] * (longest - len(sequence)) for sequence in wanted.tokens])
    weights = [rows[:, : len(sequence)] for rows, sequence in zip(models.alignment(kept, padded), wanted.tokens)]
    return {
        "decoder": {
            **_compare(together, wanted.logits),
            "batchRelativeL2": _compare(together, alone)["relativeL2"],
            "tokens": [len(sequence) for sequence in wanted.tokens],
        },
        "align": _compare(weights, wanted.weights),
    }


def _decode(models: Models, kept: dict[str, np.ndarray], sequences: list[list[int]]) -> list[np.ndarray]:
    """Teacher-forced: a prefill of all but the last tokens, then steps."""
    decoding = Decoding(models, kept, len(sequences))
    runs = [decoding.run([sequence[:-_STEPS] for sequence in sequences])]
    runs += [decoding.run([[sequence[i - _STEPS]] for sequence in sequences]) for i in range(_STEPS)]
    return [np.concatenate(parts) for parts in zip(*runs)]


def _compare(made: list[np.ndarray], wanted: list[np.ndarray]) -> dict:
    for one, other in zip(made, wanted, strict=True):
        assert one.shape == other.shape, f"the shape is {one.shape}, not {other.shape}"
    made_all, wanted_all = (np.concatenate([each.reshape(-1) for each in values]).astype(np.float64) for values in (made, wanted))
    difference = made_all - wanted_all
    return {
        "relativeL2": short(np.linalg.norm(difference) / np.linalg.norm(wanted_all)),
        "maxAbsDifference": short(np.abs(difference).max()),
        "rmsOfReference": short(np.sqrt(np.mean(np.square(wanted_all)))),
    }


def failures(parity: dict[str, dict]) -> Iterator[tuple[str, str]]:
    """Precision and reason of each model that is further off than allowed, NaN included."""
    for precision, results in parity.items():
        for model, result in results.items():
            found, allowed = result["relativeL2"], TOLERANCES[precision][model]
            if not found <= allowed:
                yield precision, f"{model} in {precision}: relative L2 from PyTorch in float64 is {found:.2g}, allowed is {allowed:.0e}"
        # With some kernels of int8 a batch rounds otherwise; one that attends to another's tokens is off by far more.
        if not results["decoder"]["batchRelativeL2"] <= TOLERANCES[precision]["decoder"]:
            yield precision, f"decoder in {precision}: a batch gives other logits than its sequences alone"


def print_table(parity: dict[str, dict], variants: dict[str, dict[str, list[Path]]]) -> None:
    print(f"{'':14}{'relative L2':>12}{'allowed':>12}{'largest':>12}{'size':>12}")
    for precision, results in parity.items():
        for model, result in results.items():
            size = sum(file.stat().st_size for file in variants[precision][model])
            print(f"{f'{model} {precision}':14}{result['relativeL2']:12.2e}{TOLERANCES[precision][model]:12.0e}"
                  f"{result['maxAbsDifference']:12.2e}{size / 1e6:>9.1f} MB")
