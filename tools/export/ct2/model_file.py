"""Reads model.bin of CTranslate2: named variables, as ctranslate2/specs/model_spec.py writes them (`_serialize`).

    version u32, name of the specification, its revision u32,
    number of variables u32, then for each: name, rank u8, dimensions u32, type u8, bytes u32, data
    number of aliases u32, then for each: alias, name of the variable

A text is its length as u16, its bytes, and a zero, which the length counts. All is little-endian.
"""

import struct
from pathlib import Path

import numpy as np

from tower.errors import ExportError

_VERSION = 6
#: By the number of the type. bfloat16, which NumPy lacks, is read as its bits.
_TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2", 5: "<u2"}
_BFLOAT16 = 5


class ModelFile:
    """The variables of a model of one specification."""

    def __init__(self, path: Path, specification: str, revision: int) -> None:
        self._path = path
        try:
            self._bytes = memoryview(path.read_bytes())
        except OSError as error:
            raise ExportError(f"{path} cannot be read: {error}. Give the folder that faster-whisper takes, which holds model.bin") from error
        self._at = 0
        self._check_header(specification, revision)
        self._variables = dict(self._variable() for _ in range(self._number("I")))
        for _ in range(self._number("I")):
            alias, name = self._text(), self._text()
            self._variables[alias] = self._get(name)
        if self._at != len(self._bytes):
            raise ExportError(f"{path} has {len(self._bytes) - self._at} bytes after its end: it is damaged, so download it again")

    def names(self) -> list[str]:
        return list(self._variables)

    def integer(self, name: str) -> int:
        """A variable of one number."""
        values = self._get(name)
        if values.size != 1:
            raise ExportError(f"{self._path}: {name} has the shape {values.shape}, where one number must be")
        return int(values.item())

    def floats(self, name: str) -> np.ndarray:
        """A variable as float32. Quantised matrices were rounded after a multiplication by their scale, of a row or of all."""
        values = self._get(name)
        if values.dtype.kind != "i":
            return values.astype(np.float32)
        scale = self._get(f"{name}_scale").astype(np.float32)
        if scale.size not in (1, len(values)):
            raise ExportError(f"{self._path}: {name} has {scale.size} scales for {len(values)} rows. Give a model of float32, float16, "
                              f"int8 or int16: ct2-transformers-converter --quantization float16 makes one")
        return values.astype(np.float32) / scale.reshape(-1, *[1] * (values.ndim - 1))

    def _check_header(self, specification: str, revision: int) -> None:
        version = self._number("I")
        if version != _VERSION:
            raise ExportError(f"{self._path} is of version {version}, and {_VERSION} is read here: convert the model anew with CTranslate2 4")
        found = self._text(), self._number("I")
        if found != (specification, revision):
            raise ExportError(f"{self._path} is {found[0]}, revision {found[1]}, and {specification}, revision {revision}, is read here: "
                              f"give a model of that kind, or convert it anew with CTranslate2 4")

    def _variable(self) -> tuple[str, np.ndarray]:
        name = self._text()
        shape = tuple(self._number("I") for _ in range(self._number("B")))
        kind, size = self._number("B"), self._number("I")
        data = self._take(size)
        if kind not in _TYPES:
            raise ExportError(f"{self._path}: {name} has the type {kind}, which CTranslate2 4 does not have")
        values = np.frombuffer(data, _TYPES[kind]) if size % np.dtype(_TYPES[kind]).itemsize == 0 else None
        if values is None or values.size != np.prod(shape, dtype=object):
            raise ExportError(f"{self._path}: {name} has {size} bytes, which do not fit its shape {shape}: the file is damaged")
        if kind == _BFLOAT16:
            values = (values.astype(np.uint32) << 16).view(np.float32)
        return name, values.reshape(shape)

    def _get(self, name: str) -> np.ndarray:
        if name not in self._variables:
            raise ExportError(f"{self._path} lacks {name}: it is of another model, or quantised in another way. Give one of float16")
        return self._variables[name]

    def _number(self, kind: str) -> int:
        return struct.unpack(f"<{kind}", self._take(struct.calcsize(f"<{kind}")))[0]

    def _text(self) -> str:
        data = bytes(self._take(self._number("H")))
        if not data.endswith(b"\0"):
            raise ExportError(f"{self._path} is damaged: a name ends without a zero at byte {self._at}")
        return data[:-1].decode("utf-8", "replace")

    def _take(self, size: int) -> memoryview:
        if size > len(self._bytes) - self._at:
            raise ExportError(f"{self._path} ends at byte {len(self._bytes)}, in the middle of a value: it is cut, so download it again")
        self._at += size
        return self._bytes[self._at - size : self._at]
