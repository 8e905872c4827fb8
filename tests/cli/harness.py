"""Runs the program on small corpora and reads back what it wrote.

Every run of convert() is also checked for what always holds: each line is counted once, the manifest agrees with the
files, digests are right, and only finished output remains.
"""
import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from dataclasses import dataclass

sys.dont_write_bytecode = True
PROGRAM = os.path.abspath(os.environ.get("VISIONSHARD", "build/release/visionshard"))
NOBODY = 65534
SANITIZED = "VISIONSHARD_SANITIZED" in os.environ  # a program that needs additional memory and time
DATA_URL = re.compile(r"data:image/(jpeg|png|webp);base64,([A-Za-z0-9+/]*={0,2})")


def xxh128(data):
    """By the tool that the specification names."""
    return subprocess.run(["xxhsum", "-H2"], input=data, capture_output=True, check=True).stdout.split()[0].decode()


# Optional libraries that the build was configured without. CMake says so, not the program: a library that is missing by
# mistake must fail these tests.
BUILT_WITHOUT = set(os.environ.get("VISIONSHARD_BUILT_WITHOUT", "").split(","))

PROFILES = ("openai", "azure", "together", "fireworks", "none")
DATA_URL_PROFILES = ("fireworks", "together")  # they accept no http(s) URLs


@dataclass
class Outcome:
    """What became of one input line: its written bytes, or its record in rejected.jsonl."""
    written: bytes | None = None
    record: dict | None = None

    @property
    def reason(self):
        return self.record["reason"] if self.record else "written"


class Output:
    """A finished output directory."""

    def __init__(self, directory, prefix="train"):
        self.dir = pathlib.Path(directory)
        self.shards = {path.name: path.read_bytes() for path in sorted(self.dir.glob(f"{prefix}-*.jsonl"))}
        self.written = [line for data in self.shards.values() for line in data.split(b"\n")[:-1]]
        self.validation_shards = {path.name: path.read_bytes() for path in sorted(self.dir.glob("validation-*.jsonl"))}
        self.validation = [line for data in self.validation_shards.values() for line in data.split(b"\n")[:-1]]
        rejected = self.dir / "rejected.jsonl"
        self.rejected_bytes = rejected.read_bytes() if rejected.exists() else None
        self.rejected = [json.loads(line) for line in (self.rejected_bytes or b"").splitlines()]
        self.manifest_bytes = (self.dir / "manifest.json").read_bytes()
        self.manifest = json.loads(self.manifest_bytes)
        self.counts = self.manifest["counts"]

    @property
    def reasons(self):
        return [record["reason"] for record in self.rejected]

    def examples_per_shard(self):
        return [data.count(b"\n") for data in self.shards.values()]


class CliTest(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="visionshard-test-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.outputs = 0

    def write(self, name, data):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def new_output_dir(self):
        self.outputs += 1
        return self.dir / f"out{self.outputs}"

    def run_program(self, *args, stdin=b"", timeout=120, user=None, cwd=None):
        """The finished process; a crash or a hang is always a failure."""
        command = [PROGRAM, *map(str, args)]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout, user=user, cwd=cwd)
        self.assertGreaterEqual(done.returncode, 0,
                                f"{command} died of signal {-done.returncode}: {done.stderr[-500:]}")
        return done

    def peak_bytes(self, *args, status=0, timeout=120):
        """Of memory, while the program runs and ends with `status`."""
        # By a process in between, since what this one has held counts as its children's.
        measure = ("import os, subprocess, sys; process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL); "
                   "_, status, usage = os.wait4(process.pid, 0); "
                   "print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)")
        done = subprocess.run([sys.executable, "-c", measure, PROGRAM, *map(str, args)], capture_output=True,
                              timeout=timeout)
        ended, peak_kib = map(int, done.stdout.split())
        self.assertEqual(ended, status, done.stderr)
        return peak_kib * 1024

    def check_peak(self, memory_bytes, *args):
        """Runs the program to a good end within --memory plus 96 MB."""
        peak = self.peak_bytes(*args, "--memory", memory_bytes)
        if not SANITIZED:
            self.assertLess(peak, memory_bytes + 96_000_000)

    def convert(self, inputs, *options, status=0, stdin=b"", output=None, prefix="train", timeout=120):
        """Runs convert on paths, on bytes (one input file) or on a list of lines, and checks what always holds."""
        if isinstance(inputs, list) and inputs and isinstance(inputs[0], bytes):
            inputs = b"".join(line + b"\n" for line in inputs)
        if isinstance(inputs, bytes):
            inputs = [self.write("input.jsonl", inputs)]
        output = output or self.new_output_dir()
        done = self.run_program("convert", *inputs, "-o", output, *options, stdin=stdin, timeout=timeout)
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace")[-2000:])
        result = Output(output, prefix)
        result.stdout, result.stderr = done.stdout, done.stderr
        self.check_finished(result, prefix)
        return result

    def check_finished(self, result, prefix):
        counts, shards = result.counts, result.manifest["shards"]
        self.assertEqual(counts["lines"],
                         counts["blank"] + counts["written"] + counts["rejected"] + counts["duplicates"]
                         + counts["excluded"])
        self.assertEqual(counts["lines"], sum(source["lines"] for source in result.manifest["inputs"]))
        self.assertEqual(counts["written"], len(result.written) + len(result.validation))
        self.assertEqual(counts["rejected"], len(result.rejected))
        self.assertEqual({code: result.reasons.count(code) for code in set(result.reasons)},
                         {code: count for code, count in result.manifest["rejects"].items() if count})
        self.assertEqual(list(result.shards), [f"{prefix}-{i:05}.jsonl" for i in range(len(result.shards))])
        self.assertEqual(list(result.validation_shards),
                         [f"validation-{i:05}.jsonl" for i in range(len(result.validation_shards))])
        files = result.shards | result.validation_shards
        self.assertEqual([shard["path"] for shard in shards], list(files))
        for shard in shards:
            data = files[shard["path"]]
            self.assertTrue(data.endswith(b"\n"), "a shard ends with a newline and is never empty")
            self.assertEqual(shard["bytes"], len(data))
            self.assertEqual(shard["xxh128"], xxh128(data))
            self.assertEqual(shard.get("sha256", hashlib.sha256(data).hexdigest()), hashlib.sha256(data).hexdigest())
            self.assertEqual(shard["examples"], data.count(b"\n"))
        self.assertFalse((result.dir / ".visionshard").exists())
        allowed = {*files, "rejected.jsonl", "manifest.json", "report.html", "run.json"}
        self.assertLessEqual({path.name for path in result.dir.iterdir()}, allowed)

    def killed_and_resumed(self, path, *options):
        """The folder of a run that was killed after its second shard, and resumed; the kill is tried until it hits."""
        for _ in range(20):
            out = self.new_output_dir()
            process = subprocess.Popen([PROGRAM, "convert", path, "-o", out, "-q", *options])
            while process.poll() is None and not (out / "train-00001.jsonl").exists():
                time.sleep(0.0005)
            process.kill()
            process.wait()
            if (out / "train-00001.jsonl").exists() and not (out / "manifest.json").exists():
                self.assertEqual(self.run_program("convert", path, "-o", out, "--resume", *options).returncode, 0)
                return out
        self.fail("every run ended before it was killed")

    def outcomes(self, lines, *options):
        """One Outcome per line; none of the lines may be blank."""
        result = self.convert(lines, *options)
        records = {record["source"]["line"]: record for record in result.rejected}
        self.assertEqual(len(records), len(result.rejected), "two records for one line")
        self.assertEqual(len(records) + len(result.written), len(lines))
        written = iter(result.written)
        return [Outcome(record=records[number]) if number in records else Outcome(written=next(written))
                for number in range(1, len(lines) + 1)]

    def check_written_unchanged(self, lines, *options):
        for source, outcome in zip(lines, self.outcomes(lines, *options)):
            with self.subTest(line=source[:300], options=options):
                self.assertEqual(outcome.reason, "written", outcome.record and outcome.record["detail"])
                self.assertEqual(outcome.written, source)

    def check_message(self, done, *names):
        """Standard error is one message of ours that names the thing."""
        text = done.stderr.decode(errors="replace")
        self.assertTrue(text.startswith("visionshard: "), text)
        for name in names:
            self.assertIn(str(name), text)

    def unprivileged_user(self):
        """None when this user is unprivileged already; skips where root cannot run the program as nobody."""
        if os.geteuid() != 0:
            return None
        try:
            subprocess.run([PROGRAM, "--version"], user=NOBODY, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            self.skipTest("root reads everything, and the program cannot be run as nobody")
        self.dir.chmod(0o755)
        return NOBODY


# JSON text, put together as text: the tests care about its spelling.
def part_text(text="hi"):
    return '{"type":"text","text":%s}' % json.dumps(text)


def part_image(url, more=""):
    return '{"type":"image_url","image_url":{"url":"%s"%s}}' % (url, more)


def parts(*items):
    return "[" + ",".join(items) + "]"


def message(role, content, more=""):
    return '{"role":"%s","content":%s%s}' % (role, content, more)


ANSWER = message("assistant", '"ok"')


def line(*messages, more=""):
    return ('{"messages":[' + ",".join(messages) + "]" + more + "}").encode()


def asked(content, more=""):
    """A user message with this content, and an answer."""
    return line(message("user", content), ANSWER, more=more)


def answered(content, more=""):
    """A question, and an assistant message with this content."""
    return line(message("user", '"q"'), message("assistant", content, more))


def text_line(number, size=0):
    return asked('"%s"' % ("x" * size), more=',"id":%d' % number)


def image_line(url, number=0):
    return asked(parts(part_text(), part_image(url)), more=',"id":%d' % number)


def image_urls(written):
    return [part["image_url"]["url"] for message in json.loads(written)["messages"]
            if isinstance(message.get("content"), list)
            for part in message["content"] if part["type"] == "image_url"]


def payload_of(url):
    """(TYPE, bytes) of a data URL, which must be spelled canonically."""
    match = DATA_URL.fullmatch(url)
    if not match:
        raise AssertionError(f"not a canonical data URL: {url[:80]}")
    data = base64.b64decode(match[2], validate=True)
    if base64.b64encode(data).decode() != match[2]:
        raise AssertionError(f"base64 is not canonical: {match[2][-8:]}")
    return match[1], data


def pointer_leads_somewhere(pointer, document):
    """A JSON pointer to a value, or to a missing member of an existing object."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for depth, step in enumerate(steps):
        if isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return isinstance(document, dict) and depth == len(steps) - 1
    return True
