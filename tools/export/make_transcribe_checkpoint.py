"""A checkpoint of a small Whisper of random weights whose text is varied, with a tokenizer: for make_transcribe_fixtures.py."""

from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GenerationConfig, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

from tower.random_weights import randomise

LANGUAGES = ("en", "zh", "de", "es", "fr")
_TEXT_TOKENS = 300
_TIMESTAMPS = 1501
#: What the merges are learned of.
_TEXT = (
    "the quick brown fox jumps over the lazy dog and then the other one",
    " So we said: what is it that they want? It is not that, it is the thing there.",
    " der schnelle braune Fuchs springt über den faulen Hund, und dann noch einmal",
)
_LAYERS = 2
_HEADS = 2


def write(folder: Path, width: int, seed: int) -> WhisperForConditionalGeneration:
    tokenizer = _tokenizer()
    ids = {token: tokenizer.token_to_id(token) for token in _specials()}
    vocabulary = tokenizer.get_vocab_size() + _TIMESTAMPS
    end, start = ids["<|endoftext|>"], ids["<|startoftranscript|>"]
    config = WhisperConfig(
        vocab_size=vocabulary, num_mel_bins=80, d_model=width, encoder_layers=1, decoder_layers=_LAYERS,
        encoder_attention_heads=_HEADS, decoder_attention_heads=_HEADS, encoder_ffn_dim=2 * width, decoder_ffn_dim=2 * width,
        bos_token_id=end, eos_token_id=end, pad_token_id=end, decoder_start_token_id=start,
    )
    model = WhisperForConditionalGeneration(config).eval()
    _fill(model, end, ids["<|notimestamps|>"] + 1, seed)
    model.generation_config = _generation(config, tokenizer, ids)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=config.num_mel_bins).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    return model


def _specials() -> list[str]:
    """In Whisper's order. The timestamps, which follow, have ids but no names, as in the tokenizers of faster-whisper."""
    languages = [f"<|{language}|>" for language in LANGUAGES]
    tasks = ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    return ["<|endoftext|>", "<|startoftranscript|>", *languages, *tasks]


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=_TEXT_TOKENS, min_frequency=1, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(_TEXT, trainer)
    assert tokenizer.get_vocab_size() == _TEXT_TOKENS
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in _specials()])
    return tokenizer


#: Of the embeddings of each kind of token: how often it is the most likely one.
_TEXT_SCALE = 2.0
_END_SCALE = 2.9
_TIMESTAMP_SCALE = 1.0
#: Of what the decoder adds to a token. As `randomise` has it a token's own logit is the largest, and the text is one token for ever.
_POSITION_SCALE = 3.0
_SELF_ATTENTION_SCALE = 2.0
_FEED_FORWARD_SCALE = 3.0


@torch.no_grad()
def _fill(model: WhisperForConditionalGeneration, end: int, first_timestamp: int, seed: int) -> None:
    randomise(model.model, seed)
    decoder = model.model.decoder
    embeddings = decoder.embed_tokens.weight
    embeddings[:end] *= _TEXT_SCALE
    embeddings[end] *= _END_SCALE
    embeddings[first_timestamp:] *= _TIMESTAMP_SCALE
    decoder.embed_positions.weight *= _POSITION_SCALE
    for layer in decoder.layers:
        layer.self_attn.out_proj.weight *= _SELF_ATTENTION_SCALE
        layer.fc2.weight *= _FEED_FORWARD_SCALE
    model.tie_weights()


def _generation(config: WhisperConfig, tokenizer: Tokenizer, ids: dict[str, int]) -> GenerationConfig:
    never = [tokenizer.token_to_id(letter) for letter in "#()*[]{}"]
    specials = [ids[f"<|{name}|>"] for name in ("startoftranscript", "translate", "transcribe", "startoflm", "startofprev", "nospeech")]
    return GenerationConfig(
        bos_token_id=config.bos_token_id,
        eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id,
        decoder_start_token_id=config.decoder_start_token_id,
        max_length=config.max_target_positions,
        is_multilingual=True,
        lang_to_id={f"<|{language}|>": ids[f"<|{language}|>"] for language in LANGUAGES},
        task_to_id={task: ids[f"<|{task}|>"] for task in ("transcribe", "translate")},
        prev_sot_token_id=ids["<|startofprev|>"],
        no_timestamps_token_id=ids["<|notimestamps|>"],
        max_initial_timestamp_index=50,
        return_timestamps=False,
        suppress_tokens=sorted([*never, *specials]),
        # A blank: "Ġ" stands for it.
        begin_suppress_tokens=[tokenizer.token_to_id("Ġ"), config.eos_token_id],
        alignment_heads=[[1, 1], [0, 0], [1, 0]],
    )
