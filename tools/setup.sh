#!/usr/bin/env bash
# Prepares a checkout: Debian packages, npm packages, native addon, JavaScript. Each step is skipped
# when there is nothing to do, so that a second run takes seconds.
#
#   tools/setup.sh            what building and running needs
#   tools/setup.sh --tests    also what the tests need
#   tools/setup.sh --site     only what the documentation site is built and checked with
#   tools/setup.sh --arm64    also what building for 64-bit Arm, and testing that, needs
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
stop() {
  printf 'cochlea: %s\n' "$*" >&2
  exit 1
}

# The one that opens the page of the service and the documentation site, unless there is another: tools/browser.mjs knows
# their names.
needed_browser() {
  local name
  for name in chromium-headless-shell chromium google-chrome; do
    ! command -v "$name" >/dev/null || return 0
  done
  printf 'chromium-headless-shell\n'
}

packages=(cmake make g++ nasm patch pkg-config xz-utils)
case ${1:-} in
  --tests) packages+=(libgtest-dev clang-format binutils flac libvulkan1 strace $(needed_browser)) ;;
  --site) packages=($(needed_browser)) ;;
  --arm64) packages+=(g++-aarch64-linux-gnu qemu-user) ;;
esac

check_node() {
  command -v node >/dev/null || stop "Node.js 20.19 or newer is needed: https://nodejs.org"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    stop "Node.js 20.19 or newer is needed, this is $(node --version)"
}

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || printf '%s\n' "$package"
  done
}

install_packages() {
  command -v dpkg-query >/dev/null || {
    say "Not a Debian system: expecting these tools to be there: ${packages[*]}"
    return
  }
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    command -v sudo >/dev/null || stop "these Debian packages are missing, and there is neither root nor sudo to install them: ${missing[*]}
  As root, run: apt-get update && apt-get install -y ${missing[*]}
  Then run the same command again."
    as_root=(sudo)
  fi
  say "Installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

install_npm_packages() {
  # npm writes this file last: newer than the lock file means that the install is complete.
  [[ node_modules/.package-lock.json -nt package-lock.json ]] && return
  say "Installing npm packages"
  # Not npm ci: it refuses a lock file made where the registry lacks other platforms' binaries.
  npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
}

# A Vulkan driver that needs no GPU, for the tests of WebGPU: it comes with Chromium, and that is 31 MB to fetch for the
# 5 MB that are kept. Mesa's own (mesa-vulkan-drivers) lacks in Debian 12 what WebGPU asks for. Without it these tests
# are skipped.
fetch_swiftshader() {
  local folder=${COCHLEA_CACHE:-$HOME/.cache/cochlea}/swiftshader fetched
  [[ $(uname -m) == x86_64 && ! -e $folder/vk_swiftshader_icd.json ]] || return 0
  command -v apt-get >/dev/null || return 0
  say "Fetching SwiftShader"
  fetched=$(mktemp -d)
  if (cd "$fetched" && apt-get download -qq chromium-common && dpkg-deb -x chromium-common_*.deb .) 2>/dev/null; then
    mkdir -p "$folder"
    cp "$fetched"/usr/lib/chromium/{libvk_swiftshader.so,vk_swiftshader_icd.json} "$folder"
  else
    say "No SwiftShader: the tests of WebGPU will be skipped where there is no GPU"
  fi
  rm -rf "$fetched"
}

build() {
  say "Building the native addon (the first time also FFmpeg and the libraries beside it: about two minutes)"
  mkdir -p build
  npm run --silent build:addon >build/addon.log 2>&1 || {
    tail -n 60 build/addon.log >&2
    stop "the native addon does not build; the whole log is in build/addon.log"
  }
  say "Building the TypeScript layer"
  npm run --silent build:ts
}

check_node
install_packages
install_npm_packages
[[ ${1:-} != --tests ]] || fetch_swiftshader
[[ ${1:-} == --site ]] || build
