"""Writes a checkpoint of a small Whisper of random weights: python small_whisper.py FOLDER"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools" / "export"))
import make_transcribe_checkpoint  # noqa: E402

make_transcribe_checkpoint.write(Path(sys.argv[1]), width=16, seed=1)
