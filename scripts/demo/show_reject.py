#!/usr/bin/python3
"""Shows one rejected line with the reason why it was left out.  usage: show_reject.py REJECTED_JSONL REASON"""
import json
import sys

SHOWN_CHARACTERS = 100

with open(sys.argv[1], encoding="utf-8") as file:
    records = [json.loads(line) for line in file]
record = next(record for record in records if record["reason"] == sys.argv[2])
source, raw = record["source"], record["raw"]
print(f"""One bad line, and what became of it:
  line {source['line']} of {source['file']}, {len(raw):,} bytes:
    {raw[:SHOWN_CHARACTERS]}...
  is not in the shard, but in {sys.argv[1]}:
    "reason": "{record['reason']}", "pointer": "{record['pointer']}",
    "detail": "{record['detail']}\"""")
