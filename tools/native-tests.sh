#!/usr/bin/env bash
# Builds and runs the native test suite (GoogleTest, no Node).
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
cmake -S . -B build/native -DCOCHLEA_TESTS=ON >build/native.log 2>&1 &&
  cmake --build build/native --parallel "$(nproc)" >>build/native.log 2>&1 || {
  tail -n 60 build/native.log >&2
  exit 1
}
ctest --test-dir build/native --output-on-failure --output-junit "$PWD/build/native-results.xml"
