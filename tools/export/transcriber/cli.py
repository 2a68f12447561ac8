"""The command line of `export_whisper.py`: the tower of the encoder, or all that transcribes."""

from pathlib import Path

from tower.cli import command, export_tower, parse, reported, require_packages


def run(about: str) -> None:
    parser = command("whisper", about)
    whole = parser.add_argument_group("the decoder")
    whole.add_argument("--encoder-only", action="store_true",
                       help="write the encoder alone, for embeddings (--random does so, too)")
    whole.add_argument("--vad", type=Path, metavar="FILE",
                       help="silero_vad_16k_sequence.onnx, which tells speech from silence and noise (default: that of the package "
                            "silero-vad, if it is installed)")
    arguments = parse(parser)
    is_tower = arguments.encoder_only or arguments.random
    if is_tower and arguments.vad is not None:
        parser.error("--vad is for transcribing: leave out --encoder-only and --random")
    with reported():
        require_packages()
        if is_tower:
            export_tower("whisper", arguments)
        else:
            # Only now: it imports torch, which takes seconds and may be missing.
            from .export import export

            export(arguments.checkpoint, arguments.output, arguments.precision, arguments.vad)
