"""Makes test/goldens: encoded sources, what they must decode to, and index.json that pairs them.

    python3 -m venv ~/.cache/cochlea-oracles
    ~/.cache/cochlea-oracles/bin/pip install -r tools/goldens/requirements.txt
    ~/.cache/cochlea-oracles/bin/python tools/goldens/make_goldens.py

It needs Debian 12's ffmpeg besides. A test is a loop over index.json: decode `source` with `options`,
then the shape must be `shape` and no sample may be further than `tolerance` from the golden (gzipped
little-endian float32, C order). With a tolerance of 0 the bits are equal.
"""

import argparse
import shutil
from pathlib import Path

import librosa
import numpy as np

import oracles
import sources
from index import Index, Tolerance

_SPEECH_RATE = 16_000
_ROOT = Path(__file__).resolve().parent.parent.parent / "test" / "goldens"

_EXACT = Tolerance(0, "lossless decode, the same float32 mean and the same soxr: bit-equal")
_MATRIX = Tolerance(2e-7, "the same matrix; swresample's SIMD and C sum in different orders")
_PREDICTION = Tolerance(1e-3, "MS-ADPCM predictors 3 to 6: FFmpeg rounds towards zero, libsndfile down; errors add up over a block")
_CLOSE = Tolerance(5e-6, "another decoder of the same standard, in float32")
_MP3 = Tolerance(5e-6, "two MP3 decoders in float32, with different orders of summation")
_MP3_LOW_RATE = Tolerance(1e-5, "two MP3 decoders in float32; 5.007e-6 was seen at 16 kHz, a sixth of a 16-bit step")
_AAC = Tolerance(1e-4, "another major version of FFmpeg's AAC decoder")


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    shutil.rmtree(_ROOT, ignore_errors=True)
    folder = _ROOT / "sources"
    folder.mkdir(parents=True)
    index = Index(_ROOT)
    lossless(index, folder)
    lossy(index, folder)
    qualities(index, folder)
    means(index, folder)
    matrices(index, folder)
    index.write()


def lossless(index: Index, folder: Path) -> None:
    for channels in (1, 2):
        for rate in sources.RATES:
            like_librosa(index, sources.pcm(folder, "s16", rate, channels), _EXACT)
            like_librosa(index, sources.flac(folder, 16, rate, channels), _EXACT)
        for rate in (8_000, 44_100):
            like_librosa(index, sources.pcm(folder, "s24", rate, channels), _EXACT)
            like_librosa(index, sources.pcm(folder, "f32", rate, channels), _EXACT)
            like_librosa(index, sources.flac(folder, 24, rate, channels), _EXACT)
            alac = sources.ffmpeg(folder, f"alac-{rate}-{channels}.m4a", rate, channels, "-c:a", "alac", "-sample_fmt", "s16p", "-t", "0.1")
            like_librosa(index, alac, _EXACT, oracles.ffmpeg_then_librosa)
        for rate in (8_000, 16_000, 44_100):
            for subtype in ("ALAW", "ULAW"):
                like_librosa(index, sources.libsndfile(folder, subtype, rate, channels), _EXACT)
            adpcm = sources.libsndfile(folder, "MS_ADPCM", rate, channels)
            like_librosa(index, adpcm, _EXACT if sources.ms_adpcm_predictors(adpcm) <= {0, 1, 2} else _PREDICTION)


def lossy(index: Index, folder: Path) -> None:
    for channels in (1, 2):
        mp3 = sources.ffmpeg(folder, f"mp3-44100-{channels}.mp3", 44_100, channels, "-c:a", "libmp3lame", "-b:a", "96k")
        # FFmpeg finds the true end of Ogg Vorbis only when the audio spans more than one page.
        vorbis = sources.ffmpeg(folder, f"vorbis-44100-{channels}.ogg", 44_100, channels, "-c:a", "libvorbis", "-q:a", "3",
                                "-page_duration", "50000")
        opus = sources.ffmpeg(folder, f"opus-48000-{channels}.opus", 48_000, channels, "-c:a", "libopus", "-b:a", "160k", fade=True)
        like_librosa(index, mp3, _MP3)
        like_librosa(index, vorbis, _CLOSE)
        like_librosa(index, opus, _CLOSE)
    # Its last frame is a cut, which the encoder treats as an onset: bands that collapse there are filled with noise.
    onset = sources.ffmpeg(folder, "opus-onset-48000-2.opus", 48_000, 2, "-c:a", "libopus", "-b:a", "64k")
    like_librosa(index, onset, _CLOSE)
    mp3 = sources.ffmpeg(folder, "mp3-16000-1.mp3", 16_000, 1, "-c:a", "libmp3lame", "-b:a", "32k")
    like_librosa(index, mp3, _MP3_LOW_RATE)
    for name in ("aac-44100-2.m4a", "aac-44100-2.aac"):
        aac = sources.ffmpeg(folder, name, 44_100, 2, "-c:a", "aac", "-b:a", "96k")
        like_librosa(index, aac, _AAC, oracles.ffmpeg_then_librosa)


def like_librosa(index: Index, path: Path, tolerance: Tolerance, load=oracles.librosa_load) -> None:
    """What a user of librosa gets: mono at the file's rate and at 16 kHz, and all channels at 16 kHz."""
    index.add(path, {}, load(path, None, True), tolerance, load)
    index.add(path, {"sampleRate": _SPEECH_RATE}, load(path, _SPEECH_RATE, True), tolerance, load)
    channels = load(path, _SPEECH_RATE, False)
    if channels.ndim == 2:
        index.add(path, {"sampleRate": _SPEECH_RATE, "channels": "native", "downmix": "none"}, channels, tolerance, load)


def qualities(index: Index, folder: Path) -> None:
    for rate, target in ((44_100, 16_000), (16_000, 44_100)):
        path = sources.noise_at(folder, rate)
        for quality in ("QQ", "LQ", "MQ", "HQ", "VHQ"):
            golden = oracles.librosa_resample(path, target, quality)
            index.add(path, {"sampleRate": target, "quality": quality}, golden, _EXACT, oracles.librosa_resample)


def means(index: Index, folder: Path) -> None:
    for channels in range(1, 13):
        path = sources.discrete(folder, channels)
        # From eight channels on numpy sums pairwise: still the same bits.
        index.add(path, {"downmix": "mean"}, oracles.librosa_load(path, None, True), _EXACT, oracles.librosa_load)


def matrices(index: Index, folder: Path) -> None:
    for name in sources.LAYOUTS:
        path = sources.layout(folder, name)
        for channels in (1, 2):
            golden = oracles.ffmpeg_channels(path, channels)
            index.add(path, {"channels": channels, "downmix": "ffmpeg"}, golden, _MATRIX, oracles.ffmpeg_channels)


if __name__ == "__main__":
    main()
