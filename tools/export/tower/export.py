"""Writes the variants of a tower, their descriptor and their parity."""

import json
from pathlib import Path

from .descriptor import descriptor
from .errors import ExportError
from .models import MODEL_FILES, write_model
from .parity import TOLERANCES, failures, measure, print_table

#: What to try when a model is not as PyTorch.
_ADVICE = {
    "fp32": "Install the versions of requirements.txt: another torch or ONNX Runtime may write or run another graph. If it "
            "stays, the checkpoint is not the model that its config.json describes, or the export is wrong: please report it.",
    "fp16": "If fp32 is right, the values leave the range of half precision: use --precision fp32, or int8 for processors.",
    "int8": "If fp32 is right, 8 bits are too few for these weights: use --precision fp32, or fp16 for GPUs.",
}


def export(tower, folder: Path, precisions: list[str]) -> None:
    descriptor_file = folder / "cochlea.json"
    folder.mkdir(parents=True, exist_ok=True)
    # Without it the folder is no tower: it comes last, when all models are proven.
    descriptor_file.unlink(missing_ok=True)
    variants = {}
    # fp32 first: int8 is made of it.
    for precision in sorted(set(precisions), key=list(MODEL_FILES).index):
        print(f"exporting {precision}", flush=True)
        variants[precision] = write_model(tower, folder, precision)
    parity = measure(tower, {precision: files[0] for precision, files in variants.items()})
    print_table(parity, variants)
    if failed := failures(parity):
        reasons = (
            f"{precision}: relative L2 from PyTorch in float64 is {parity[precision]['relativeL2']:.2g}, allowed is "
            f"{TOLERANCES[precision]:.0e}. {_ADVICE[precision]}"
            for precision in failed
        )
        raise ExportError("\n".join(("no cochlea.json was written, because a model is further off than it may be", *reasons)))
    descriptor_file.write_text(json.dumps(descriptor(tower, folder, variants, parity), indent=2) + "\n")
    print(f"wrote {descriptor_file}")
