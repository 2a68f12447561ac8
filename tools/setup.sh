#!/usr/bin/env bash
# Prepares a checkout: Debian packages, npm packages, native addon, JavaScript. Each step is skipped
# when there is nothing to do, so that a second run takes seconds.
#
#   tools/setup.sh            what building and running needs
#   tools/setup.sh --tests    also what the tests need
#   tools/setup.sh --arm64    also what building for 64-bit Arm, and testing that, needs
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
stop() {
  printf 'cochlea: %s\n' "$*" >&2
  exit 1
}

packages=(cmake make g++ nasm pkg-config xz-utils)
case ${1:-} in
  --tests) packages+=(libgtest-dev clang-format binutils flac) ;;
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

build() {
  say "Building the native addon (the first time also FFmpeg, soxr and libspeex: about two minutes)"
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
build
