"""Writes the variants of a tower, their descriptor and their parity."""

import json
from pathlib import Path

from .descriptor import descriptor
from .errors import ExportError
from .models import MODEL_FILES, write_model
from .parity import allowed, measure, print_table


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
    failed = [precision for precision, result in parity.items() if not result["maxAbsDifference"] <= allowed(precision, result)]
    if failed:
        raise ExportError(
            f"{', '.join(failed)} differs from PyTorch by more than it may: no cochlea.json was written. Check that the installed packages are "
            f"those of requirements.txt; where fp16 alone fails, the weights leave its range: use fp32"
        )
    descriptor_file.write_text(json.dumps(descriptor(tower, folder, variants, parity), indent=2) + "\n")
    print(f"wrote {descriptor_file}")
