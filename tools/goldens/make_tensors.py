"""Makes test/fixtures/tensors.json: safetensors and npy files as the Python packages write them, and what is in them.

    python3 -m venv ~/.cache/cochlea-oracles
    ~/.cache/cochlea-oracles/bin/pip install -r tools/goldens/requirements.txt
    ~/.cache/cochlea-oracles/bin/python tools/goldens/make_tensors.py

Each entry has `bytes` (base64), `metadata`, and `tensors` by name with dtype, shape and values: halves as their bits,
int64 as decimal strings. The one tensor of an npy file has the name "array". Entries named "other npy …" hold arrays that
`numpy.load` reads and Cochlea refuses; those named "npy 2.0 …" and "npy 3.0 …" have these versions of the format.
"""

import argparse
import base64
import io
import json
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors.numpy import save

_OUTPUT = Path(__file__).resolve().parent.parent.parent / "test" / "fixtures" / "tensors.json"

_FLOATS = [0.0, -0.0, 1.0, -1.5, 65504.0, 6e-8]
_EVERY = {
    "float32": np.array([*_FLOATS, 1e-45, -3.4028235e38], "<f4"),
    "float16": np.array([*_FLOATS, 1e-5, 0.333], "<f2"),
    "bfloat16": np.array([*_FLOATS, 3e38, 0.333], ml_dtypes.bfloat16),
    "int32": np.array([0, -1, 2**31 - 1, -(2**31)], "<i4"),
    "int64": np.array([0, -1, 2**63 - 1, -(2**63)], "<i8"),
    "uint16": np.array([0, 1, 256, 65535], "<u2"),
    "bool": np.array([True, False, True, True, False], bool),
}
_DTYPES = [array.dtype for array in _EVERY.values()]


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    ramp = np.arange(12, dtype="<f4")
    files = {
        "every type": of_safetensors(_EVERY, {"made by": "the safetensors package"}),
        "shapes": of_safetensors(
            {
                "scalar": np.array(3.5, "<f4"),
                "vector": ramp[:1],
                "matrix": ramp.reshape(3, 4),
                "cube": ramp.reshape(2, 3, 2),
                "none": ramp[:0].reshape(2, 0, 3),
            }
        ),
        "names": of_safetensors(
            {name: ramp[i : i + 1] for i, name in enumerate(["", "10", "9", "a.b/c", '"\\\n\u0001\x7f', "é", "音", "\uff5e", "😀", "__proto__"])},
            {'k"é\t': "v\u2028\\"},
        ),
        "nothing": of_safetensors({}),
        **{f"padding {n}": of_safetensors({"n" * n: ramp[:n]}) for n in range(1, 9)},
        **{f"npy {name}": of_npy(array) for name, array in _EVERY.items() if name != "bfloat16"},
        # Sizes around which the header gets longer by 64 bytes, and where NumPy pads although it need not.
        **{f"npy {shape}": of_npy(np.zeros(shape, bool)) for shape in [(), (0,), (3, 4), (1,) * 3, (1,) * 10, (1,) * 13, (2,) * 3 + (1,) * 11, (10,), (1, 100_000, 0)]},
        **{f"npy {version}.0 {name}": of_npy(_EVERY[name], (version, 0)) for version in (2, 3) for name in ("float32", "int64")},
        "npy 2.0 matrix": of_npy(ramp.reshape(3, 4), (2, 0)),
        "other npy in Fortran order": of_npy(np.asfortranarray(ramp.reshape(3, 4))),
        "other npy big-endian": of_npy(ramp.astype(">f4")),
        "other npy float64": of_npy(ramp.astype("<f8")),
        "other npy complex": of_npy(ramp.astype("<c8")),
        "other npy text": of_npy(np.array(["a", "bc"])),
        "other npy structured": of_npy(np.zeros(2, [("a", "<f4"), ("b", "<i4")])),
        "other npy named fields": of_npy(np.zeros(2, [("größe", "<f4")]), (3, 0)),
        "other npy objects": of_npy(np.array([{"a": 1}], object)),
    }
    _OUTPUT.write_text(json.dumps(files, indent=1, ensure_ascii=True) + "\n")


def of_safetensors(arrays: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> dict:
    return entry(save(arrays, metadata), arrays, metadata or {})


def of_npy(array: np.ndarray, version: tuple[int, int] | None = None) -> dict:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version, allow_pickle=True)
    return entry(file.getvalue(), {"array": array} if array.dtype in _DTYPES and array.flags.c_contiguous else {}, {})


def entry(content: bytes, arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> dict:
    tensors = {name: {"dtype": array.dtype.name, "shape": array.shape, "values": values(array)} for name, array in arrays.items()}
    return {"bytes": base64.b64encode(content).decode(), "metadata": metadata, "tensors": tensors}


def values(array: np.ndarray) -> list:
    if array.dtype.name in ("float16", "bfloat16"):
        return array.view("<u2").ravel().tolist()
    if array.dtype.name == "int64":
        return [str(value) for value in array.ravel()]
    return array.ravel().tolist()


if __name__ == "__main__":
    main()
