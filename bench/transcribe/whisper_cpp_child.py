"""whisper.cpp as a process: python whisper_cpp_child.py GGML_FILE THREADS"""

import sys

import numpy as np
from peer import answer
from pywhispercpp.model import Model

file, threads = sys.argv[1:]
quiet = {"print_progress": False, "print_realtime": False, "print_timestamps": False}
# A step of the temperature of 0 means that no window is tried again.
greedy = {"greedy": {"best_of": 1}, "temperature": 0.0, "temperature_inc": 0.0, "no_context": True}
model = Model(file, n_threads=int(threads), language="en", **greedy, **quiet)


def transcribe(samples: np.ndarray) -> str:
    return " ".join(segment.text.strip() for segment in model.transcribe(samples))


answer(transcribe)
