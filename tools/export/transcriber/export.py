"""Writes all that transcribes: the tower, the decoder's models, the tokenizer, the descriptor and the parity."""

import shutil
from pathlib import Path

from tower.export import ADVICE, begin, finish, refuse, write_models

from . import align, cross, decoder, vad
from .descriptor import descriptor
from .eight_bits import EightBits
from .floats import Floats
from .graph import GraphWriter
from .parity import failures, measure, print_table, reference
from .runtime import Models
from .settings import TOKENIZER
from .whisper import Whisper

#: Of the encoder → of the decoder, which runs on the processor, where half precision would be slower than both others.
_PRECISIONS = {"fp32": "fp32", "fp16": "fp32", "int8": "int8"}
_WRITERS = {"fp32": Floats, "int8": EightBits}


def export(checkpoint: Path, folder: Path, precisions: list[str], voice_activity: Path | None) -> None:
    voice_activity = vad.find(voice_activity)
    write(Whisper.load(checkpoint), folder, precisions, voice_activity)


def write(whisper: Whisper, folder: Path, precisions: list[str], voice_activity: Path | None) -> None:
    begin(folder)
    tower = write_models(whisper.tower, folder, precisions)
    finish(folder, {**tower, "transcriber": _write_transcriber(whisper, folder, precisions, voice_activity)})


def _write_transcriber(whisper: Whisper, folder: Path, precisions: list[str], voice_activity: Path | None) -> dict:
    _copy(whisper.settings.folder / TOKENIZER, folder / TOKENIZER)
    if voice_activity is not None:
        _copy(voice_activity, folder / vad.FILE)
    variants = {}
    for precision in sorted({_PRECISIONS[each] for each in precisions}, key=list(_WRITERS).index):
        print(f"exporting the decoder in {precision}", flush=True)
        variants[precision] = _write_variant(whisper, folder, precision)
    wanted = reference(whisper)
    parity = {}
    for precision, written in variants.items():
        print(f"running the decoder in {precision}", flush=True)
        models = Models(**{name: files[0] for name, files in written.items()}, size=whisper.size)
        parity[precision] = measure(models, wanted)
    print_table(parity, variants)
    refuse(f"{reason}. {ADVICE[precision]}" for precision, reason in failures(parity))
    return descriptor(whisper, folder, variants, parity, has_vad=voice_activity is not None)


def _write_variant(whisper: Whisper, folder: Path, precision: str) -> dict[str, list[Path]]:
    writer, suffix = _WRITERS[precision](), "" if precision == "fp32" else f".{precision}"
    graphs = {name: GraphWriter() for name in ("cross", "decoder", "align")}
    cross.write(graphs["cross"], writer, whisper.weights(), whisper.size)
    decoder.write(graphs["decoder"], writer, whisper.weights(), whisper.size)
    align.write(graphs["align"], writer, whisper.weights(), whisper.size, whisper.alignment_heads())
    return {name: graph.save(folder / f"{name}{suffix}.onnx") for name, graph in graphs.items()}


def _copy(source: Path, target: Path) -> None:
    if source.resolve() != target.resolve():
        shutil.copyfile(source, target)
