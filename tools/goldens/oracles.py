"""What is right, by those who are not Cochlea. Each returns float32, [frames] or [channels, frames]."""

import os
import subprocess
import tempfile
from pathlib import Path

import librosa
import numpy as np


def librosa_load(path: Path, rate: int | None, mono: bool) -> np.ndarray:
    """`librosa.load`: libsndfile, float32 mean, soxr HQ."""
    return librosa.load(path, sr=rate, mono=mono)[0]


def ffmpeg_then_librosa(path: Path, rate: int | None, mono: bool, decoder: tuple[str, ...] = ()) -> np.ndarray:
    """For what libsndfile cannot open: the ffmpeg CLI decodes to a float WAV, librosa loads that."""
    handle, name = tempfile.mkstemp(suffix=".wav")
    os.close(handle)
    try:
        command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *decoder, "-i", path, "-c:a", "pcm_f32le", name]
        subprocess.run(command, check=True)
        return librosa_load(Path(name), rate, mono)
    finally:
        os.unlink(name)


def libopus_then_librosa(path: Path, rate: int | None, mono: bool) -> np.ndarray:
    """Opus in WebM: by libopus, the reference. FFmpeg's own decoder gives voice two samples late, and dull."""
    return ffmpeg_then_librosa(path, rate, mono, ("-c:a", "libopus", "-request_sample_fmt", "flt"))


def librosa_resample(path: Path, target: int, quality: str) -> np.ndarray:
    samples, rate = librosa.load(path, sr=None, mono=True)
    return librosa.resample(samples, orig_sr=rate, target_sr=target, res_type=f"soxr_{quality.lower()}")


def ffmpeg_channels(path: Path, channels: int) -> np.ndarray:
    """`ffmpeg -ac N -f f32le`: swresample's float matrix, which is not normalised."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-ac", str(channels), "-f", "f32le", "-"]
    done = subprocess.run(command, check=True, capture_output=True)
    samples = np.frombuffer(done.stdout, "<f4")
    return samples if channels == 1 else samples.reshape(-1, channels).T
