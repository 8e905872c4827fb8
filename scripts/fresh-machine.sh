#!/usr/bin/env bash
# Tries the README on new machines: each is a minimal Debian 12 in FOLDER with a clone of the last commit. On one run the
# two commands of the README, then the Debian packages are built; on the others they are installed and used, and pip
# installs from the clone. Prints for each step the seconds, the Debian packages added and the megabytes added. Needs root,
# debootstrap and 6 GB of disk; packages come from where this machine's apt gets its own. Run by hand before a release.
# usage: fresh-machine.sh FOLDER [demo | test | package | pip]...    without steps: all; FOLDER is deleted at the end
set -euo pipefail
cd "$(dirname "$0")/.."

root=$(realpath -m "${1:?usage: fresh-machine.sh FOLDER [demo | test | package | pip]...}")
shift
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(demo test package pip)
fail() {
  echo "fresh-machine: $1" >&2
  exit 1
}
[ "$(id -u)" -eq 0 ] || fail "debootstrap and chroot need root"
[ ! -e "$root" ] || fail "$root exists"
command -v debootstrap >/dev/null || fail "apt-get install debootstrap"

# The same Debian archives as here, and apt's network settings; archives of other vendors stay away.
release=bookworm
sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
  grep " $release" | sort -u)
archive=$(awk -v "release=$release" '$3 == release { print $2; exit }' <<<"$sources")
[ -n "$archive" ] || fail "this machine's apt knows no archive of $release"
trap 'rm -rf --one-file-system "$root"' EXIT
mkdir -p "$root"
debootstrap --variant=minbase "$release" "$root/base" "$archive" >"$root/log"
echo "$sources" >"$root/base/etc/apt/sources.list"
apt-config dump Acquire >"$root/base/etc/apt/apt.conf.d/90fresh-machine"
cp /etc/resolv.conf /etc/hosts "$root/base/etc/"
git clone -q --depth 1 "file://$PWD" "$root/base/root/visionshard"

machine=
new_machine() {
  machine=$root/$1
  [ -e "$machine" ] || cp -a "$root/base" "$machine"
}
# In a mount namespace of its own, so that nothing stays mounted.
inside() {
  unshare --mount bash -ec 'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; exec chroot "$0" "$@"' "$machine" \
    /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
    bash -euo pipefail -c "cd /root/visionshard; $1"
}
package_count() { find "$machine/var/lib/dpkg/info" -name '*.list' | wc -l; }
megabytes() { du -sm --one-file-system "$machine" | cut -f1; }
# usage: step COMMANDS; prints a row of the table.
step() {
  local count size status=0 start
  count=$(package_count) size=$(megabytes) start=$SECONDS
  inside "$1" >"$root/log" 2>&1 || status=$?
  printf '| %s: `%s` | %d | %d | %d |\n' "$(basename "$machine")" "$1" $((SECONDS - start)) \
    $(($(package_count) - count)) $(($(megabytes) - size))
  [ "$status" -eq 0 ] || { tail -n 40 "$root/log"; fail "'$1' ended with status $status"; }
}
install="apt-get install -y -qq --no-install-recommends"

echo "| machine and commands | seconds | packages | MB |"
echo "|---|---:|---:|---:|"
for name in "${steps[@]}"; do
  case "$name" in
    demo)
      new_machine developer
      step "scripts/setup.sh demo"
      step "scripts/demo.sh"
      lines=$(wc -l <"$root/log")
      [ "$lines" -le 40 ] || fail "the demo prints $lines lines, more than 40"
      ;;
    test)
      new_machine developer
      step "scripts/setup.sh test"
      step "scripts/test.sh"
      grep -E 'tests passed|checks passed' "$root/log" || true
      ;;
    package)
      new_machine developer
      step "scripts/setup.sh package"
      step "scripts/package.sh"
      built=("$machine"/root/visionshard/build/package/*.deb)
      new_machine user
      cp "${built[@]}" "$machine/root/visionshard/"
      step "apt-get update -qq; $install ./visionshard_*.deb"
      step "visionshard generate -o a.jsonl --bytes 20MB -q; visionshard convert a.jsonl -o b -q; visionshard check b"
      step "$install ./visionshard-screen_*.deb; visionshard-screen a.jsonl -o faces.jsonl"
      step "$install ./python3-visionshard_*.deb python3-pil"
      step "cp tests/python/new_user.txt /tmp; cd /tmp; python3 -m doctest new_user.txt"
      step "$install ./libvisionshard-dev_*.deb g++ cmake make"
      step "cmake -S tests/install/consumer -B /tmp/consumer; cmake --build /tmp/consumer"
      ;;
    pip)
      new_machine python
      step "scripts/setup.sh python; $install python3-pil"
      step "python3 -m venv --system-site-packages ~/venv; ~/venv/bin/pip install ."
      step "cp tests/python/new_user.txt /tmp; cd /tmp; ~/venv/bin/python -m doctest new_user.txt"
      ;;
    *) fail "there is no step '$name'" ;;
  esac
done
