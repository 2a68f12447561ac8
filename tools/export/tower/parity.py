"""How far ONNX Runtime's result is from PyTorch's, over clips of many lengths in one batch."""

import math
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from .frontend import MIXED_LENGTHS, features_of, mixed_clips

#: Times the root of the mean square of the reference where that is above one: real checkpoints have any scale.
#: int8 is reported only: what its error does to a language model's answers no tolerance says.
TOLERANCES = {"fp32": 1e-4, "fp16": 5e-3, "int8": math.inf}


def measure(tower, models: dict[str, Path]) -> dict[str, dict]:
    features, mask = features_of(mixed_clips(), tower.mels)
    print(f"running PyTorch on {len(mask)} clips", flush=True)
    wanted = tuple(result.numpy() for result in tower.reference(torch.from_numpy(features), torch.from_numpy(mask)))
    parity = {}
    for precision, model in models.items():
        print(f"running {precision}", flush=True)
        parity[precision] = _compare(_run(model, features, mask), wanted)
    return parity


def _run(model: Path, features: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return tuple(session.run(["audio_features", "audio_feature_lengths"],
                             {"input_features": features, "feature_attention_mask": mask}))


def _compare(made: tuple[np.ndarray, np.ndarray], wanted: tuple[np.ndarray, np.ndarray]) -> dict:
    """All tokens are compared, those of the padding too: they depend on the mask as well."""
    assert made[0].shape == wanted[0].shape, f"the shape is {made[0].shape}, not {wanted[0].shape}"
    assert (made[1] == wanted[1]).all(), f"the lengths are {made[1]}, not {wanted[1]}"
    difference = np.abs(made[0] - wanted[0])
    return {
        "maxAbsDifference": float(f"{difference.max():.3g}"),
        "meanAbsDifference": float(f"{difference.mean():.3g}"),
        "rmsOfReference": float(f"{np.sqrt(np.mean(np.square(wanted[0]))):.3g}"),
        "samples": list(MIXED_LENGTHS),
    }


def allowed(precision: str, result: dict) -> float:
    return TOLERANCES[precision] * max(1, result["rmsOfReference"])


def print_table(parity: dict[str, dict], variants: dict[str, list[Path]]) -> None:
    print(f"{'':6}{'largest':>12}{'mean':>12}{'allowed':>12}{'size':>12}")
    for precision, result in parity.items():
        most = allowed(precision, result)
        size = sum(file.stat().st_size for file in variants[precision])
        print(f"{precision:6}{result['maxAbsDifference']:12.2e}{result['meanAbsDifference']:12.2e}"
              f"{f'{most:.2e}' if math.isfinite(most) else 'any':>12}{size / 1e6:>9.1f} MB")
