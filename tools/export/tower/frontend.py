"""The front end that a tower was trained with, and clips of many lengths for parity."""

from contextlib import AbstractContextManager
from pathlib import Path
from unittest.mock import patch

import numpy as np
from transformers import WhisperFeatureExtractor

from .checkpoint import read_json
from .errors import ExportError
from .signals import noise

_PREPROCESSOR = "preprocessor_config.json"
_PROCESSOR = "processor_config.json"

#: transformers' name → value, in all that Cochlea computes.
_WHISPER = {"sampling_rate": 16_000, "n_fft": 400, "hop_length": 160, "chunk_length": 30, "padding_value": 0.0, "padding_side": "right",
            "dither": 0.0}


def feature_spec(mels: int) -> dict:
    """`FeatureSpec` of lib/features/spec.ts."""
    return {
        "sampleRate": 16_000,
        "nFft": 400,
        "hopLength": 160,
        "mels": mels,
        "minFrequency": 0,
        "maxFrequency": 8000,
        "floor": 1e-10,
        "range": 8,
        "offset": 4,
        "scale": 4,
        "chunkLength": 480_000,
    }


def check_preprocessor(folder: Path, mels: int) -> None:
    """Fails for a checkpoint that wants other features than Whisper's."""
    config = _preprocessor(folder)
    for name, value in {**_WHISPER, "feature_size": mels}.items():
        if config.get(name, value) != value:
            raise ExportError(f"the preprocessor of {folder} has {name} {config[name]}, where Cochlea's Whisper front end has {value}")


def _preprocessor(folder: Path) -> dict:
    """In a file of its own, or, as transformers 5 writes it, in that of the processor."""
    if (folder / _PROCESSOR).exists() and not (folder / _PREPROCESSOR).exists():
        return read_json(folder, _PROCESSOR).get("feature_extractor", {})
    return read_json(folder, _PREPROCESSOR)


def features_of(clips: list[np.ndarray], mels: int) -> tuple[np.ndarray, np.ndarray]:
    """input_features [B, mels, 3000] float32 and feature_attention_mask [B, 3000] int64."""
    extractor = WhisperFeatureExtractor(feature_size=mels)
    with exact():
        made = extractor(clips, sampling_rate=16_000, return_attention_mask=True, return_tensors="np", truncation=False)
    return made["input_features"].astype(np.float32), made["attention_mask"].astype(np.int64)


def exact() -> AbstractContextManager:
    """Has WhisperFeatureExtractor compute in float64, as it does without torch. With torch, in float32, it is off by up to 7e-5."""
    return patch("transformers.models.whisper.feature_extraction_whisper.is_torch_available", return_value=False)


#: Samples of clips that give 1, 25, 749, 750 and 750 tokens of Qwen2-Audio; 479500 leaves its last position without audio.
MIXED_LENGTHS = (480, 16_000, 479_500, 479_900, 480_000)


def mixed_clips() -> list[np.ndarray]:
    return [noise(samples, seed) for seed, samples in enumerate(MIXED_LENGTHS, 1)]
