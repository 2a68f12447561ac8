"""Makes test/fixtures/features: what transformers' WhisperFeatureExtractor makes of known audio.

    ~/.cache/cochlea-export/bin/python tools/export/make_feature_goldens.py

README.md beside this file says how to make that Python. A test is a loop over index.json, which says how to read it.
lengths.json has the frames, positions and tokens of every number of samples, as the reference counts them.
"""

import argparse
import gzip
import json
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from transformers import Qwen2AudioEncoder, WhisperFeatureExtractor

from tower import signals
from tower.frontend import exact

_TESTS = Path(__file__).resolve().parent.parent.parent / "test"
_ROOT = _TESTS / "fixtures" / "features"
sys.path.insert(0, str(_TESTS.parent / "tools" / "goldens"))
import oracles  # noqa: E402

_ABOUT = (
    "Made by tools/export/make_feature_goldens.py. Each clip is a signal of one of `kinds`, 16 kHz. `options` are those of the feature "
    "extractor where they are not its defaults, in Cochlea's words. The features have `shape`; `valid` of the frames of each clip are "
    "marked in the mask, from the first on. `golden` is gzipped float32, little-endian: for each clip, for each of its `frames`, all mel "
    "bins. No value may be further than `tolerance` from it."
)

#: float64 throughout, but for the last steps, here as there.
_TOLERANCE = 1e-5

_LENGTHS = (1, 159, 160, 161, 199, 200, 201, 479_999, 480_000)
_SPEECH = "speech/speech.wav"


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    shutil.rmtree(_ROOT, ignore_errors=True)
    _ROOT.mkdir(parents=True)
    entries = [golden(name, clips, mels, options) for name, clips, options in cases() for mels in (80, 128)]
    lines = ",\n".join("    " + json.dumps(entry) for entry in entries)
    head = {"about": _ABOUT, "kinds": signals.KINDS, "oracle": f"transformers {version('transformers')}, numpy {np.__version__}",
            "tolerance": _TOLERANCE}
    (_ROOT / "index.json").write_text(json.dumps(head, indent=2)[:-2] + f',\n  "goldens": [\n{lines}\n  ]\n}}\n')
    (_ROOT / "lengths.json").write_text(lengths())


def cases():
    """Name, clips, options."""
    def noise(samples: int, seed: int = 1) -> dict:
        return {"kind": "noise", "samples": samples, "seed": seed}

    yield "noise24", [{"kind": "noise24", "samples": 48_000, "seed": 1}], {}
    yield "noise16", [{"kind": "noise16", "samples": 48_000, "seed": 1}], {}
    yield "silence", [{"kind": "silence", "samples": 16_000}], {}
    for hertz in (50, 440, 1000, 7999):
        yield f"tone-{hertz}", [signals.tone(48_000, hertz, 0.5)], {}
        yield f"tone-{hertz}-quiet", [signals.tone(48_000, hertz, 1e-4)], {}
    yield "tone-440-whole", [signals.tone(480_000, 440, 0.5)], {}
    yield "speech", [{"kind": "file", "file": _SPEECH}], {}
    for samples in _LENGTHS:
        yield f"noise-{samples}", [noise(samples)], {}
    yield "truncated", [noise(480_001), noise(500_000, 2)], {"truncation": True}
    mixed = [noise(16_000), noise(5_000, 2), noise(12_345, 3)]
    yield "longest", mixed, {"padding": "longest"}
    yield "longest-odd", mixed[1:], {"padding": "longest"}
    yield "longest-multiple", mixed[1:], {"padding": "longest", "padToMultipleOf": 1000}
    yield "max-length-multiple", mixed[:1], {"padToMultipleOf": 7000}
    for samples in (201, 320, 12_345):
        yield f"none-{samples}", [noise(samples)], {"padding": "none"}
    yield "normalised", mixed, {"doNormalize": True}
    yield "normalised-longest", mixed, {"padding": "longest", "doNormalize": True}
    yield "normalised-none", [noise(12_345)], {"padding": "none", "doNormalize": True}
    yield "normalised-quiet", [signals.tone(48_000, 440, 1e-4)], {"doNormalize": True}


_NAMES = {"truncation": "truncation", "padding": "padding", "padToMultipleOf": "pad_to_multiple_of", "doNormalize": "do_normalize"}


def golden(name: str, clips: list[dict], mels: int, options: dict) -> dict:
    audio = [read(clip) for clip in clips]
    features, mask = extract(audio, mels, options)
    valid = mask.sum(-1).tolist()
    assert all((row[:count] == 1).all() for row, count in zip(mask, valid)), "the mask is not a run of ones from the start"
    frames = [kept(count, features.shape[-1]) for count in valid]
    values = np.concatenate([clip[:, rows].T.reshape(-1) for clip, rows in zip(features, frames)])
    file = f"{name}-{mels}.f32.gz"
    (_ROOT / file).write_bytes(gzip.compress(values.astype("<f4").tobytes(), 9, mtime=0))
    return {"name": f"{name}-{mels}", "clips": clips, "mels": mels, "options": options, "shape": list(features.shape), "valid": valid,
            "golden": file, "frames": frames}


def read(clip: dict) -> np.ndarray:
    if clip["kind"] != "file":
        return signals.make(clip)
    audio = oracles.librosa_load(_TESTS / "fixtures" / clip["file"], signals.RATE, True)
    clip["samples"] = len(audio)
    return audio


def extract(audio: list[np.ndarray], mels: int, options: dict) -> tuple[np.ndarray, np.ndarray]:
    words = {_NAMES[name]: value for name, value in {"truncation": False, **options}.items()}
    if words.get("padding") == "none":
        words["padding"] = "do_not_pad"
    with exact():
        made = WhisperFeatureExtractor(feature_size=mels)(audio, sampling_rate=signals.RATE, return_attention_mask=True,
                                                          return_tensors="np", **words)
    assert made["input_features"].dtype == np.float32 and made["input_features"].shape[::2] == made["attention_mask"].shape
    return made["input_features"], made["attention_mask"]


def kept(valid: int, frames: int) -> list[int]:
    """The start, where the audio ends and the padding begins, the end, and something of all the rest."""
    wanted = {*range(30), *range(valid - 8, valid + 8), *range(frames - 5, frames), *range(0, frames, 97)}
    return sorted(frame for frame in wanted if 0 <= frame < frames)


def lengths() -> str:
    """Changes of the counts over 0 to 480001 samples.

    The frames never become fewer with more samples; where they are the same at both ends of a stretch they are so within.
    """
    extractor = WhisperFeatureExtractor()
    rows, before = [], None
    frames_of = Frames(extractor)
    for samples in sorted({edge + more for edge in range(0, 480_001, extractor.hop_length) for more in (0, 1)}):
        frames = frames_of(samples)
        if frames != before:
            positions, tokens = (int(count) for count in Qwen2AudioEncoder._get_feat_extract_output_lengths(None, torch.tensor(frames)))
            rows.append([samples, frames, positions, tokens])
            before = frames
    head = {
        "about": "Made by tools/export/make_feature_goldens.py. From `samples` on, up to the next row, a clip has `frames` (of the mask of "
                 "WhisperFeatureExtractor, cut at 480000 samples), `positions` after the convolutions and `tokens` after the pooling "
                 "(Qwen2AudioEncoder._get_feat_extract_output_lengths).",
        "columns": ["samples", "frames", "positions", "tokens"],
        "end": 480_002,
    }
    lines = ",\n".join("    " + json.dumps(row) for row in rows)
    return json.dumps(head, indent=2)[:-2] + f',\n  "rows": [\n{lines}\n  ]\n}}\n'


class Frames:
    """The frames that the extractor's mask has, without the features, which take too long for half a million clips."""

    def __init__(self, extractor: WhisperFeatureExtractor) -> None:
        self._extractor = extractor
        self._audio = np.zeros((480_001, 1), np.float32)

    def __call__(self, samples: int) -> int:
        padded = self._extractor.pad({"input_features": [self._audio[:samples]]}, padding="max_length", max_length=480_000,
                                     truncation=True, return_attention_mask=True, return_tensors="np")
        return int(padded["attention_mask"][0, :: self._extractor.hop_length].sum())


if __name__ == "__main__":
    main()
