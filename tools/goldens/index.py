"""index.json: which source, decoded with which options, gives which golden."""

import gzip
import json
import platform
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr


@dataclass(frozen=True)
class Tolerance:
    absolute: float
    reason: str


class Index:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._entries: list[dict[str, Any]] = []
        self._files: dict[bytes, str] = {}

    def add(self, source: Path, options: dict, golden: np.ndarray, tolerance: Tolerance, oracle: Callable) -> None:
        """`options` in the words of DecodeOptions; what is not named has its default."""
        assert golden.dtype == np.float32 and len(golden.reshape(-1)) > 0
        self._entries.append({
            "source": str(source.relative_to(self._root)),
            "options": options,
            "golden": self._store(source, options, golden),
            "shape": list(golden.shape),
            "tolerance": tolerance.absolute,
            "reason": tolerance.reason,
            "oracle": oracle.__name__,
        })

    def _store(self, source: Path, options: dict, golden: np.ndarray) -> str:
        data = np.ascontiguousarray(golden, "<f4").tobytes()
        # A FLAC and a WAV of the same sound share their goldens, mono and `native` of one channel too.
        if data not in self._files:
            detail = "".join(f"-{value}" for value in options.values())
            name = f"{source.stem}-{source.suffix[1:]}{detail}.f32.gz"
            # No time stamp: the same goldens are the same bytes.
            (self._root / name).write_bytes(gzip.compress(data, 9, mtime=0))
            self._files[data] = name
        return self._files[data]

    def write(self) -> None:
        head = {
            "about": "Made by tools/goldens/make_goldens.py, which says how to read it.",
            "oracles": {
                "librosa_load": f"librosa {version('librosa')} load, soundfile {version('soundfile')} (libsndfile "
                                f"{soundfile.__libsndfile_version__}), numpy {np.__version__} mean, soxr {version('soxr')} "
                                f"HQ (libsoxr {soxr.__libsoxr_version__})",
                "ffmpeg_then_librosa": f"{_ffmpeg()} to float WAV, then librosa_load",
                "librosa_resample": f"librosa {version('librosa')} resample, soxr {version('soxr')}",
                "ffmpeg_channels": f"{_ffmpeg()} -ac N -f f32le",
            },
            "machine": platform.machine(),
        }
        entries = ",\n".join("    " + json.dumps(entry) for entry in self._entries)
        text = json.dumps(head, indent=2)[:-2] + f',\n  "goldens": [\n{entries}\n  ]\n}}\n'
        (self._root / "index.json").write_text(text)


def _ffmpeg() -> str:
    banner = subprocess.run(["ffmpeg", "-version"], capture_output=True, check=True, text=True).stdout
    found = re.match(r"ffmpeg version (\S+)", banner)
    return f"ffmpeg {found[1] if found else 'unknown'}"
