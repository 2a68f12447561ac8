#!/usr/bin/env bash
# Formats our C++ with clang-format; with --check only says what is not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(find native bench/floor -path native/third_party -prune -o \( -name '*.cpp' -o -name '*.h' \) -print)
if [[ ${1:-} == --check ]]; then
  clang-format --dry-run --Werror "${files[@]}"
else
  clang-format -i "${files[@]}"
fi
