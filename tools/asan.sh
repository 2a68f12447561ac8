#!/usr/bin/env bash
# Builds everything, FFmpeg and soxr included, with AddressSanitizer and UndefinedBehaviorSanitizer, and
# runs what feeds it hostile bytes: the native suite, the robustness program, and the JavaScript tests of
# safety and concurrency against an addon built the same way.
#
#   tools/asan.sh [FLIPS]     changed bytes per fixture, default 200 (about ten minutes on two cores)
#   tools/asan.sh --native [FLIPS]    without the JavaScript tests
#
# Any report of AddressSanitizer fails the run, and so does undefined behaviour in our own code. What
# UBSan finds in third-party C code is counted and shown at the end: most of it are shifts and overflows
# that every compiler FFmpeg supports treats as wrapping.
set -euo pipefail
cd "$(dirname "$0")/.."

javascript=yes
if [[ ${1:-} == --native ]]; then
  javascript=no
  shift
fi
flips=${1:-200}
flags=-fsanitize=address,undefined
out=build/asan
mkdir -p "$out"

quietly() {
  local log=$out/$1.log
  shift
  "$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; exit 1; }
}

echo "building (log: $out/*.log; the dependencies take some minutes the first time)"
quietly configure cmake -S . -B "$out/native" -DCOCHLEA_TESTS=ON -DCMAKE_BUILD_TYPE=Release "-DCOCHLEA_SANITIZE_FLAGS=$flags"
quietly build cmake --build "$out/native" --parallel "$(nproc)"

findings=$out/findings.log
: >"$findings"
# Reports go to stderr, which is kept: a file each would be many.
export ASAN_OPTIONS=detect_stack_use_after_return=1:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=0

checked() {
  local title=$1
  shift
  echo "== $title"
  local status=0
  "$@" 2> >(tee -a "$findings" >&2) || status=$?
  if ((status != 0)); then
    echo "tools/asan.sh: $title failed with $status" >&2
    exit "$status"
  fi
}

checked 'native suite' "$out/native/cochlea_tests" --gtest_brief=1
# Sanitized code is some ten times slower: so is the deadline.
checked "robustness, $flips flips per file" "$out/native/cochlea_robustness" --flips "$flips" --deadline 20 test/fixtures/formats test/fixtures/ranges

if [[ $javascript == yes ]]; then
  [[ -f dist/index.js ]] || quietly typescript npx tsc
  quietly addon npx cmake-js build --out "$out/addon/build" "--CDCOCHLEA_SANITIZE_FLAGS=$flags"
  # Node itself is not instrumented: the runtime comes by LD_PRELOAD, and what V8 keeps until the end of
  # the process is no leak of ours. COCHLEA_PREBUILD is where node-gyp-build looks for the addon of cochlea.
  checked 'safety and concurrency from JavaScript' env \
    COCHLEA_PREBUILD="$PWD/$out/addon" COCHLEA_SLOWNESS=50 COCHLEA_MEMORY_SLACK=10 ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0:quarantine_size_mb=16" \
    LD_PRELOAD="$(g++ -print-file-name=libasan.so):$(g++ -print-file-name=libubsan.so)" \
    node node_modules/vitest/vitest.mjs run --config test/vitest.config.ts safe concurrency
fi

echo "== UBSan in third-party code: kind and place, each counted once per process"
grep -oE '[^ ]+:[0-9]+:[0-9]+: runtime error: .*' "$findings" | sed -E 's/-?[0-9]{4,}/N/g' | sort | uniq -c | sort -rn || echo none
