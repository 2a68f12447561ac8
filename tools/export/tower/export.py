"""Writes the variants of a tower, their descriptor and their parity."""

import json
from collections.abc import Iterable
from pathlib import Path

from .descriptor import descriptor
from .errors import ExportError
from .models import MODEL_FILES, write_model
from .parity import TOLERANCES, failures, measure, print_table

_DESCRIPTOR = "cochlea.json"

#: What to try when a model is not as PyTorch.
ADVICE = {
    "fp32": "Install the versions of requirements.txt: another torch or ONNX Runtime may write or run another graph. If it "
            "stays, the checkpoint is not the model that its config.json describes, or the export is wrong: please report it.",
    "fp16": "If fp32 is right, the values leave the range of half precision: use --precision fp32, or int8 for processors.",
    "int8": "If fp32 is right, 8 bits are too few for these weights: use --precision fp32, or fp16 for GPUs.",
}


def export(tower, folder: Path, precisions: list[str]) -> None:
    begin(folder)
    finish(folder, write_models(tower, folder, precisions))


def begin(folder: Path) -> None:
    """Without a descriptor the folder is no tower: it comes last, when all models are proven."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _DESCRIPTOR).unlink(missing_ok=True)


def finish(folder: Path, text: dict) -> None:
    (folder / _DESCRIPTOR).write_text(json.dumps(text, indent=2) + "\n")
    print(f"wrote {folder / _DESCRIPTOR}")


def write_models(tower, folder: Path, precisions: list[str]) -> dict:
    """The descriptor of the models written."""
    variants = {}
    for precision in sorted(set(precisions), key=list(MODEL_FILES).index):
        print(f"exporting {precision}", flush=True)
        variants[precision] = write_model(tower, folder, precision)
    parity = measure(tower, {precision: files[0] for precision, files in variants.items()})
    print_table(parity, variants)
    refuse(
        f"{precision}: relative L2 from PyTorch in float64 is {parity[precision]['relativeL2']:.2g}, allowed is "
        f"{TOLERANCES[precision]:.0e}. {ADVICE[precision]}"
        for precision in failures(parity)
    )
    return descriptor(tower, folder, variants, parity)


def refuse(reasons: Iterable[str]) -> None:
    """Fails if there are any."""
    if lines := list(reasons):
        raise ExportError("\n".join((f"no {_DESCRIPTOR} was written, because a model is further off than it may be", *lines)))
