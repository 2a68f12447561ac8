"""The Python package safetensors, as a process: python safetensors_child.py FOLDER. Uses torch if there is one."""

import json
import os
import sys
import time

import numpy as np

try:
    import torch
    from safetensors.torch import load_file, save_file
except ImportError:
    torch = None
    from safetensors.numpy import load_file, save_file

folder = sys.argv[1]


def save(question):
    array = np.arange(question["elements"], dtype="<f4").reshape(question["shape"])
    tensor = torch.from_numpy(array) if torch else array
    path = f"{folder}/{question['name']}"
    start = time.perf_counter()
    save_file({"ec_cache": tensor}, path)
    return {"milliseconds": elapsed(start), "path": path}


def load(question):
    start = time.perf_counter()
    tensor = load_file(question["path"])["ec_cache"]
    # One element of each page.
    total = float(tensor.reshape(-1)[::1024].sum())
    milliseconds = elapsed(start)
    os.remove(question["path"])
    return {"milliseconds": milliseconds, "sum": total, "package": "safetensors.torch" if torch else "safetensors.numpy"}


def elapsed(start):
    return (time.perf_counter() - start) * 1000


for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"save": save, "load": load}[question["verb"]](question)), flush=True)
