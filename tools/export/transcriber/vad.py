"""Silero's model of voice activity, which finds the speech in a file: Whisper invents text for silence and noise."""

import importlib.util
from pathlib import Path

import onnxruntime

from tower.errors import ExportError

FILE = "vad.onnx"
_NAME = "silero_vad_16k_sequence.onnx"
_INSTALL = "pip install --no-deps silero-vad==6.2.3"


def find(given: Path | None) -> Path | None:
    path = given or _installed()
    if path is None:
        print(f"no model of voice activity: Whisper may invent text for silence and noise. Give one with --vad, or install it with "
              f"{_INSTALL}", flush=True)
    else:
        _check(path)
    return path


def _installed() -> Path | None:
    # The package itself imports torchaudio.
    package = importlib.util.find_spec("silero_vad")
    paths = (Path(place) / "data" / _NAME for place in (package and package.submodule_search_locations) or ())
    return next((path for path in paths if path.exists()), None)


def _check(path: Path) -> None:
    try:
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has a class of its own for each cause, with RuntimeError in common for some.
        raise ExportError(f"{path} cannot be read as a model: {error}") from error
    names = {each.name for each in (*session.get_inputs(), *session.get_outputs())}
    if names != {"input", "h", "c", "speech_probs", "hn", "cn"}:
        raise ExportError(f"{path} is another model than {_NAME} of silero-vad 6.2.3, which takes all frames of a file at once. "
                          f"Install it with {_INSTALL}, and leave out --vad")
