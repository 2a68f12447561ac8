"""Writes Whisper as ONNX models that Cochlea runs: its encoder, which is a tower, and its decoder, which transcribes.

Nothing is downloaded. The checkpoint has config.json, preprocessor_config.json, generation_config.json, tokenizer.json
and *.safetensors; --encoder-only needs neither tokenizer.json nor generation_config.json. The encoder sees padding as
silence, as in transformers: all of its 1500 positions come out, whatever the length of the clip. The decoder runs on the
processor: with --precision fp16 it is written in fp32.

examples:
    python export_whisper.py ~/checkpoints/whisper-large-v3-turbo --output models/whisper-large-v3-turbo --precision int8
    python export_whisper.py ~/checkpoints/whisper-base --output models/whisper-base --precision fp32 fp16 int8
    python export_whisper.py ~/checkpoints/whisper-tiny --output models/whisper-tower --encoder-only
    python export_whisper.py --random --mels 80 --layers 2 --d-model 64 --heads 4 --ffn 128 --seed 0 --output models/small
"""

from transcriber.cli import run

if __name__ == "__main__":
    run(__doc__)
