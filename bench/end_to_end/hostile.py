#!/usr/bin/python3
"""Streams hostile inputs through the program's standard input and compares its peak memory with the budget.

Exit status 1: memory went over the budget, or grew with the length of the input.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import process  # noqa: E402
import verify  # noqa: E402
from shard_sink import ShardSink  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUDGET_BYTES = 256 << 20
OVERHEAD_BYTES = 96_000_000
# The cache of converted images may fill half the budget in the course of a long input; then it is full.
GROWTH_BYTES = BUDGET_BYTES // 2
REJECTED_BY_KIND = {"padded": False, "inflating": False, "long": True}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--quick", action="store_true", help="2 padded lines, 10 inflating ones, 1 GB")
    add("--padded-lines", type=int, help="lines of ten JPEGs of 9 MB, 120 MB each (default 20)")
    add("--inflating-lines", type=int, help="PNGs that inflate a thousandfold (default 200)")
    add("--long-bytes", type=float, help="of the long input, compared with a tenth of it (default 2e9); a tenth under "
        "1e8 does not fill what may be in flight and so shows growth that ends there")
    add("--work", metavar="DIR", default=os.path.join(ROOT, "build/bench"))
    add("--program", metavar="FILE", default=os.path.join(ROOT, "build/release/visionshard"))
    chosen = parser.parse_args()
    chosen.padded_lines = chosen.padded_lines or (2 if chosen.quick else 20)
    chosen.inflating_lines = chosen.inflating_lines or (10 if chosen.quick else 200)
    chosen.long_bytes = int(chosen.long_bytes or (1e9 if chosen.quick else 2e9))
    return chosen


def stream(chosen, kind, amount):
    """Measures the program on one stream; its shards are counted and removed while it runs."""
    out = os.path.join(chosen.work, "hostile")
    shutil.rmtree(out, ignore_errors=True)
    generator = subprocess.Popen(["/usr/bin/python3", os.path.join(HERE, "hostile_lines.py"), kind, str(amount)],
                                 stdout=subprocess.PIPE)
    try:
        with ShardSink(out) as sink:
            measured = process.run([chosen.program, "convert", "-", "-o", out, "-q", "--memory", str(BUDGET_BYTES),
                                    "--rejects", "reference"], stdin=generator.stdout)
        generator.stdout.close()
        verify.need(generator.wait() == 0, f"{kind}: the generator failed")
        with open(os.path.join(out, "manifest.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        counts = manifest["counts"]
        verify.need(sink.lines == counts["written"] and counts["lines"] == counts["written"] + counts["rejected"]
                    and (counts["rejected"] > 0) == REJECTED_BY_KIND[kind],
                    f"{kind}: the shards hold {sink.lines} lines, manifest.json counts {counts}")
        verify.need(kind == "long" or counts["written"] == amount, f"{kind}: {counts}")
    finally:
        generator.kill()
        generator.wait()
        shutil.rmtree(out, ignore_errors=True)
    return measured, manifest["inputs"][0]["bytes"], counts


def show(what, measured, input_bytes, counts):
    most = BUDGET_BYTES + OVERHEAD_BYTES
    over = measured.peak_rss_bytes > most
    changed = counts["images_converted"] + counts["images_shrunk"]
    print(f"| {what} | {input_bytes / 1e6:.0f} | {counts['lines']} | {changed} of {counts['images']} | "
          f"{measured.seconds:.1f} | {measured.peak_rss_bytes / 1e6:.0f} of {most / 1e6:.0f}"
          f"{': **over**' if over else ''} |", flush=True)
    return over


def main():
    chosen = options()
    os.makedirs(chosen.work, exist_ok=True)
    print("| hostile input, --memory 256MiB | MB in | lines | images changed | s | peak MB |", flush=True)
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    over = show("ten 9 MB JPEGs a line", *stream(chosen, "padded", chosen.padded_lines))
    over |= show("PNGs that inflate a thousandfold", *stream(chosen, "inflating", chosen.inflating_lines))
    tenth = stream(chosen, "long", chosen.long_bytes // 10)
    over |= show("a tenth of the long input", *tenth)
    whole = stream(chosen, "long", chosen.long_bytes)
    over |= show("the long input", *whole)
    growth = whole[0].peak_rss_bytes - tenth[0].peak_rss_bytes
    grew = growth > GROWTH_BYTES
    print(f"bench: from a tenth to the whole of the long input memory grew by {growth / 1e6:.1f} MB"
          f"{': too much' if grew else ''}")
    return 1 if over or grew else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except process.Failed as failed:
        sys.exit(f"bench: {failed}")
