#!/usr/bin/env bash
# Checks the format of all C++ files, then runs clang-tidy over sources that differ from BASE (the merge base with main if
# not given; the tenth commit before on main itself), or with "all" over all sources: five minutes on two processors.
# A source that does not compile alone fails; the other builds compile the files of a folder as one.
# usage: lint.sh [BASE | all]
set -euo pipefail
cd "$(dirname "$0")/.."
# clang-tidy takes 2.8 s a file; 80 files on two processors are two minutes.
max_files=80

scripts/setup.sh lint
git ls-files '*.cpp' '*.h' | xargs clang-format-14 --dry-run --Werror
echo "lint: format is right"

if [ "${1:-}" = all ]; then
  mapfile -t files < <(git ls-files 'src/*.cpp')
  max_files=${#files[@]}
else
  base=${1:-}
  for main in main origin/main; do
    [ -n "$base" ] || base=$(git merge-base HEAD "$main" 2>/dev/null) || true
  done
  if [ -z "$base" ] || [ "$(git rev-parse "$base")" = "$(git rev-parse HEAD)" ]; then
    base=$(git rev-list --first-parent -n 11 HEAD | tail -n 1)
  fi
  # A changed header is looked at through the sources that include it.
  mapfile -t files < <(git diff --name-only --diff-filter=d "$base" -- 'src/*.cpp' 'src/*.h' | while read -r file; do
    case "$file" in
      *.h) git grep -lF "#include \"${file#src/}\"" -- 'src/*.cpp' || true ;;
      *) echo "$file" ;;
    esac
  done | sort -u)
fi
if [ ${#files[@]} -gt $max_files ]; then
  echo "lint: ${#files[@]} sources differ; clang-tidy runs over $max_files of them (scripts/lint.sh all runs over all)"
fi
[ ${#files[@]} -gt 0 ] || { echo "lint: no source differs"; exit 0; }
cmake --preset release -B build/lint -DVISIONSHARD_UNITY=OFF >/dev/null
# Without GCC's own options, which Clang does not know.
sed -i -E 's/ -m(memcpy|memset)-strategy=[^ ]*| --param=[^ ]*//g' build/lint/compile_commands.json
# Findings are shown and do not fail the stage: those of older sources are not all fixed.
findings=$(printf '%s\n' "${files[@]}" | head -n "$max_files" | xargs -P "$(nproc)" -n 2 clang-tidy-14 -p build/lint --quiet 2>&1 |
  grep -v ' warnings\? generated\.$') || true
if [ -z "$findings" ]; then
  echo "lint: clang-tidy finds nothing"
else
  echo "$findings"
  echo "lint: clang-tidy has the findings above"
  ! grep -q '\[clang-diagnostic-error\]' <<<"$findings" || { echo "lint: a source does not compile alone"; exit 1; }
fi
