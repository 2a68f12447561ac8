"""Writes the file that whisper.cpp loads from a Whisper checkpoint of transformers: checkpoint_to_ggml.py CHECKPOINT OUT.bin

The layout is what `whisper_model_load` of whisper.cpp reads: eleven sizes, the mel filters, the text tokens as bytes,
then the tensors under OpenAI's names. Matrices are float16, as in the files that whisper.cpp offers; vectors and positions
are float32.
"""

import json
import struct
import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

_MAGIC = 0x67676D6C
#: Not 0: matrices are float16.
_HALF = 1

#: Parts of the names of transformers, and what OpenAI calls them, from the more to the less special.
_NAMES = (
    ("model.", ""),
    ("layers.", "blocks."),
    ("encoder.layer_norm", "encoder.ln_post"),
    ("decoder.layer_norm", "decoder.ln"),
    ("embed_positions.weight", "positional_embedding"),
    ("embed_tokens", "token_embedding"),
    ("self_attn_layer_norm", "attn_ln"),
    ("encoder_attn_layer_norm", "cross_attn_ln"),
    ("final_layer_norm", "mlp_ln"),
    ("self_attn.", "attn."),
    ("encoder_attn.", "cross_attn."),
    ("q_proj", "query"),
    ("k_proj", "key"),
    ("v_proj", "value"),
    ("out_proj", "out"),
    ("fc1", "mlp.0"),
    ("fc2", "mlp.2"),
)


def main(checkpoint: str, output: str) -> None:
    model = WhisperForConditionalGeneration.from_pretrained(checkpoint)
    extractor = WhisperFeatureExtractor.from_pretrained(checkpoint)
    with open(output, "wb") as file:
        _write_sizes(file, model.config)
        _write_filters(file, extractor.mel_filters.T)
        _write_tokens(file, _text_tokens(Path(checkpoint), model.config.eos_token_id))
        for name, tensor in model.state_dict().items():
            # The projection is the embeddings.
            if name != "proj_out.weight":
                _write_tensor(file, _name_of(name), tensor.numpy())


def _write_sizes(file: BinaryIO, config: WhisperConfig) -> None:
    encoder = (config.max_source_positions, config.d_model, config.encoder_attention_heads, config.encoder_layers)
    decoder = (config.max_target_positions, config.d_model, config.decoder_attention_heads, config.decoder_layers)
    file.write(struct.pack("<12i", _MAGIC, config.vocab_size, *encoder, *decoder, config.num_mel_bins, _HALF))


def _write_filters(file: BinaryIO, filters: np.ndarray) -> None:
    file.write(struct.pack("<2i", *filters.shape))
    file.write(filters.astype("<f4").tobytes())


def _text_tokens(checkpoint: Path, end: int) -> list[bytes]:
    """The bytes of the tokens before `<|endoftext|>`. whisper.cpp names those from there on itself."""
    vocabulary = json.loads((checkpoint / "tokenizer.json").read_text())["model"]["vocab"]
    bytes_of = _bytes_of_characters()
    tokens = sorted((number, token) for token, number in vocabulary.items() if number < end)
    if [number for number, _ in tokens] != list(range(end)):
        sys.exit(f"{checkpoint}/tokenizer.json lacks tokens below {end}")
    return [bytes(bytes_of[character] for character in token) for _, token in tokens]


def _bytes_of_characters() -> dict[str, int]:
    """GPT-2 writes tokens in printable characters: those of Latin-1 stand for themselves, others from U+0100 on for the rest."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + i): byte for i, byte in enumerate(rest)}


def _write_tokens(file: BinaryIO, tokens: list[bytes]) -> None:
    file.write(struct.pack("<i", len(tokens)))
    for token in tokens:
        file.write(struct.pack("<i", len(token)) + token)


def _name_of(name: str) -> str:
    for theirs, openai in _NAMES:
        name = name.replace(theirs, openai)
    return name


def _write_tensor(file: BinaryIO, name: str, values: np.ndarray) -> None:
    if name.endswith(("conv1.bias", "conv2.bias")):
        # They are added to a plane.
        values = values.reshape(-1, 1)
    is_half = values.ndim > 1 and not name.endswith(("positional_embedding", ".bias"))
    encoded = name.encode()
    file.write(struct.pack("<3i", values.ndim, len(encoded), int(is_half)))
    file.write(struct.pack(f"<{values.ndim}i", *reversed(values.shape)))
    file.write(encoded)
    file.write(values.astype("<f2" if is_half else "<f4").tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
