"""Writes a Qwen2-Audio checkpoint of random weights, small enough to serve on two cores: no download.

    python make_checkpoint.py OUT

One layer each for audio and text, with the published model's hidden size of 4096, so that embeddings have its width.
The tokenizer knows bytes and the markers of audio, which is all that a comparison of log probabilities needs.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2AudioConfig,
    Qwen2AudioForConditionalGeneration,
    Qwen2AudioProcessor,
    WhisperFeatureExtractor,
)

_HIDDEN = 4096
_MARKERS = ["<|im_start|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>"]

# Each clip becomes "Audio N: " and its markers, as in the published template.
_TEMPLATE = """\
{%- set clips = namespace(count=0) -%}
{%- for message in messages -%}
<|im_start|>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}
{%- else %}
{%- for part in message['content'] %}
{%- if 'audio' in part['type'] %}
{%- set clips.count = clips.count + 1 -%}
Audio {{ clips.count }}: <|audio_bos|><|AUDIO|><|audio_eos|>
{% elif 'text' in part %}{{ part['text'] }}{% endif %}
{%- endfor %}
{%- endif %}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif -%}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    tokenizer = _tokenizer()
    front_end = WhisperFeatureExtractor(feature_size=128, sampling_rate=16_000, hop_length=160, chunk_length=30, n_fft=400)
    Qwen2AudioProcessor(front_end, tokenizer, chat_template=_TEMPLATE).save_pretrained(output)
    front_end.save_pretrained(output)
    torch.manual_seed(0)
    Qwen2AudioForConditionalGeneration(_config(tokenizer)).eval().save_pretrained(output)
    _as_published(output / "model.safetensors")


def _tokenizer() -> PreTrainedTokenizerFast:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    plain = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(letters)}, merges=[]))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    tokenizer.add_special_tokens({"additional_special_tokens": _MARKERS})
    return tokenizer


def _config(tokenizer: PreTrainedTokenizerFast) -> Qwen2AudioConfig:
    audio = {
        "num_mel_bins": 128,
        "d_model": 64,
        "encoder_layers": 1,
        "encoder_attention_heads": 2,
        "encoder_ffn_dim": 128,
        "max_source_positions": 1500,
    }
    text = {
        "model_type": "qwen2",
        # A multiple of 64, as vLLM pads it.
        "vocab_size": (len(tokenizer) + 63) // 64 * 64,
        "hidden_size": _HIDDEN,
        "intermediate_size": 256,
        "num_hidden_layers": 1,
        "num_attention_heads": _HIDDEN // 128,
        "num_key_value_heads": _HIDDEN // 1024,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": False,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    return Qwen2AudioConfig(
        audio_config=audio, text_config=text, audio_token_index=tokenizer.convert_tokens_to_ids("<|AUDIO|>")
    )


def _as_published(weights: Path) -> None:
    """transformers 5 nests the language model one level deeper than the published checkpoint, which vLLM reads."""
    renamed = {
        name.replace("language_model.model.model.", "language_model.model."): tensor.contiguous()
        for name, tensor in load_file(weights).items()
    }
    save_file(renamed, weights, metadata={"format": "pt"})


if __name__ == "__main__":
    main()
