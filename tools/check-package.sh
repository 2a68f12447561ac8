#!/usr/bin/env bash
# Checks the package as its users meet it: packed with its prebuilt addon, installed without running any script, used
# where there is no compiler, by each package manager, runtime, version of TypeScript, bundler and by Jest. Each kind is
# a script in tools/check-package/, which takes the packed package alone.
#
#   tools/check-package.sh            what takes seconds each: .ci/run
#   tools/check-package.sh --all      also every version of TypeScript, a build with Next.js and one from source
#
# COCHLEA_OFFLINE=1: where there is no registry to install managers and bundlers from.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
installed_megabytes=17

npm run --silent prebuild >"$work/prebuild.log" 2>&1 || {
  tail -n 40 "$work/prebuild.log" >&2
  exit 1
}
addon=prebuilds/linux-$(node -p process.arch)/cochlea.glibc.node
node test/package/addon.mjs prebuilds/*/*.node
npm pack --silent --ignore-scripts --pack-destination "$work" >/dev/null
package=$(echo "$work"/cochlea-*.tgz)
tar -tf "$package" >"$work/contents"
grep -qx "package/$addon" "$work/contents" || {
  echo "the package lacks $addon" >&2
  exit 1
}

consumer=$work/consumer
mkdir "$consumer"
cp -r test/package/consumer/. "$consumer"
cd "$consumer"
npm install --silent --ignore-scripts --no-audit --no-fund "$package"
node "$root/test/package/links.mjs" node_modules/cochlea

# Node alone on the PATH: no compiler, no CMake, no FFmpeg.
mkdir "$work/bin"
ln -s "$(command -v node)" "$work/bin/node"
for program in esm.mjs commonjs.cjs; do
  PATH=$work/bin node "$program" "$root/test/fixtures/speech/speech.flac"
done
cochlea() { PATH=$work/bin node node_modules/cochlea/dist/cli/main.js "$@" >/dev/null; }
cochlea probe "$root/test/fixtures/speech/speech.mp3"
# None of the optional packages is there.
cochlea doctor
cochlea features "$root/test/fixtures/speech/speech.mp3" --output "$work/speech.npy"

# Of the addons, only that of this platform counts.
find node_modules/cochlea/prebuilds -name '*.node' -not -path "*/${addon#prebuilds/}" -delete
megabytes=$(du -sm node_modules | cut -f1)
echo "package: $(du -h "$package" | cut -f1), addon: $(du -h "$root/$addon" | cut -f1), installed with all that it needs: $megabytes MB"
((megabytes <= installed_megabytes)) || {
  echo "more than $installed_megabytes MB are installed" >&2
  exit 1
}

failed=0
for kind in types managers jest bundlers; do
  "$root/tools/check-package/$kind.mjs" "$package" "$@" || failed=1
done
if [[ ${1:-} == --all ]]; then
  "$root/tools/check-package/build-addon.mjs" "$package" || failed=1
fi
exit "$failed"
