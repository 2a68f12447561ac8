#!/usr/bin/env python3
"""Asks `cochlea serve` from Python: python examples/serve-client.py URL FILE

    pip install numpy safetensors
    cochlea serve --tower models/qwen2-audio
    python examples/serve-client.py http://127.0.0.1:8080 talk.mp3

A key is taken from COCHLEA_API_KEY.
"""

import json
import os
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import numpy as np
from safetensors.numpy import load

TRIES = 5


def post(url, body, content_type, accept="*/*"):
    """The body and the headers of the answer. A service that is full says when to try again."""
    headers = {"content-type": content_type, "accept": accept}
    if key := os.environ.get("COCHLEA_API_KEY"):
        headers["authorization"] = f"Bearer {key}"
    for attempt in range(TRIES):
        try:
            with urlopen(Request(url, body, headers), timeout=90) as answer:
                return answer.read(), answer.headers
        except HTTPError as error:
            if error.code in (429, 503) and attempt < TRIES - 1:
                time.sleep(int(error.headers["retry-after"]))
                continue
            told = json.load(error)["error"]
            raise SystemExit(f"{error.code} {told['code']}: {told['message']}. {told.get('remedy', '')}") from error


def decode(service, audio, **parameters):
    """Float32 samples, [channels, frames], and their rate."""
    query = urlencode({"response_format": "f32", **parameters})
    body, headers = post(f"{service}/v1/audio/decode?{query}", audio, "application/octet-stream")
    samples = np.frombuffer(body, "<f4").reshape(int(headers["x-audio-channels"]), -1)
    return samples, int(headers["x-audio-sample-rate"])


def features(service, audio, **parameters):
    """The input of Whisper and Qwen2-Audio: input_features and feature_attention_mask."""
    body, _ = post(f"{service}/v1/audio/features?{urlencode(parameters)}", audio, "application/octet-stream")
    return load(body)


def embeddings(service, *clips):
    """Of each clip [tokens, dimension], as the tower makes them."""
    edge = "cochlea-edge-4f1d2c"
    head = f'--{edge}\r\ncontent-disposition: form-data; name="file"; filename="audio"\r\n\r\n'.encode()
    form = b"".join(head + clip + b"\r\n" for clip in clips) + f"--{edge}--\r\n".encode()
    content_type = f"multipart/form-data; boundary={edge}"
    body, _ = post(f"{service}/v1/audio/embeddings", form, content_type, "application/vnd.safetensors")
    tensors = load(body)
    return [tensors[str(index)] for index in range(len(clips))]


def main():
    if len(sys.argv) != 3:
        sys.exit("Usage: python examples/serve-client.py URL FILE")
    service, audio = sys.argv[1].rstrip("/"), Path(sys.argv[2]).read_bytes()
    samples, rate = decode(service, audio, sample_rate=16000)
    print("samples", samples.dtype, list(samples.shape), rate)
    for name, tensor in sorted(features(service, audio, mels=128).items()):
        print(name, tensor.dtype, list(tensor.shape))
    models = json.loads(get(f"{service}/v1/models"))["data"]
    if models:
        (tensor,) = embeddings(service, audio)
        print("embeddings of", models[0]["id"], tensor.dtype, list(tensor.shape))


def get(url):
    headers = {"authorization": f"Bearer {key}"} if (key := os.environ.get("COCHLEA_API_KEY")) else {}
    with urlopen(Request(url, headers=headers), timeout=30) as answer:
        return answer.read()


if __name__ == "__main__":
    main()
