"""faster-whisper as a process: python faster_whisper_child.py CT2_FOLDER PRECISION THREADS"""

import sys

import numpy as np
from faster_whisper import WhisperModel
from peer import answer

folder, precision, threads = sys.argv[1:]
model = WhisperModel(folder, device="cpu", compute_type=precision, cpu_threads=int(threads))


def transcribe(samples: np.ndarray) -> str:
    # It decodes while the segments are read.
    segments, _ = model.transcribe(samples, language="en", beam_size=1, temperature=0.0, condition_on_previous_text=False)
    return "".join(segment.text for segment in segments).strip()


answer(transcribe)
