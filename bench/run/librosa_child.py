"""librosa as a contender: answers the same messages as child.mjs, over Node's IPC channel.

Node speaks one JSON object a line over the file descriptor in $NODE_CHANNEL_FD.
"""

import concurrent.futures
import io
import json
import os
import socket
import time

import numpy as np

RATE = 16_000
data = b""


def decode():
    import librosa
    import soundfile

    try:
        return librosa.load(io.BytesIO(data), sr=RATE, mono=True, res_type="soxr_hq")[0]
    except soundfile.LibsndfileError as error:
        raise ValueError(f"libsndfile: {error.error_string}") from error


def load(_):
    start = time.perf_counter()
    import librosa
    import soundfile

    silence = io.BytesIO()
    soundfile.write(silence, np.zeros(4410), 44_100, format="WAV")
    silence.seek(0)
    librosa.load(silence, sr=RATE, res_type="soxr_hq")  # it imports what it needs when it needs it
    version = f"{librosa.__version__}, libsndfile {soundfile.__libsndfile_version__}"
    return {"version": version, "milliseconds": (time.perf_counter() - start) * 1000}


def open_file(args):
    global data
    with open(args["path"], "rb") as file:
        data = file.read()


def speed(_):
    start = time.perf_counter()
    samples = decode()
    milliseconds = (time.perf_counter() - start) * 1000
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return {"parts": [milliseconds], "frames": len(samples), "rms": rms}


def clips(args):
    def one(_):
        start = time.perf_counter()
        decode()
        return (time.perf_counter() - start) * 1000

    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(args["inFlight"]) as pool:
        latencies = list(pool.map(one, range(args["count"])))
    seconds = time.perf_counter() - start
    p95 = float(np.percentile(latencies, 95))
    return {"perSecond": args["count"] / seconds, "seconds": seconds, "p95": p95, "loopP99": None, "loopMax": None}


def resampler(args):
    samples = decode().astype(np.float64)
    middle = samples[RATE // 4 : -RATE // 4]
    if args["hertz"] < RATE / 2:
        window = np.hanning(len(middle))
        wave = np.exp(-2j * np.pi * args["hertz"] / RATE * np.arange(len(middle)))
        left = 2 * abs(np.sum(window * middle * wave)) / np.sum(window)
    else:
        left = np.sqrt(2 * np.mean(np.square(middle)))
    return {"decibels": max(-200.0, 20 * np.log10(left / 0.5)) if left > 0 else -200.0}


QUESTIONS = {"speed": speed, "clips": clips, "resampler": resampler}


def ask(args):
    if args["question"] not in QUESTIONS:
        raise ValueError("not asked of librosa")
    return QUESTIONS[args["question"]](args["args"])


VERBS = {"load": load, "open": open_file, "ask": ask}

channel = socket.socket(fileno=int(os.environ.pop("NODE_CHANNEL_FD")))
for line in channel.makefile("r", encoding="utf-8"):
    message = json.loads(line)
    if "verb" not in message:
        continue  # Node's own messages
    answer = {"id": message["id"]}
    try:
        answer["value"] = VERBS[message["verb"]](message["args"])
    except Exception as error:  # noqa: BLE001: whatever it is, the report shows it
        answer["error"] = str(error) or type(error).__name__
    channel.sendall((json.dumps(answer) + "\n").encode())
