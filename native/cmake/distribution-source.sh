#!/bin/sh
# distribution-source.sh PACKAGE SHA256 DESTINATION
# Takes an upstream archive out of Debian's source package, from the suites in use and from trixie.
set -u
package=$1 sha256=$2 destination=$3
command -v apt-get >/dev/null || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mirror=$(apt-cache policy 2>/dev/null | sed -n 's|.* \(https\{0,1\}://[^ ]*debian\) .*/main .*|\1|p' | head -n 1)
mkdir -p lists/partial cache
printf 'deb-src %s %s main\n' "$mirror" bookworm "$mirror" trixie "$mirror" forky >sources.list
options="-o Dir::Etc::SourceList=$work/sources.list -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists=$work/lists -o Dir::Cache=$work/cache"
# shellcheck disable=SC2086
apt-get $options -qq update || exit 1
# shellcheck disable=SC2086
for version in $(apt-cache $options madison "$package" | awk -F'|' '{gsub(/ /,"",$2); print $2}'); do
  apt-get $options -qq source --download-only "$package=$version" || continue
  for file in *.orig.tar.*; do
    if [ "$(sha256sum "$file" | cut -d' ' -f1)" = "$sha256" ]; then
      mv "$file" "$destination"
      exit 0
    fi
  done
done
exit 1
