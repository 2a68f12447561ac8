"""Reads single tensors out of a checkpoint, so that the audio tower of a 7B model takes the memory of the tower."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from .errors import ExportError

_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"


def read_json(folder: Path, name: str) -> dict:
    path = folder / name
    try:
        value = json.loads(path.read_text())
    except FileNotFoundError:
        raise ExportError(f"{path} not found. Give the folder of a checkpoint: config.json, preprocessor_config.json "
                          f"and *.safetensors") from None
    except (OSError, ValueError) as error:
        raise ExportError(f"{path} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise ExportError(f"{path} holds no object")
    return value


def check_type(folder: Path, wanted: str, name: str) -> None:
    found = read_json(folder, "config.json").get("model_type")
    if found != wanted:
        raise ExportError(f"{folder} is not a checkpoint of {name}: config.json says model_type {found!r}, not {wanted!r}")


def load_into(module: torch.nn.Module, folder: Path, prefix: str) -> None:
    """Fills `module` with the tensors whose names begin with `prefix`, a regular expression, as float32."""
    pattern = re.compile(prefix)
    tensors = {}
    for shard, names in _shards(folder, pattern).items():
        print(f"reading {shard.name}: {len(names)} tensors", flush=True)
        with _opened(shard) as file:
            for name in names:
                tensors[pattern.sub("", name)] = file.get_tensor(name).float()
    try:
        module.load_state_dict(tensors)
    except RuntimeError as error:
        raise ExportError(f"the tensors in {folder} do not fit its config.json: {error}") from error


@contextmanager
def _opened(shard: Path) -> Iterator[safe_open]:
    try:
        with safe_open(shard, "pt") as file:
            yield file
    except (OSError, SafetensorError) as error:
        raise ExportError(f"{shard} cannot be read, or is not whole: {error}") from error


def _shards(folder: Path, pattern: re.Pattern) -> dict[Path, list[str]]:
    """Which file holds which of the tensors."""
    if (folder / _INDEX).exists():
        places = read_json(folder, _INDEX).get("weight_map")
        if not isinstance(places, dict):
            raise ExportError(f"{folder / _INDEX} has no weight_map, which says in which file each tensor is")
    elif (folder / _SINGLE).exists():
        with _opened(folder / _SINGLE) as file:
            places = dict.fromkeys(file.keys(), _SINGLE)
    else:
        raise ExportError(f"{folder} holds neither {_INDEX} nor {_SINGLE}. Where it has pytorch_model.bin, write it anew with "
                          f"transformers: from_pretrained(folder).save_pretrained(new_folder)")
    shards: dict[Path, list[str]] = {}
    for name, shard in places.items():
        if pattern.match(name):
            shards.setdefault(folder / shard, []).append(name)
    if not shards:
        raise ExportError(f"{folder} has no tensors named {pattern.pattern}*: its weights are of another model")
    return shards
