#!/usr/bin/python3
"""Measures a job on many machines: its steps against convert and cat, and `merge` of synthetic part indexes.

usage: scale.py PROGRAM FOLDER [--bytes 400MB] [--lines 100000000]      FOLDER: for files, on a real disk; is emptied
"""
import argparse
import array
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

PART_BYTES = 256 << 20


def run(*command, **options):
    """Wall seconds, processor seconds and peak memory in MB of one process."""
    begin = time.perf_counter()
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def median(values):
    return sorted(values)[len(values) // 2]


class Bench:
    def __init__(self, program, folder):
        self.program, self.dir = program, folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def corpus(self, mix, size):
        path = self.dir / f"{mix}.jsonl"
        if not path.exists():
            run(self.program, "generate", "-o", path, "--mix", mix, "--bytes", size, "-q")
        return path

    def plan(self, path, part_bytes):
        work = self.dir / "work"
        shutil.rmtree(work, ignore_errors=True)
        run(self.program, "plan", path, "-o", work, "--part-bytes", part_bytes, "-q")
        return work

    def map_against_convert(self, mix, size, rounds=5):
        """Processor seconds of map over those of convert, in pairs."""
        path, ratios, convert_cpu = self.corpus(mix, size), [], []
        for number in range(rounds):
            work = self.plan(path, "256MiB")
            steps = [("convert", lambda: run(self.program, "convert", path, "-o", self.dir / "out", "-q", "--no-sync", "--force")),
                     ("map", lambda: run(self.program, "map", work, "--task", "0/1", "-q", "--no-sync"))]
            cpu = {name: step()[1] for name, step in (steps if number % 2 else steps[::-1])}
            ratios.append(cpu["map"] / cpu["convert"])
            convert_cpu.append(cpu["convert"])
        print(f"map / convert, processor seconds, {mix}: {median(ratios):.3f} (median of {rounds}; convert {median(convert_cpu):.2f} s)")

    def two_tasks(self, mix, size, rounds=3):
        # No image twice: each process has its own cache.
        path, ratios = self.corpus(mix, size), []
        for _ in range(rounds):
            seconds = []
            for tasks in (1, 2):
                work = self.plan(path, "32MiB")
                begin = time.perf_counter()
                running = [subprocess.Popen([self.program, "map", work, "--task", f"{i}/{tasks}", "--threads", "1", "-q", "--no-sync"])
                           for i in range(tasks)]
                assert all(process.wait() == 0 for process in running)
                seconds.append(time.perf_counter() - begin)
            ratios.append(seconds[0] / seconds[1])
        print(f"one task / two tasks, one thread each, {mix}: {median(ratios):.2f}")

    def pack_against_copy(self, size):
        path = self.corpus("compliant", size)
        work = self.plan(path, "64MiB")
        run(self.program, "map", work, "--task", "0/1", "-q", "--no-sync")
        run(self.program, "merge", work)
        data = sorted(work.glob(".visionshard/*/parts/*/data-*"))
        begin = time.perf_counter()
        with open(self.dir / "copy", "wb") as copy:
            subprocess.run(["cat", *data], stdout=copy, check=True)
        cat = time.perf_counter() - begin
        seconds, cpu, memory = run(self.program, "pack", work, "--task", "0/1", "-q", "--no-sync")
        print(f"pack: {seconds:.2f} s, {cpu:.2f} s of processors, {memory:.0f} MB; cat of the parts {cat:.2f} s; "
              f"{sum(path.stat().st_size for path in data) / 1e6:.0f} MB")
        (self.dir / "copy").unlink()
        run(self.program, "seal", work, "-q", "--no-sync")

    def merge(self, lines):
        """A job whose parts were never made: a sparse input, records, indexes of real size, data files without blocks."""
        example_bytes = 10_000  # so that the corpus is of the size that it would be
        per_part = PART_BYTES // example_bytes
        parts = -(-lines // per_part)
        path = self.dir / "sparse.jsonl"
        path.touch()
        os.truncate(path, parts * PART_BYTES)
        work = self.plan(path, "256MiB")
        plan = json.loads((work / "plan.json").read_text())["id"]
        folder = work / ".visionshard" / plan / "parts"
        records = array.array("Q", [example_bytes, 1] * per_part).tobytes()
        template = self.record(plan, per_part, example_bytes, records)
        for part in range(parts):
            attempt = folder / f"{part:06}.made"
            attempt.mkdir()
            (attempt / "data-00000.jsonl").touch()
            os.truncate(attempt / "data-00000.jsonl", per_part * example_bytes)
            (attempt / "examples").write_bytes(records)
            (folder / f"{part:06}.done").write_text(template.replace('"part": 0', f'"part": {part}', 1))
        seconds, cpu, memory = run(self.program, "merge", work)
        shards = len(json.loads((work / "layout.json").read_text())["shards"])
        status, _, status_memory = run_any(self.program, "status", work)
        print(f"merge: {parts * per_part:,} examples in {parts:,} parts ({parts * len(records) / 1e9:.1f} GB of index, "
              f"a corpus of {parts * PART_BYTES / 1e12:.2f} TB) into {shards:,} shards: {seconds:.1f} s, {cpu:.1f} s of a processor, "
              f"{memory:.0f} MB; status {status:.1f} s, {status_memory:.0f} MB")
        shutil.rmtree(work)
        return seconds / (parts * per_part), seconds / parts

    @staticmethod
    def xxh128(data):
        return subprocess.run(["xxhsum", "-H2"], input=data, capture_output=True, check=True).stdout.split()[0].decode()

    def record(self, plan, examples, example_bytes, records):
        """A part's record as `map` writes it, of a part of one line, with other numbers."""
        line = self.dir / "line.jsonl"
        line.write_text('{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}\n')
        work = self.dir / "one"
        run(self.program, "plan", line, "-o", work, "-q")
        run(self.program, "map", work, "--task", "0/1", "-q")
        done, = work.glob(".visionshard/*/parts/*.done")
        head, tail = map(json.loads, done.read_text().splitlines())
        shutil.rmtree(work)
        # Written to before they were published, however late they are made here.
        head |= {"plan": plan, "attempt": "made", "written_ns": 2 ** 63,
                 "examples": {"bytes": len(records), "xxh128": self.xxh128(records)}}
        tail["counts"] |= dict.fromkeys(("lines", "written", "images", "images_kept"), examples)
        tail["shard"] |= {"bytes": examples * example_bytes, "examples": examples, "image_examples": examples, "images": examples}
        tail |= {"output_bytes": examples * example_bytes, "input_lines": [examples]}
        return json.dumps(head) + "\n" + json.dumps(tail) + "\n"


def run_any(*command):
    begin = time.perf_counter()
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 4), command
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--bytes", default="400MB")
    parser.add_argument("--lines", type=int, default=100_000_000)
    o = parser.parse_args()
    bench = Bench(o.program.resolve(), o.folder)
    for mix in ("compliant", "mixed", "convert"):
        bench.map_against_convert(mix, o.bytes)
    bench.two_tasks("convert", o.bytes)
    bench.pack_against_copy(o.bytes)
    for lines in (o.lines // 10, o.lines):
        bench.merge(lines)
    shutil.rmtree(o.folder)


if __name__ == "__main__":
    sys.exit(main())
