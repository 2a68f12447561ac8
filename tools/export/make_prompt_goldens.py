"""Makes test/fixtures/towers/prompts.json: prompts of Qwen2-Audio, as the processor of transformers makes them.

    python3 -m venv ~/.cache/cochlea-export
    ~/.cache/cochlea-export/bin/pip install -r tools/export/requirements-fixtures.txt
    ~/.cache/cochlea-export/bin/python tools/export/make_prompt_goldens.py

`conversations`: messages, whether a generation prompt is added, and the text of `apply_chat_template`.
`expansions`: a text, the samples of each clip, and the token ids of the text before and after the processor.
The tokenizer is a byte-level one without merges; the special tokens have the ids of Qwen2-Audio.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2AudioProcessor, WhisperFeatureExtractor

SPECIAL = {
    "<|im_start|>": 151644,
    "<|im_end|>": 151645,
    "<|AUDIO|>": 151646,
    "<|audio_bos|>": 151647,
    "<|audio_eos|>": 151648,
}


def tokenizer() -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: i for i, letter in enumerate(alphabet)} | SPECIAL
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    raw.decoder = decoders.ByteLevel()
    raw.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL])
    return PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="<|im_end|>")


AUDIO = {"type": "audio", "audio_url": "https://example.com/glass.wav"}
CONTENT = {"type": "audio"}
ADDRESS = {"type": "audio_url", "audio_url": {"url": "https://example.com/throat.wav"}}


def text(value: str) -> dict:
    return {"type": "text", "text": value}


CONVERSATIONS = {
    "text only": [{"role": "user", "content": "Hello!"}],
    "text part": [{"role": "user", "content": [text("Hello!")]}],
    "system": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello!"}],
    "system as parts": [{"role": "system", "content": [text("Be "), text("brief.")]}, {"role": "user", "content": "Hi"}],
    "late system": [{"role": "user", "content": "Hello!"}, {"role": "system", "content": "Be brief."}],
    "one audio": [{"role": "user", "content": [AUDIO, text("What's that sound?")]}],
    "audio alone": [{"role": "user", "content": [CONTENT]}],
    "audio address": [{"role": "user", "content": [ADDRESS, text("And this?")]}],
    "text before audio": [{"role": "user", "content": [text("Listen:\n"), CONTENT]}],
    "several audios": [{"role": "user", "content": [CONTENT, ADDRESS, text("Which is louder?"), AUDIO, text(" Or this?")]}],
    "history": [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": [AUDIO, text("What's that sound?")]},
        {"role": "assistant", "content": "It is the sound of glass shattering."},
        {"role": "user", "content": [ADDRESS, text("How about this one?")]},
    ],
    "history without system": [
        {"role": "user", "content": [CONTENT, text("One")]},
        {"role": "assistant", "content": [text("Yes.")]},
        {"role": "user", "content": [text("And "), CONTENT, CONTENT, text("these?")]},
    ],
    "white space and other scripts": [
        {"role": "user", "content": "  two\n\nlines \t\n"},
        {"role": "assistant", "content": "\nпривет 你好 👋🏽 "},
        {"role": "user", "content": [text("\n"), CONTENT, text("{{ message }} {% if %} <b>&amp;'\"</b> ")]},
    ],
    "empty contents": [{"role": "user", "content": ""}, {"role": "assistant", "content": []}, {"role": "user", "content": [text("")]}],
    "no message": [],
}

SOUND = "<|audio_bos|><|AUDIO|><|audio_eos|>"
EXPANSIONS = [
    (f"Audio 1: {SOUND}\nWhat?", [16_000]),
    (f"Audio 1: {SOUND}\nAudio 2: {SOUND}\nWhich?", [481, 480_000]),
    ("<|AUDIO|>", [80_000]),
    ("<|AUDIO|><|AUDIO|><|AUDIO|>", [640, 1600, 197_520]),
    (f"é<|AUDIO|> 你好 {SOUND}👋", [321, 5000]),
]


def main() -> None:
    tok = tokenizer()
    extractor = WhisperFeatureExtractor(feature_size=128)
    template = Qwen2AudioProcessor.default_chat_template.fget(None)
    processor = Qwen2AudioProcessor(extractor, tok, chat_template=template)
    conversations = [
        {
            "name": name,
            "messages": messages,
            "addGenerationPrompt": add,
            # `apply_chat_template` looks at the first message before it renders, so cannot do without one.
            "prompt": processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=add)
            if messages
            else tok.apply_chat_template([messages], chat_template=template, tokenize=False, add_generation_prompt=add)[0],
        }
        for name, messages in CONVERSATIONS.items()
        for add in (False, True)
    ]
    expansions = []
    for prompt, samples in EXPANSIONS:
        # Not silence alone, which no one would send; what they hold does not matter here.
        audio = [np.full(count, 0.1, dtype=np.float32) for count in samples]
        after = processor(text=[prompt], audio=audio, sampling_rate=16_000)["input_ids"]
        after = np.asarray(after).reshape(-1).tolist()
        expansions.append({
            "text": prompt,
            "samples": samples,
            "ids": tok(prompt)["input_ids"],
            "expandedIds": after,
            "expandedText": tok.decode(after, clean_up_tokenization_spaces=False),
        })
    path = Path(__file__).resolve().parents[2] / "test/fixtures/towers/prompts.json"
    golden = {"transformers": version("transformers"), "conversations": conversations, "expansions": expansions}
    path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
