"""Writes the audio tower of Qwen2-Audio, with its projector, as ONNX models that Cochlea runs.

Of a checkpoint only the audio tower and the projector are read, never the language model. Nothing is downloaded.

examples:
    python export_qwen2_audio.py ~/checkpoints/Qwen2-Audio-7B-Instruct --output models/qwen2-audio
    python export_qwen2_audio.py ~/checkpoints/Qwen2-Audio-7B-Instruct --output models/qwen2-audio --precision fp32 fp16 int8
    python export_qwen2_audio.py --random --layers 2 --d-model 64 --heads 4 --ffn 128 --projection 96 --seed 0 --output models/small
"""

from tower.cli import run

if __name__ == "__main__":
    run("qwen2_audio", __doc__)
