"""Writes the encoder of Whisper as ONNX models that Cochlea runs.

Of a checkpoint only the encoder is read. Nothing is downloaded. The encoder sees padding as silence, as in
transformers: all of its 1500 positions come out, whatever the length of the clip.

examples:
    python export_whisper.py ~/checkpoints/whisper-large-v3 --output models/whisper-large-v3
    python export_whisper.py ~/checkpoints/whisper-tiny --output models/whisper-tiny --precision fp32 fp16 int8
    python export_whisper.py --random --mels 80 --layers 2 --d-model 64 --heads 4 --ffn 128 --seed 0 --output models/small
"""

from tower.cli import run

if __name__ == "__main__":
    run("whisper", __doc__)
