#!/usr/bin/env bash
# Fetches Debian's wallpaper packages into FOLDER and unpacks them there; nothing is installed.
# usage: photos.sh FOLDER [PACKAGE...]    a second set, of other photographs, is in ukui-wallpapers
#                                         lomiri-wallpapers-16.04 lomiri-wallpapers-20.04
set -euo pipefail

folder=${1:?usage: photos.sh FOLDER [PACKAGE...]}
shift
packages=("$@")
[ ${#packages[@]} -gt 0 ] || packages=(mate-backgrounds gnome-backgrounds plasma-workspace-wallpapers)
mkdir -p "$folder"
cd "$folder"
for package in "${packages[@]}"; do
  [ ! -e "$package.complete" ] || continue
  ls "$package"_*.deb >/dev/null 2>&1 || apt-get download -qq "$package" 2>/dev/null || {
    [ "$(id -u)" -eq 0 ] && apt-get update -qq
    apt-get download -qq "$package"
  } || {
    if [ "$(df --output=avail -k . | tail -n 1)" -lt 100000 ]; then
      echo "photos: the disk is full: photographs take up to 90 MB a package, twice; free some and run this again" >&2
      exit 1
    fi
    echo "photos: the package $package cannot be downloaded; look at the network and run this again. Without a network," >&2
    echo "  build/release/visionshard generate -o corpus.jsonl --bytes 100MB makes a corpus of synthetic pictures" >&2
    exit 1
  }
  dpkg-deb -x "$package"_*.deb .
  touch "$package.complete"
done
