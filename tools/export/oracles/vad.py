"""Regions of speech as Silero's VAD finds them, and a small network with the inputs and outputs of its model."""

import random

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from silero_vad.sequence_vad import frame_blocks
from silero_vad.utils_vad import get_speech_timestamps_from_probs

FRAME, CONTEXT, HIDDEN, FEATURES = 512, 64, 4, 6


def network() -> onnx.ModelProto:
    """A layer, an LSTM and a sigmoid of random weights, strong enough that the state matters."""
    rng = np.random.default_rng(7)

    def weights(name: str, *shape: int, scale: float):
        return numpy_helper.from_array((rng.standard_normal(shape) * scale).astype(np.float32), name)

    def axes(name: str, *values: int):
        return numpy_helper.from_array(np.array(values, dtype=np.int64), name)

    def value(name: str, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    nodes = [
        helper.make_node("MatMul", ["input", "encode"], ["encoded"]),
        helper.make_node("Relu", ["encoded"], ["features"]),
        helper.make_node("Unsqueeze", ["features", "one"], ["steps"]),
        helper.make_node("LSTM", ["steps", "w", "r", "", "", "h", "c"], ["out", "hn", "cn"], hidden_size=HIDDEN),
        helper.make_node("MatMul", ["out", "decode"], ["score"]),
        helper.make_node("Sigmoid", ["score"], ["probability"]),
        helper.make_node("Reshape", ["probability", "flat"], ["speech_probs"]),
    ]
    graph = helper.make_graph(
        nodes,
        "vad",
        [value("input", "frames", CONTEXT + FRAME), value("h", 1, 1, HIDDEN), value("c", 1, 1, HIDDEN)],
        [value("speech_probs", "frames"), value("hn", 1, 1, HIDDEN), value("cn", 1, 1, HIDDEN)],
        [
            weights("encode", CONTEXT + FRAME, FEATURES, scale=0.3),
            weights("w", 1, 4 * HIDDEN, FEATURES, scale=0.5),
            weights("r", 1, 4 * HIDDEN, HIDDEN, scale=1.5),
            weights("decode", HIDDEN, 1, scale=4),
            axes("one", 1),
            axes("flat", -1),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def probabilities(model: onnx.ModelProto, audio: np.ndarray) -> np.ndarray:
    """In one run, framed by silero_vad."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (frames,) = frame_blocks(audio, FRAME, CONTEXT, len(audio))
    state = np.zeros((1, 1, HIDDEN), dtype=np.float32)
    return session.run(["speech_probs"], {"input": frames, "h": state, "c": state})[0]


def swelling(noise: np.ndarray) -> np.ndarray:
    """Noise from -1 to 1 that comes and goes every two seconds. The same in the test, but for the last bit."""
    return ((noise * 2 - 1) * np.sin(np.arange(len(noise)) * np.pi / 32_000) ** 2).astype(np.float32)


OPTIONS = [
    {},
    {"minSpeech": 0.25, "minSilence": 0.1, "pad": 0.03},
    {"threshold": 0.7, "negativeThreshold": 0.2, "minSilence": 0.5, "pad": 0.1},
    {"minSilence": 0, "pad": 0},
    {"threshold": 0.1, "minSilence": 0.3},
]


def regions(seed: int) -> list:
    """[probabilities, samples, options, [start, end] of each region]."""
    rng = random.Random(seed)
    made, level = [], 0.5
    while len(made) < 300:
        level = rng.choice([0.02, 0.35, 0.45, 0.5, 0.95]) if rng.random() < 0.5 else level
        made += [round(min(1, max(0, level + rng.choice([0, 0, rng.gauss(0, 0.1)]))), 3) for _ in range(rng.randrange(1, 90))]
    made = made[: rng.choice([0, 1, 40, 300])] if seed % 4 == 3 else made
    samples = max(0, len(made) * FRAME - rng.randrange(FRAME))
    options = OPTIONS[seed % len(OPTIONS)]
    found = get_speech_timestamps_from_probs(
        np.array(made, dtype=np.float32),
        audio_length_samples=samples,
        threshold=options.get("threshold", 0.5),
        neg_threshold=options.get("negativeThreshold"),
        min_speech_duration_ms=options.get("minSpeech", 0) * 1000,
        min_silence_duration_ms=options.get("minSilence", 2) * 1000,
        speech_pad_ms=options.get("pad", 0.4) * 1000,
    )
    return [made, samples, options, [[region["start"], region["end"]] for region in found]]
