"""Checks log-mel graphs that Cochlea writes: by ONNX's own checker, and against transformers with ONNX Runtime.

examples:
    node --input-type=module -e "
      import { writeFileSync } from 'node:fs';
      import { logMelModel } from './dist/features/graph.js';
      import { whisperSpec } from './dist/features/index.js';
      writeFileSync('/tmp/log_mel.onnx', logMelModel(whisperSpec(128), 'float64'));"
    python tools/export/check_graph.py /tmp/log_mel.onnx
    python tools/export/check_graph.py /tmp/log_mel_float32.onnx --tolerance 1e-4
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from tower import signals
from tower.frontend import features_of

_CHUNK = 480_000

#: Two of each, as one batch.
_BATCHES = {
    "noise": [{"kind": "noise24", "samples": _CHUNK, "seed": 1}, {"kind": "noise", "samples": 48_000, "seed": 2}],
    "16-bit noise": [{"kind": "noise16", "samples": _CHUNK, "seed": 1}, {"kind": "noise16", "samples": 201, "seed": 2}],
    "tones": [signals.tone(_CHUNK, 1000, 0.5), signals.tone(48_000, 50, 0.5)],
    "tones, -80 dB": [signals.tone(_CHUNK, 440, 1e-4), signals.tone(48_000, 7999, 1e-4)],
    "silence, a sample": [{"kind": "silence", "samples": 16_000}, {"kind": "noise16", "samples": 1, "seed": 1}],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-5, help="(default: 1e-5)")
    arguments = parser.parse_args()
    onnx.checker.check_model(arguments.graph, full_check=True)
    model = onnx.load(arguments.graph)
    mels = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    operators = sorted({node.op_type for node in model.graph.node})
    print(f"valid: IR {model.ir_version}, opset {model.opset_import[0].version}, {mels} mels, {', '.join(operators)}")
    session = onnxruntime.InferenceSession(arguments.graph, providers=["CPUExecutionProvider"])
    worst = max(_difference(session, name, recipes, mels) for name, recipes in _BATCHES.items())
    if not worst <= arguments.tolerance:
        sys.exit(f"off by {worst:.2e}, which is more than {arguments.tolerance:.0e}")


def _difference(session: onnxruntime.InferenceSession, name: str, recipes: list[dict], mels: int) -> float:
    clips = [signals.make(recipe) for recipe in recipes]
    audio = np.zeros((len(clips), _CHUNK), np.float32)
    for row, clip in zip(audio, clips):
        row[: len(clip)] = clip
    start = time.perf_counter()
    made = session.run(None, {session.get_inputs()[0].name: audio})[0]
    seconds = time.perf_counter() - start
    wanted, _ = features_of(clips, mels)
    assert made.shape == wanted.shape, f"the shape is {made.shape}, not {wanted.shape}"
    difference = float(np.abs(made - wanted).max())
    print(f"{name:20}{difference:10.2e}   {1000 * seconds:6.0f} ms")
    return difference


if __name__ == "__main__":
    main()
