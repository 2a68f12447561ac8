"""Makes test/fixtures/subtitles.json: files of subtitles, and the cues that other programs find in them.

    python3 -m venv ~/.cache/cochlea-oracles
    ~/.cache/cochlea-oracles/bin/pip install -r tools/goldens/requirements.txt
    ~/.cache/cochlea-oracles/bin/python tools/goldens/make_subtitles.py

`rendered` holds cues and the SRT file that the Python package srt writes for them: Cochlea's is the same. `parsed` holds
files in the forms in which people and programs write them, and the cues that srt (SRT) or webvtt-py (WebVTT) find in
them. FFmpeg finds the same, or the script stops. Times are seconds.
"""

import argparse
import json
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path

import srt
import webvtt

_OUTPUT = Path(__file__).resolve().parent.parent.parent / "test" / "fixtures" / "subtitles.json"

_RENDERED = {
    "one": [(0, 1500, "Hello.")],
    "hours": [(0, 3_600_000, "An hour."), (359_999_999, 360_000_000, "A hundred."), (3_600_000_001, 3_600_000_002, "A thousand.")],
    "lines": [(0, 1, "Two\nlines"), (1, 2, "three\nlines\nhere")],
    "signs": [(0, 10, "1 < 2 & 3 > 2"), (10, 20, "this --> that"), (20, 30, "<i>tag</i> {\\an8}"), (30, 40, "42")],
    "scripts": [(0, 999, "Grüße, Zoë"), (999, 1001, "你好，世界"), (1001, 2000, "👋🏽 שלום"), (60_000, 61_000, "e\u0301")],
}

_SRT = {
    "LF": "1\n00:00:01,000 --> 00:00:02,500\nHello.\n\n2\n00:00:02,500 --> 00:00:04,000\nTwo\nlines.\n",
    "CRLF": "1\r\n00:00:01,000 --> 00:00:02,500\r\nHello.\r\n\r\n2\r\n00:00:02,500 --> 00:00:04,000\r\nTwo\r\nlines.\r\n\r\n",
    "byte order mark": "\ufeff1\n00:00:01,000 --> 00:00:02,500\nHello.\n",
    "no line feed at the end": "1\n00:00:01,000 --> 00:00:02,500\nHello.",
    "many blank lines": "1\n00:00:01,000 --> 00:00:02,500\nHello.\n\n\n\n2\n00:00:02,500 --> 00:00:04,000\nAgain.\n\n\n",
    "dots": "1\n00:00:01.000 --> 00:00:02.500\nHello.\n",
    "numbers in any order": "7\n00:00:01,000 --> 00:00:02,500\nHello.\n\n3\n00:00:02,500 --> 00:00:04,000\nAgain.\n",
    "a blank line inside": "1\n00:00:01,000 --> 00:00:02,500\nHello,\n\nand more.\n\n2\n00:00:02,500 --> 00:00:04,000\nAgain.\n",
    "a hundred hours": "1\n100:00:01,000 --> 123:59:59,999\nLate.\n",
    "an arrow in the text": "1\n00:00:01,000 --> 00:00:02,500\nthis --> that\n\n2\n00:00:02,500 --> 00:00:04,000\n10\n20\n",
}

_VTT = {
    "LF": "WEBVTT\n\n00:01.000 --> 00:02.500\nHello.\n\n00:00:02.500 --> 00:00:04.000\nTwo\nlines.\n",
    "CRLF": "WEBVTT\r\n\r\n00:01.000 --> 00:02.500\r\nHello.\r\n\r\n00:00:02.500 --> 00:00:04.000\r\nTwo\r\nlines.\r\n",
    "byte order mark": "\ufeffWEBVTT\n\n00:01.000 --> 00:02.500\nHello.\n",
    "a title": "WEBVTT - a title\n\n00:01.000 --> 00:02.500\nHello.\n",
    "identifiers": "WEBVTT\n\nfirst one\n00:01.000 --> 00:02.500\nHello.\n\n2\n00:02.500 --> 00:04.000\nAgain.\n",
    "notes": "WEBVTT\n\nNOTE one line\n\nNOTE\nof two\nlines\n\n00:01.000 --> 00:02.500\nHello.\n\nNOTE the end\n",
    "styles": "WEBVTT\n\nSTYLE\n::cue {\n  color: red;\n}\n\n00:01.000 --> 00:02.500\nHello.\n",
    "settings": "WEBVTT\n\n00:01.000 --> 00:02.500 align:start position:10%\nHello.\n",
    "a hundred hours": "WEBVTT\n\n100:00:01.000 --> 123:59:59.999\nLate.\n",
}


def _by_srt(text: str) -> list[dict]:
    # Its text keeps blank lines, which files of Cochlea cannot.
    return [
        {"start": s.start / timedelta(milliseconds=1), "end": s.end / timedelta(milliseconds=1), "text": _no_blanks(s.content)}
        for s in srt.parse(text.removeprefix("\ufeff").replace("\r\n", "\n"), ignore_errors=False)
    ]


def _by_webvtt(text: str) -> list[dict]:
    def milliseconds(stamp: str) -> float:
        hours, minutes, seconds = ([0, *map(float, stamp.split(":"))])[-3:]
        return round(((hours * 60 + minutes) * 60 + seconds) * 1000)

    found = webvtt.from_string(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    return [
        {"start": milliseconds(c.start), "end": milliseconds(c.end), "text": c.text, **({"id": c.identifier} if c.identifier else {})}
        for c in found
    ]


def _by_ffmpeg(text: str, suffix: str) -> list[dict]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"file.{suffix}")
        path.write_bytes(text.encode())
        command = ["ffprobe", "-v", "error", "-show_packets", "-show_data", "-of", "json", path]
        packets = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["packets"]
    return [
        {"start": packet["pts"], "end": packet["pts"] + packet["duration"], "text": _no_blanks(_bytes(packet["data"]).decode())}
        for packet in packets
    ]


def _bytes(dump: str) -> bytes:
    rows = (row.split(": ", 1)[1][:40] for row in dump.strip().splitlines())
    return bytes.fromhex("".join(rows).replace(" ", ""))


def _no_blanks(text: str) -> str:
    return "\n".join(line for line in text.replace("\r\n", "\n").split("\n") if line.strip())


def _seconds(cues: list[dict]) -> list[dict]:
    return [{**cue, "start": cue["start"] / 1000, "end": cue["end"] / 1000} for cue in cues]


def _same(name: str, ours: list[dict], theirs: list[dict]) -> None:
    bare = [{key: cue[key] for key in ("start", "end", "text")} for cue in ours]
    if bare != theirs:
        raise SystemExit(f"{name}: the readers differ:\n{bare}\n{theirs}")


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    rendered = []
    for name, rows in _RENDERED.items():
        cues = [{"start": start, "end": end, "text": text} for start, end, text in rows]
        items = [srt.Subtitle(i + 1, timedelta(milliseconds=s), timedelta(milliseconds=e), t) for i, (s, e, t) in enumerate(rows)]
        rendered.append({"name": name, "cues": _seconds(cues), "srt": srt.compose(items).removesuffix("\n")})
    parsed = []
    for format, files, reader in (("srt", _SRT, _by_srt), ("vtt", _VTT, _by_webvtt)):
        for name, text in files.items():
            cues = reader(text)
            # FFmpeg 5.1 stops at a style sheet.
            if name != "styles":
                _same(name, cues, _by_ffmpeg(text, format))
            parsed.append({"name": f"{format}: {name}", "format": format, "text": text, "cues": _seconds(cues)})
    _OUTPUT.write_text(json.dumps({"rendered": rendered, "parsed": parsed}, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
