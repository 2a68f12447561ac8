"""How far ONNX Runtime's result is from PyTorch's in float64, over clips of many lengths in one batch.

Note [Massive activations]: real encoders hold a few values that are hundreds of times larger than all others, in one
channel of one to three tokens (Sun et al. 2024, "Massive Activations in Large Language Models"). Rounding there is the
largest difference of the whole output, and it measures nothing: in float32 PyTorch itself is off by 2.1e-3 from its own
float64 with the weights of Whisper tiny.en, and our right graph by 2.6e-3. Over all values the same two are off by
1.9e-6 and 1.7e-6 of the reference's norm. So the criterion is the relative L2, ‖made - wanted‖ / ‖wanted‖. What was
measured of real weights (tiny.en and base):

    float32, right             2e-6 to 3e-6
    epsilon of a norm wrong    1.1e-4 to 1.5e-4
    float16, right             8e-4 to 9e-4
    tanh-GELU for GELU         2.5e-3
    weights in bfloat16        1.3e-2
    int8, right                2e-2 to 3.5e-2
    positions off by one       0.2

A small mistake hides behind the rounding of fp16 and int8: only fp32 shows it. So a new tower is exported in fp32 first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from .frontend import MIXED_LENGTHS, features_of, mixed_clips

#: The largest relative L2 allowed: Note [Massive activations].
TOLERANCES = {"fp32": 2e-5, "fp16": 3e-3, "int8": 4e-2}


def measure(tower, models: dict[str, Path]) -> dict[str, dict]:
    features, mask = features_of(mixed_clips(), tower.mels)
    print(f"running PyTorch in float64 on {len(mask)} clips", flush=True)
    wanted = _reference(tower, features, mask)
    parity = {}
    for precision, model in models.items():
        print(f"running {precision}", flush=True)
        parity[precision] = _compare(_run(model, features, mask), wanted)
    return parity


def _reference(tower, features: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # One batch: transformers' Qwen2-Audio checks the number of audio tokens only if some clip has two of them.
    with in_float64(tower.parts):
        results = tower.reference(torch.from_numpy(features).double(), torch.from_numpy(mask))
    return tuple(result.numpy() for result in results)


@contextmanager
def in_float64(parts: tuple[torch.nn.Module, ...]) -> Iterator[None]:
    """In place, because two copies of a large model would not fit; float32 → float64 → float32 loses nothing."""
    for part in parts:
        part.double()
    try:
        yield
    finally:
        for part in parts:
            part.float()


def _run(model: Path, features: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return tuple(session.run(["audio_features", "audio_feature_lengths"],
                             {"input_features": features, "feature_attention_mask": mask}))


def _compare(made: tuple[np.ndarray, np.ndarray], wanted: tuple[np.ndarray, np.ndarray]) -> dict:
    """All tokens are compared, those of the padding too: they depend on the mask as well."""
    assert wanted[0].dtype == np.float64, f"the reference is {wanted[0].dtype}"
    assert made[0].shape == wanted[0].shape, f"the shape is {made[0].shape}, not {wanted[0].shape}"
    assert (made[1] == wanted[1]).all(), f"the lengths are {made[1]}, not {wanted[1]}"
    difference = made[0] - wanted[0]
    return {
        "relativeL2": short(np.linalg.norm(difference) / np.linalg.norm(wanted[0])),
        "maxAbsDifference": short(np.abs(difference).max()),
        "rmsOfReference": short(np.sqrt(np.mean(np.square(wanted[0])))),
        "samples": list(MIXED_LENGTHS),
    }


def short(value: float) -> float:
    return float(f"{value:.3g}")


def failures(parity: dict[str, dict]) -> list[str]:
    """The precisions that are further off than allowed, NaN included."""
    return [precision for precision, result in parity.items() if not result["relativeL2"] <= TOLERANCES[precision]]


def print_table(parity: dict[str, dict], variants: dict[str, list[Path]]) -> None:
    print(f"{'':6}{'relative L2':>12}{'allowed':>12}{'largest':>12}{'size':>12}")
    for precision, result in parity.items():
        size = sum(file.stat().st_size for file in variants[precision])
        print(f"{precision:6}{result['relativeL2']:12.2e}{TOLERANCES[precision]:12.0e}{result['maxAbsDifference']:12.2e}{size / 1e6:>9.1f} MB")
