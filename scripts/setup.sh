#!/usr/bin/env bash
# Installs the Debian packages that are missing for PURPOSE:
#   build    compile and run the program          test     every fast test (scripts/test.sh)
#   demo     scripts/demo.sh                      all      every test (scripts/test.sh all)
#   package  scripts/package.sh                   lint, fuzz
#   python   pip install .
# usage: setup.sh [PURPOSE]    without PURPOSE: all
set -euo pipefail

build=(g++ cmake ninja-build pkg-config
  libtbb-dev libsimdjson-dev libjpeg62-turbo-dev libturbojpeg0-dev libpng-dev libwebp-dev libssl-dev zlib1g-dev
  libzstd-dev libdeflate-dev liblcms2-dev libgif-dev libtiff-dev libheif-dev libopenjp2-7-dev libjxl-dev libxxhash-dev
  libcurl4-openssl-dev libc-ares-dev libcli11-dev libfmt-dev libexpected-dev libtomlplusplus-dev)
demo=("${build[@]}" python3 python3-pil)
package=("${build[@]}" dpkg-dev file pybind11-dev python3-dev libdlib-dev)
python=("${build[@]}" pybind11-dev python3-dev python3-pip python3-venv)
lint=("${package[@]}" libgtest-dev libbenchmark-dev clang-format-14 clang-tidy-14 git python3)
test=("${demo[@]}" "${package[@]}" libgtest-dev libbenchmark-dev imagemagick libjpeg-turbo-progs webp libheif-examples
  libavif-bin netpbm libopenjp2-tools libjxl-tools libimage-exiftool-perl zstd xxhash openssl procps jq xz-utils bzip2)
fuzz=("${test[@]}" clang clang-14 libclang-rt-14-dev)
all=("${lint[@]}" "${fuzz[@]}" g++-aarch64-linux-gnu qemu-user slurm-wlm munge parallel openmpi-bin python3-yaml mandoc
  zsh fish chromium spin lintian python3-pip python3-venv nginx-light)

case "${1:-all}" in
  build | demo | package | python | lint | test | fuzz | all) declare -n wanted="${1:-all}" ;;
  *)
    sed -n '2,/^# usage/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
if ! command -v dpkg-query >/dev/null; then
  echo "setup: this is no Debian, so packages cannot be installed by name; CMakeLists.txt names the libraries" >&2
  exit 1
fi
missing=()
for package_name in $(printf '%s\n' "${wanted[@]}" | sort -u); do
  dpkg-query -W -f='${Status}' "$package_name" 2>/dev/null | grep -q 'ok installed' || missing+=("$package_name")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  run=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  run=(sudo)
else
  echo "setup: you may not install packages here. Let someone who may run this once, then try again:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "setup: installing ${#missing[@]} packages and what they depend on: ${missing[*]}" | cut -c1-200
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# Package lists that are there may do; where they are missing or too old, they are fetched.
install() { "${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1; }
install || { "${run[@]}" apt-get update -qq >>"$log" 2>&1 && install; } || {
  grep -E '^(E|W):|^ ' "$log" | tail -n 5 >&2 || true
  if grep -qi 'no space left' "$log"; then
    echo "setup: the disk is full; free some space and run this again" >&2
  elif grep -qE 'Could not resolve|Failed to fetch|Unable to fetch|Could not connect|Unable to connect' "$log"; then
    echo "setup: the package server cannot be reached; look at the network, or at the server named in /etc/apt" >&2
  else
    echo "setup: apt-get failed, as shown above; the packages must be those of Debian 12" >&2
  fi
  exit 1
}
