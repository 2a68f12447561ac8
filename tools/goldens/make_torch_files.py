"""Makes test/fixtures/torch_files.json: what torch.save writes for a tensor, which torchSave has to write as well.

    python3 -m venv ~/.cache/cochlea-torch
    ~/.cache/cochlea-torch/bin/pip install -r tools/goldens/torch_requirements.txt
    ~/.cache/cochlea-torch/bin/python tools/goldens/make_torch_files.py

Each entry has dtype, shape and the SHA-256 of the file; small ones of float32 are there, too (`bytes`, base64). The
elements are not in it: those of index i are the low bytes of i × 2654435761 mod 2^32 (bool: its lowest bit), as bits.
Empty tensors only have to be read by torch.load: PyTorch pads them otherwise.
"""

import argparse
import base64
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import torch

_OUTPUT = Path(__file__).resolve().parent.parent.parent / "test" / "fixtures" / "torch_files.json"
_BITS = {
    "float32": np.uint32,
    "float16": np.uint16,
    "bfloat16": np.uint16,
    "int32": np.uint32,
    "int64": np.uint64,
    "bool": np.uint8,
}
_SHAPES = [[], [1], [7], [2, 3], [2, 3, 5], [2, 1, 2, 3], [300, 2], [1, 1, 1, 1, 1]]
_EMPTY = [[0], [0, 4096], [2, 0, 3]]
_LARGE = [[750, 4096], [70_000]]
_SMALL = 2048


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    cases = [(dtype, shape) for dtype in _BITS for shape in _SHAPES + _EMPTY]
    cases += [(dtype, shape) for dtype in ("float32", "bfloat16") for shape in _LARGE]
    files = [entry(dtype, shape) for dtype, shape in cases]
    text = ",\n".join(json.dumps(file) for file in files)
    _OUTPUT.write_text(f'{{"torch": "{torch.__version__.split("+")[0]}", "files": [\n{text}\n]}}\n')


def entry(dtype: str, shape: list[int]) -> dict:
    file = io.BytesIO()
    torch.save(tensor_of(dtype, shape), file)
    data = file.getvalue()
    small = dtype == "float32" and len(data) <= _SMALL and 0 not in shape
    return {
        "dtype": dtype,
        "shape": shape,
        "sha256": hashlib.sha256(data).hexdigest(),
        **({"bytes": base64.b64encode(data).decode()} if small else {}),
    }


def tensor_of(dtype: str, shape: list[int]) -> torch.Tensor:
    count = int(np.prod(shape, dtype=np.int64))
    mixed = np.arange(count, dtype=np.uint64) * np.uint64(2_654_435_761) % np.uint64(2**32)
    bits = (mixed & np.uint64(1) if dtype == "bool" else mixed).astype(_BITS[dtype])
    # A storage of its own, of just this size: torch.save writes whole storages.
    return torch.frombuffer(bytearray(bits.tobytes()), dtype=getattr(torch, dtype)).reshape(shape) if count else torch.empty(shape, dtype=getattr(torch, dtype))


if __name__ == "__main__":
    main()
