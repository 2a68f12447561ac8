"""From a checkpoint, or from random weights, to ONNX models, their descriptor and their parity with transformers.

Every tower is a module of this package that has `Tower`; see `qwen2_audio.py`. All of them become graphs of one
contract, with any batch size:

    input_features          float32 [batch, mels, 3000]
    feature_attention_mask  int64   [batch, 3000]       1 for frames that hold audio
    audio_features          float32 [batch, tokens, D]
    audio_feature_lengths   int64   [batch]             how many of the tokens belong to the clip
"""
