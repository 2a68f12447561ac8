"""A small tokenizer in the form of Whisper's, and the two that read it: of Hugging Face and of openai-whisper."""

import json

import tiktoken
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from whisper.tokenizer import LANGUAGES
from whisper.tokenizer import Tokenizer as WhisperTokenizer

from .texts import SENTENCES

PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def specials() -> list[str]:
    """In the order of openai-whisper's get_encoding, with the name that transformers gives to <|nospeech|>."""
    return [
        "<|endoftext|>",
        "<|startoftranscript|>",
        *[f"<|{language}|>" for language in LANGUAGES],
        *["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"],
    ]


def train(merges: int) -> Tokenizer:
    """Without timestamps, as tokenizers of CTranslate2's models are."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=256 + merges, initial_alphabet=alphabet, show_progress=False, min_frequency=1)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in specials()])
    return tokenizer


def text_only(tokenizer_json: str) -> Tokenizer:
    """Without special tokens: whatever stands in a text is encoded as text."""
    fields = json.loads(tokenizer_json)
    fields["added_tokens"] = []
    fields["post_processor"] = None
    return Tokenizer.from_str(json.dumps(fields))


def of_whisper(tokenizer: Tokenizer, language: str | None) -> WhisperTokenizer:
    """openai-whisper's own class over the same vocabulary. Ids of trained tokens are their ranks, as tiktoken needs."""
    values = {letter: byte for byte, letter in enumerate(bytes_to_letters())}
    end = tokenizer.token_to_id("<|endoftext|>")
    ranks = {bytes(values[letter] for letter in token): id for token, id in tokenizer.get_vocab(False).items() if id < end}
    names = specials() + [f"<|{i * 0.02:.2f}|>" for i in range(1501)]
    encoding = tiktoken.Encoding(
        name="small",
        pat_str=PATTERN,
        mergeable_ranks=ranks,
        special_tokens={name: end + i for i, name in enumerate(names)},
    )
    return WhisperTokenizer(encoding, len(LANGUAGES), language, "transcribe")


def bytes_to_letters() -> list[str]:
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    mapping = bytes_to_unicode()
    return [mapping[byte] for byte in range(256)]
