"""Runs `visionshard check` and `visionshard convert` on lines, and reads back what each says of each line."""
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from harness import PROGRAM  # noqa: E402


@dataclass
class Checked:
    status: int
    report: dict
    listed: list
    lines: dict = field(default_factory=dict)  # number: {(code, pointer)}; 0 is the file as a whole

    def of(self, number):
        return self.lines.get(number, set())


def _run(*args, stdin=b""):
    done = subprocess.run([PROGRAM, *map(str, args)], input=stdin, capture_output=True, timeout=300)
    if done.returncode not in (0, 1):
        raise AssertionError(f"{args}: exit status {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
    return done


def check(data, profile, *options):
    with tempfile.NamedTemporaryFile(prefix="visionshard-check-", suffix=".jsonl") as file:
        file.write(data)
        file.flush()
        done = _run("check", file.name, "--profile", profile, "--json", "--list", "-q", *options)
    report = json.loads(done.stdout)
    found = Checked(done.returncode, report, report.pop("list"))
    for one in found.listed:
        if one["file"] != file.name:
            raise AssertionError(f"{one}: not about {file.name}")
        if one["code"] == "hidden_image":  # a warning on a line that passes; tests/cli/test_hidden_images.py has it
            continue
        found.lines.setdefault(one["line"], set()).add((one["code"], one["pointer"]))
    return found


def convert(lines, profile, *options):
    """For each line what was written of it, or (reason, pointer); none of the lines may be blank."""
    with tempfile.TemporaryDirectory(prefix="visionshard-check-") as folder:
        source, output = os.path.join(folder, "in.jsonl"), os.path.join(folder, "out")
        with open(source, "wb") as file:
            file.write(b"".join(text + b"\n" for text in lines))
        _run("convert", source, "-o", output, "--profile", profile, "-q", *options)
        rejected, written = {}, []
        for name in sorted(os.listdir(output)):
            if name == "rejected.jsonl" or name.startswith("train-"):
                with open(os.path.join(output, name), "rb") as file:
                    texts = file.read().split(b"\n")[:-1]
                for record in map(json.loads, texts if name == "rejected.jsonl" else ()):
                    rejected[record["source"]["line"]] = record["reason"], record.get("pointer", "")
                written += texts if name.startswith("train-") else []
    kept = iter(written)
    return [rejected[number] if number in rejected else next(kept) for number in range(1, len(lines) + 1)]
