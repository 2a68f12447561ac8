"""Compares all that `cochlea features` writes for files with transformers, and says how far they are apart.

The files are decoded by librosa, or by ffmpeg where libsndfile cannot open them.

examples:
    python tools/export/compare_features.py test/fixtures/speech/*
    python tools/export/compare_features.py ~/recordings/*.mp3 --mels 80
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from tower.frontend import features_of

_REPOSITORY = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(_REPOSITORY / "tools" / "goldens"))
import oracles  # noqa: E402

_LONGEST = 480_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="of which the first 30 s are compared")
    parser.add_argument("--mels", type=int, choices=(80, 128), default=128, help="(default: 128)")
    parser.add_argument("--command", type=Path, default=_REPOSITORY / "dist" / "cli" / "main.js", help="(default: dist/cli/main.js)")
    arguments = parser.parse_args()
    failed = False
    for file in arguments.files:
        made = cochlea(arguments.command, file, arguments.mels)
        wanted, _ = features_of([decoded(file)[:_LONGEST]], arguments.mels)
        same = made.shape == wanted.shape and made.dtype == wanted.dtype
        print(f"{file}: {f'{np.abs(made - wanted).max():.2e}' if same else f'{made.dtype} {made.shape}, not {wanted.dtype} {wanted.shape}'}")
        failed = failed or not same
    sys.exit(failed)


def cochlea(command: Path, file: Path, mels: int) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "features.npy"
        subprocess.run(["node", command, "features", file, "--mels", str(mels), "--truncate", "--output", output], check=True,
                       stdout=subprocess.DEVNULL)
        return np.load(output)


def decoded(file: Path) -> np.ndarray:
    try:
        soundfile.info(file)
    except soundfile.LibsndfileError:
        # librosa would fall back to audioread, which has 16 bits only.
        return oracles.ffmpeg_then_librosa(file, 16_000, True)
    return oracles.librosa_load(file, 16_000, True)


if __name__ == "__main__":
    main()
