"""cochlea.json: what the models of a folder are, by which Cochlea knows how to feed them."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from .frontend import feature_spec


def descriptor(tower, folder: Path, variants: dict[str, list[Path]], parity: dict[str, dict]) -> dict:
    return {
        "format": 1,
        "architecture": tower.architecture,
        "dimension": tower.dimension,
        "tokens": tower.tokens,
        "features": feature_spec(tower.mels),
        "variants": {
            precision: {"model": files[0].name, "files": {file.name: sha256(folder / file.name) for file in files}}
            for precision, files in variants.items()
        },
        "parity": parity,
        "made": {
            **{package: version(package).partition("+")[0] for package in ("transformers", "torch", "onnx", "onnxruntime")},
            "source": tower.source,
        },
    }


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
