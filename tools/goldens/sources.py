"""The encoded files that the goldens decode: test/goldens/sources. Everything is cut from one sound."""

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fixtures"))
import wav  # noqa: E402
from source import synthesise  # noqa: E402

RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)

#: FFmpeg's name of a layout → WAVE channel mask. Channels are in the order of the mask's bits.
LAYOUTS = {
    "mono": 0x4,
    "stereo": 0x3,
    "2.1": 0xB,
    "3.0": 0x7,
    "4.0": 0x107,
    "quad": 0x33,
    "5.0": 0x37,
    "5.1": 0x3F,
    "5.1(side)": 0x60F,
    "6.1": 0x70F,
    "7.0": 0x637,
    "7.1": 0x63F,
}


def frames_at(rate: int) -> int:
    """About 0.09 s, of a length that no pair of rates divides, so that rounding rules show."""
    return rate * 9 // 100 + 7


def sound(rate: int, channels: int) -> np.ndarray:
    frames = frames_at(rate)
    return synthesise(rate, channels, frames / rate)[:frames]


def pcm(folder: Path, encoding: str, rate: int, channels: int) -> Path:
    path = folder / f"{encoding}-{rate}-{channels}.wav"
    wav.write(path, sound(rate, channels), rate, encoding)
    return path


def flac(folder: Path, bits: int, rate: int, channels: int) -> Path:
    path = folder / f"flac{bits}-{rate}-{channels}.flac"
    soundfile.write(path, sound(rate, channels), rate, subtype=f"PCM_{bits}")
    return path


def libsndfile(folder: Path, subtype: str, rate: int, channels: int) -> Path:
    path = folder / f"{subtype.lower()}-{rate}-{channels}.wav"
    soundfile.write(path, sound(rate, channels), rate, subtype=subtype)
    return path


def ms_adpcm_predictors(path: Path) -> set[int]:
    """Which of the seven predictors the blocks of an MS-ADPCM WAV use; each block starts with one byte per channel."""
    data = path.read_bytes()
    fmt = data.index(b"fmt ") + 8
    channels, block = struct.unpack_from("<H8xH", data, fmt + 2)
    start = data.index(b"data") + 8
    return {byte for at in range(start, len(data), block) for byte in data[at : at + channels]}


def ffmpeg(folder: Path, name: str, rate: int, channels: int, *arguments: str, fade: bool = False) -> Path:
    """Encodes by the ffmpeg CLI; longer than the others, because these codecs have long frames."""
    path, plain = folder / name, folder / "plain.wav"
    samples = synthesise(rate, channels, 0.24)
    wav.write(plain, faded(samples) if fade else samples, rate)
    bitexact = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags", "+bitexact", "-threads", "1")
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", plain, *bitexact, *arguments, path], check=True)
    plain.unlink()
    return path


def faded(samples: np.ndarray) -> np.ndarray:
    """From nothing to nothing, so that no frame has an onset or a cut."""
    return samples * np.sin(np.pi * np.linspace(0, 1, len(samples))[:, None]) ** 4


def layout(folder: Path, name: str) -> Path:
    """256 frames of noise in float, with the layout's channel mask."""
    mask = LAYOUTS[name]
    path = folder / f"layout-{name.replace('(', '-').rstrip(')')}.wav"
    wav.write(path, noise(256, mask.bit_count(), 0.9), 48_000, "f32", mask)
    return path


def discrete(folder: Path, channels: int) -> Path:
    """As many channels as asked for, of no stated layout."""
    path = folder / f"discrete-{channels}.wav"
    wav.write(path, noise(256, channels, 0.9), 16_000, "f32")
    return path


def noise_at(folder: Path, rate: int) -> Path:
    path = folder / f"noise-{rate}.wav"
    wav.write(path, noise(frames_at(rate), 1, 0.5), rate)
    return path


def noise(frames: int, channels: int, peak: float) -> np.ndarray:
    return np.random.default_rng([frames, channels]).uniform(-peak, peak, (frames, channels))
