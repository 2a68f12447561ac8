"""The questions of ask.mjs, asked by OpenAI's client for Python, with the same arguments and the same form of answers."""

import argparse
import base64
import json
from pathlib import Path

from openai import APIStatusError, OpenAI, OpenAIError

answers: dict[str, dict] = {}


def plain(value):
    if isinstance(value, list):
        return [plain(item) for item in value]
    # What the server left out, the client would otherwise show as null.
    return value.model_dump(exclude_unset=True) if hasattr(value, "model_dump") else value


def ask(name: str, question) -> None:
    try:
        answers[name] = {"value": plain(question())}
    except (OpenAIError, AttributeError, ValueError) as error:
        fields = {field: getattr(error, field, None) for field in ("code", "param", "type")}
        status = error.status_code if isinstance(error, APIStatusError) else None
        answers[name] = {"error": {"name": type(error).__name__, "status": status, **fields, "message": str(error)}}


def ask_about_audio(openai: OpenAI, stranger: OpenAI, model: str, audio: bytes) -> None:
    file = ("talk.wav", audio, "audio/wav")
    transcribe, translate = openai.audio.transcriptions.create, openai.audio.translations.create
    for response_format in ("json", "text", "srt", "verbose_json", "vtt"):
        asked = {"file": file, "model": model, "response_format": response_format}
        ask(f"transcription {response_format}", lambda: transcribe(**asked))
        ask(f"translation {response_format}", lambda: translate(**asked))
    both = ["word", "segment"]
    verbose = {"response_format": "verbose_json", "timestamp_granularities": both}
    ask("words and segments", lambda: transcribe(file=file, model=model, **verbose))
    ask("stream", lambda: list(transcribe(file=file, model=model, stream=True)))
    ask("unknown model", lambda: transcribe(file=file, model="nobody"))
    ask("wrong key", lambda: stranger.audio.transcriptions.create(file=file, model=model))
    # The last: uvicorn closes the connection after an answer 500, and the next request on it would fail.
    ask("no audio", lambda: transcribe(file=("talk.wav", b"no audio", "audio/wav"), model=model))


def ask_for_speech(openai: OpenAI, model: str, text: str) -> None:
    def speech(response_format: str) -> dict:
        answer = openai.audio.speech.create(input=text, model=model, voice="alloy", response_format=response_format)
        return {"type": answer.response.headers["content-type"], "base64": base64.b64encode(answer.content).decode()}

    for response_format in ("mp3", "opus", "aac", "flac", "wav", "pcm"):
        ask(f"speech {response_format}", lambda: speech(response_format))
    ask("speech in another format", lambda: speech("midi"))
    ask("no text", lambda: openai.audio.speech.create(input="", model=model, voice="alloy"))


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--base-url", "--key", "--model"):
        parser.add_argument(name, required=True)
    parser.add_argument("--audio", type=Path)
    parser.add_argument("--text")
    args = parser.parse_args()
    openai = OpenAI(base_url=args.base_url, api_key=args.key, max_retries=0)
    ask("models", lambda: openai.models.list().data)
    if args.audio:
        stranger = OpenAI(base_url=args.base_url, api_key="of a stranger", max_retries=0)
        ask_about_audio(openai, stranger, args.model, args.audio.read_bytes())
    else:
        ask_for_speech(openai, args.model, args.text)
    print(json.dumps(answers))


main()
