#!/usr/bin/env bash
# Converts the demo's corpus for each profile, and asks `check` of each result under every profile: it must be accepted
# under its own. Prints a table: rows converted for, columns checked for; the codes where it is not accepted.
set -euo pipefail
cd "$(dirname "$0")/.."

program=build/release/visionshard
profiles=(openai azure together fireworks none)
out=demo/profiles
rm -rf "$out"
failed=0
for made in "${profiles[@]}"; do
  "$program" convert demo/corpus/raw.jsonl demo/corpus/more -o "$out/$made" --image-root demo/corpus/images \
    --profile "$made" --quiet
  for asked in "${profiles[@]}"; do
    status=0
    report=$("$program" check "$out/$made" --profile "$asked" --json) || status=$?
    codes=$(/usr/bin/python3 -c 'import json, sys
print(*(f["code"] for f in json.load(sys.stdin)["findings"] if f["effect"] != "warning"))' <<<"$report")
    printf '%-10s %-10s %s %s\n' "$made" "$asked" "$status" "${codes:-accepted}"
    [ "$made" != "$asked" ] || [ "$status" = 0 ] || failed=1
  done
done
rm -rf "$out"
exit "$failed"
