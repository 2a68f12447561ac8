"""transformers' extractor as a process: python transformers_child.py AUDIO.f32 BACKEND, with numpy or torch."""

import json
import sys
import time

import numpy as np
from transformers import WhisperFeatureExtractor

path, backend = sys.argv[1:]
samples = np.fromfile(path, dtype="<f4")
extractor = WhisperFeatureExtractor(feature_size=128)


def features(audio):
    if backend == "numpy":
        return extractor._np_extract_fbank_features(padded(audio)[None], "cpu")[0]
    return extractor(audio, sampling_rate=16_000, return_tensors="np").input_features[0]


def padded(audio):
    return np.pad(audio, (0, extractor.n_samples - len(audio)))


for line in sys.stdin:
    question = json.loads(line)
    audio = samples[: question["samples"]].copy()
    start = time.perf_counter()
    result = features(audio)
    milliseconds = (time.perf_counter() - start) * 1000
    if question.get("output"):
        np.asarray(result, dtype="<f4").tofile(question["output"])
    print(json.dumps({"milliseconds": milliseconds}), flush=True)
