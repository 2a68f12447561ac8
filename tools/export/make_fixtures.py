"""Makes test/fixtures/towers: small towers of random weights, and what transformers makes of known audio with them.

    python3 -m venv ~/.cache/cochlea-export
    ~/.cache/cochlea-export/bin/pip install -r tools/export/requirements-fixtures.txt
    ~/.cache/cochlea-export/bin/python tools/export/make_fixtures.py

It needs Debian 12's ffmpeg besides. reference.json of each tower says how to read it.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch

from tower import qwen2_audio, whisper
from tower.changes import changes
from tower.export import export
from tower.frontend import MIXED_LENGTHS, features_of
from tower.signals import NOISE, noise

_TESTS = Path(__file__).resolve().parent.parent.parent / "test"
sys.path.insert(0, str(_TESTS.parent / "tools" / "goldens"))
import oracles  # noqa: E402

_SIZE = {"layers": 2, "d_model": 32, "heads": 4, "ffn": 64, "seed": 0}
_TOWERS = {
    "qwen2-audio": lambda: qwen2_audio.Tower.random(mels=128, projection=48, **_SIZE),
    "whisper": lambda: whisper.Tower.random(mels=80, **_SIZE),
}

#: Samples of each clip.
_BATCHES = {
    "mixed": MIXED_LENGTHS,
    "three seconds": (48_000, 48_000),
    "one": (197_520,),
}

#: One file per format; those that libsndfile cannot open go through ffmpeg.
_FILES = {
    "speech/speech.wav": oracles.librosa_load,
    "speech/speech.flac": oracles.librosa_load,
    "speech/speech.mp3": oracles.librosa_load,
    "speech/speech.ogg": oracles.librosa_load,
    "speech/speech.m4a": oracles.ffmpeg_then_librosa,
    "speech/speech.webm": oracles.libopus_then_librosa,
    "formats/aiff-pcm_s24be.aiff": oracles.librosa_load,
    "formats/caf-alac.caf": oracles.ffmpeg_then_librosa,
}

_ABOUT = (
    "Made by tools/export/make_fixtures.py. `clips` of a batch are audio of 16 kHz made by `noise`, `files` were decoded by `oracle` to "
    "mono at 16 kHz, each on its own; all went through WhisperFeatureExtractor (float64) and the tower in PyTorch (float32). "
    "reference.f32 holds float32, little-endian: of every clip the tokens 0, every, 2 * every, ..., `rows` in all, of `dimension` "
    "values each, from value `at` on. `tokens` is how many the clip has. `changes` says by how much the output of the first batch "
    "changes, at most, when the tower is wrong in one thing."
)

#: A mistake must show far above every tolerance.
_LEAST_CHANGE = 1e-2


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    for name, make in _TOWERS.items():
        folder = _TESTS / "fixtures" / "towers" / name
        shutil.rmtree(folder, ignore_errors=True)
        tower = make()
        export(tower, folder, ["fp32", "fp16", "int8"])
        Reference(tower).write(folder)


class Reference:
    def __init__(self, tower) -> None:
        self._tower = tower
        self._values: list[np.ndarray] = []
        self._size = 0

    def write(self, folder: Path) -> None:
        text = {
            "about": _ABOUT,
            "noise": NOISE,
            "dimension": self._tower.dimension,
            "changes": self._changes(),
            "batches": [self._batch(name, lengths) for name, lengths in _BATCHES.items()],
            "files": [self._file(name, oracle) for name, oracle in _FILES.items()],
        }
        (folder / "reference.json").write_text(json.dumps(text, indent=2) + "\n")
        np.concatenate(self._values).astype("<f4").tofile(folder / "reference.f32")

    def _batch(self, name: str, lengths: tuple[int, ...]) -> dict:
        seeds = range(1, len(lengths) + 1)
        outputs = self._run([noise(samples, seed) for samples, seed in zip(lengths, seeds)])
        clips = [{"samples": samples, "seed": seed, **self._store(output)} for samples, seed, output in zip(lengths, seeds, outputs)]
        return {"name": name, "clips": clips}

    def _file(self, name: str, oracle) -> dict:
        audio = oracle(_TESTS / "fixtures" / name, 16_000, True)
        return {"file": name, "oracle": oracle.__name__, "samples": len(audio), **self._store(self._run([audio])[0])}

    def _run(self, clips: list[np.ndarray]) -> list[np.ndarray]:
        inputs = (torch.from_numpy(array) for array in features_of(clips, self._tower.mels))
        features, lengths = self._tower.reference(*inputs)
        return [clip[:length].numpy() for clip, length in zip(features, lengths.tolist())]

    def _store(self, output: np.ndarray) -> dict:
        every = 1 if len(output) <= 75 else 25
        rows = output[::every]
        at = self._size
        self._values.append(rows.reshape(-1))
        self._size += rows.size
        return {"tokens": len(output), "every": every, "rows": len(rows), "at": at}

    def _changes(self) -> dict[str, float]:
        clips = [noise(samples, seed) for seed, samples in enumerate(_BATCHES["mixed"], 1)]
        right = self._run(clips)
        found = {}
        for name, wrong in changes(self._tower):
            with wrong:
                outputs = self._run(clips)
            change = max(float(np.abs(made - wanted).max()) for made, wanted in zip(outputs, right))
            assert change > _LEAST_CHANGE, f"{name} changes the output by {change} only: the weights of this tower test nothing"
            found[name] = float(f"{change:.2g}")
        return found


if __name__ == "__main__":
    main()
