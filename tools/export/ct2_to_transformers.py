"""Writes a checkpoint of transformers from a Whisper of CTranslate2, the form in which faster-whisper has its models.

The folder holds model.bin (CTranslate2 4), config.json and tokenizer.json. The weights become float32, whatever their
type was: what quantisation lost stays lost. Nothing is downloaded.

examples:
    python ct2_to_transformers.py ~/models/faster-whisper-tiny.en checkpoints/whisper-tiny.en
    python export_whisper.py checkpoints/whisper-tiny.en --output models/whisper-tiny.en
"""

import argparse
import sys
from pathlib import Path

from tower.cli import require_packages
from tower.errors import ExportError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder with model.bin, config.json and tokenizer.json")
    parser.add_argument("output", type=Path, help="folder for the checkpoint")
    arguments = parser.parse_args()
    try:
        require_packages()
        # Only now: it imports torch, which takes seconds and may be missing.
        from ct2.checkpoint import convert

        convert(arguments.source, arguments.output)
    except ExportError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
    print(f"wrote {arguments.output}")


if __name__ == "__main__":
    main()
