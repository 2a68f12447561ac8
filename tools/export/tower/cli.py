"""The command line that every export script has."""

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import ExportError

_PRECISIONS = ("fp32", "fp16", "int8")
_PACKAGES = ("torch", "transformers", "safetensors", "onnx", "onnxscript", "onnxruntime", "numpy")
_REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"


def run(architecture: str, about: str) -> None:
    arguments = parse(command(architecture, about))
    with reported():
        require_packages()
        export_tower(architecture, arguments)


@contextmanager
def reported() -> Iterator[None]:
    """What the user can do something about is told without a trace."""
    try:
        yield
    except ExportError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")


def export_tower(architecture: str, arguments: argparse.Namespace) -> None:
    # Only now: these import torch, which takes seconds and may be missing.
    tower = importlib.import_module(f".{architecture}", __package__).Tower
    export = importlib.import_module(".export", __package__).export
    if arguments.random:
        size = {name: value for name, value in vars(arguments).items() if name in _SIZES[architecture]}
        _check_size(size)
        made = tower.random(seed=arguments.seed, **size)
    else:
        made = tower.load(arguments.checkpoint)
    export(made, arguments.output, arguments.precision)


#: Name of an option → its default and what it means.
_SIZES = {
    "qwen2_audio": {
        "mels": (128, "mel bins"),
        "layers": (2, "transformer layers"),
        "d_model": (64, "width of the encoder"),
        "heads": (4, "attention heads, which must divide the width"),
        "ffn": (128, "width between the two linear layers of a block"),
        "projection": (96, "width of the projector, D"),
    },
    "whisper": {
        "mels": (80, "mel bins, 80 or 128"),
        "layers": (2, "transformer layers"),
        "d_model": (64, "width of the encoder, D"),
        "heads": (4, "attention heads, which must divide the width"),
        "ffn": (128, "width between the two linear layers of a block"),
    },
}


def command(architecture: str, about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", nargs="?", type=Path, help="folder with config.json and *.safetensors")
    parser.add_argument("--output", type=Path, required=True, help="folder for the models and cochlea.json")
    parser.add_argument("--precision", nargs="+", choices=_PRECISIONS, default=["fp32"],
                        help="fp32: as in PyTorch; fp16: half the size, for GPUs; int8: a quarter of the size, for processors "
                             "(default: fp32)")
    random = parser.add_argument_group("a small tower of random weights, in place of a checkpoint")
    random.add_argument("--random", action="store_true")
    for name, (default, meaning) in _SIZES[architecture].items():
        random.add_argument(f"--{name.replace('_', '-')}", type=int, default=default, help=f"{meaning} (default: {default})")
    random.add_argument("--seed", type=int, default=0, help="(default: 0)")
    return parser


def parse(parser: argparse.ArgumentParser) -> argparse.Namespace:
    arguments = parser.parse_args()
    if arguments.random == (arguments.checkpoint is not None):
        parser.error("give the folder of a checkpoint, or --random")
    return arguments


def require_packages() -> None:
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ExportError(f"{', '.join(missing)} not found in this Python ({sys.executable}). Install what is needed:\n"
                          f"    python3 -m venv ~/.cache/cochlea-export\n"
                          f"    ~/.cache/cochlea-export/bin/pip install -r {_REQUIREMENTS}\n"
                          f"    ~/.cache/cochlea-export/bin/python {' '.join(sys.argv)}")


def _check_size(size: dict[str, int]) -> None:
    for name, value in size.items():
        if value < 1:
            raise ExportError(f"--{name.replace('_', '-')} must be at least 1, not {value}")
    if size["mels"] not in (80, 128):
        raise ExportError(f"--mels must be 80 or 128, not {size['mels']}")
    if size["d_model"] % size["heads"]:
        raise ExportError(f"--heads must divide --d-model: {size['d_model']} is no multiple of {size['heads']}")
