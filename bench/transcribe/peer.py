"""The side of a Python contender: answers each line of standard input, as bench/run/answering.mjs asks."""

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np


def answer(transcribe: Callable[[np.ndarray], str]) -> None:
    for line in sys.stdin:
        samples = np.fromfile(json.loads(line)["path"], "<f4")
        start = time.perf_counter()
        text = transcribe(samples)
        seconds = time.perf_counter() - start
        peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024
        print(json.dumps({"seconds": seconds, "text": text, "peak": peak}), flush=True)
