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
[ -e complete ] && exit 0
for package in "${packages[@]}"; do
  ls "$package"_*.deb >/dev/null 2>&1 || apt-get download -qq "$package" 2>/dev/null || {
    [ "$(id -u)" -eq 0 ] && apt-get update -qq
    apt-get download -qq "$package"
  }
  dpkg-deb -x "$package"_*.deb .
done
touch complete
