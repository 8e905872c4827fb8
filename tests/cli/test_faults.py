"""Faults of the machine: each ends in a message, the right status, and a folder that can be resumed.

FAULTS.md beside the library of faults is the table of them; FAULTS_TABLE=write rewrites it.
"""
import errno
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, CliTest
from test_resume import corpus, digests

LIBRARY = os.environ.get("VISIONSHARD_FAULTY_IO", "")
TABLE = pathlib.Path(__file__).resolve().parents[1] / "support" / "FAULTS.md"
FULL, BROKEN, QUOTA, GONE, NO_RIGHT = errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.ESTALE, errno.EROFS

# What fails, where, the library's rule, a word of the message; no word: the run must end as without the fault.
FAULTS = [
    ("disk full", "a shard, at once", f"write:1:0:{FULL}:/train-", "No space"),
    ("disk full", "a shard, later", f"write:9:0:{FULL}:/train-", "No space"),
    ("quota", "a shard", f"write:5:0:{QUOTA}:/train-", "quota"),
    ("I/O error", "writing a shard", f"write:7:1:{BROKEN}:/train-", "error"),
    ("I/O error", "writing rejected.jsonl", f"write:1:1:{BROKEN}:/rejected.jsonl", "error"),
    ("I/O error", "writing the journal, first", f"write:1:1:{BROKEN}:/journal", "error"),
    ("I/O error", "writing the journal, later", f"write:3:1:{BROKEN}:/journal", "error"),
    ("I/O error", "writing report.html", f"write:1:1:{BROKEN}:/report.html", "error"),
    ("disk full", "writing the manifest", f"write:1:1:{FULL}:/manifest.json", "No space"),
    ("I/O error", "syncing a shard", f"sync:2:1:{BROKEN}:/train-", "error"),
    ("I/O error", "syncing the journal", f"sync:3:1:{BROKEN}:/journal", "error"),
    ("I/O error", "syncing the folder", f"sync:4:1:{BROKEN}:/out$", "error"),
    ("I/O error", "renaming a shard", f"rename:2:1:{BROKEN}:/out/train-", "error"),
    ("I/O error", "renaming rejected.jsonl", f"rename:1:1:{BROKEN}:/rejected.jsonl", "error"),
    ("I/O error", "renaming the manifest", f"rename:1:1:{BROKEN}:/manifest.json", "error"),
    ("I/O error", "closing a shard", f"close:2:1:{BROKEN}:/train-", "error"),
    ("I/O error", "closing the manifest", f"close:1:1:{BROKEN}:/manifest.json", "error"),
    ("I/O error", "reading an input, at once", f"read:1:1:{BROKEN}:/a.jsonl", "error"),
    ("I/O error", "reading an input, later", f"read:4:1:{BROKEN}:/a.jsonl", "error"),
    ("server lost", "reading an input", f"read:3:0:{GONE}:/c.jsonl.gz", "tale"),
    ("folder made read-only", "creating a shard", f"open:3:0:{NO_RIGHT}:/train-", "ead-only"),
    ("too many open files", "creating a shard", f"open:4:1:{errno.EMFILE}:/train-", "open files"),
    ("too many open files", "opening an input", f"open:2:1:{errno.EMFILE}:/b.jsonl", "open files"),
    ("no more threads", "all of them", "thread:1:0:11", ""),
    ("no more threads", "the third", "thread:3:0:11", ""),
    ("short writes", "all files", "write:1:0:short", ""),
    ("short reads", "all inputs", "read:1:0:short:.jsonl", ""),
    ("EINTR", "writing", f"write:3:5:{errno.EINTR}:/train-", ""),
    ("EINTR", "reading", f"read:2:3:{errno.EINTR}:/a.jsonl", ""),
    ("EINTR", "syncing", f"sync:1:3:{errno.EINTR}:/train-", ""),
]


@unittest.skipUnless(LIBRARY, "VISIONSHARD_FAULTY_IO names no library")
class FaultTest(CliTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="visionshard-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        inputs = {"a.jsonl": corpus(150), "b.jsonl": corpus(60)}
        for name, data in inputs.items():
            (cls.shared / name).write_bytes(data)
        subprocess.run(["gzip", "-k", "-S", ".gz", "-c", cls.shared / "a.jsonl"], check=True,
                       stdout=open(cls.shared / "c.jsonl.gz", "wb"))
        cls.inputs = [str(cls.shared / name) for name in ("a.jsonl", "b.jsonl", "c.jsonl.gz")]
        subprocess.run([PROGRAM, "convert", *cls.inputs, "-o", cls.shared / "ref", "-q", "--max-shard-bytes", "300000"],
                       check=True, stderr=subprocess.PIPE)
        cls.wanted = digests(cls.shared / "ref")

    def run_faulty(self, rule, *options, timeout=60):
        command = [PROGRAM, "convert", *self.inputs, "-o", self.dir / "out", "-q", "--max-shard-bytes", "300000", *options]
        environment = dict(os.environ, LD_PRELOAD=LIBRARY, FAULTY_IO=rule) if rule else os.environ
        done = subprocess.run(command, capture_output=True, timeout=timeout, env=environment)
        self.assertGreaterEqual(done.returncode, 0, f"{rule}: died of signal {-done.returncode}: {done.stderr[-300:]}")
        return done

    def test_each_fault(self):
        rows = []
        for fault, place, rule, word in FAULTS:
            for threads in ("1", "2"):
                with self.subTest(fault=fault, place=place, threads=threads):
                    rows.append(self.check_fault(fault, place, rule, word, threads))
                shutil.rmtree(self.dir / "out", ignore_errors=True)
        self.check_table(rows[::2])

    def check_fault(self, fault, place, rule, word, threads):
        done = self.run_faulty(rule, "--threads", threads)
        text = done.stderr.decode()
        if word:
            self.assertEqual(done.returncode, 3, text)
            self.assertRegex(text, rf"^visionshard: \S+: .*{word}")
            self.assertEqual(len(text.splitlines()), 1, text)
            self.assertFalse((self.dir / "out" / "manifest.json").exists())
            for path in (self.dir / "out").glob("train-*.jsonl"):
                self.assertEqual(hashlib.sha256(path.read_bytes()).hexdigest(), self.wanted[path.name], "half a shard")
            again = self.run_faulty("", "--resume")
            self.assertEqual(again.returncode, 0, again.stderr)
        else:
            self.assertEqual(done.returncode, 0, text)
        self.assertEqual(digests(self.dir / "out"), self.wanted)
        message = re.sub(r"/[^ ]*/(?=out\b|[abc]\.jsonl)", "", text.strip()) if word else "nothing"
        return fault, place, re.sub(r"\d{5}", "N", message), done.returncode

    def check_table(self, rows):
        head = "# What the machine can do, and what the user sees\n\nMade by tests/cli/test_faults.py, which runs each of " \
               "these; `--resume` afterwards gives the bytes of a run without a fault.\n\n" \
               "| fault | place | standard error | exit | resumable |\n|---|---|---|---|---|\n"
        table = head + "".join(f"| {fault} | {place} | {message} | {status} | {'yes' if status else 'done'} |\n"
                               for fault, place, message, status in rows)
        if os.environ.get("FAULTS_TABLE") == "write":
            TABLE.write_text(table)
        self.assertEqual(TABLE.read_text(), table)

    def test_a_run_that_hangs_says_where_and_ends(self):
        for rule, stage in ((f"write:5:1:hang:/train-", "write"), ("sync:2:1:hang:/train-", "publish"),
                            ("read:3:1:hang:/a.jsonl", "read")):
            done = self.run_faulty(rule, "--stall-timeout", "1", "--threads", "2")
            text = done.stderr.decode()
            self.assertEqual(done.returncode, 3, text)
            self.assertRegex(text, rf"no progress for 1 s .*{stage} \d+ done, 1 at work")
            again = self.run_faulty("", "--resume")
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertEqual(digests(self.dir / "out"), self.wanted)
            shutil.rmtree(self.dir / "out")

    def test_a_journal_that_cannot_be_read_is_no_other_run(self):
        self.run_faulty(f"write:9:0:{FULL}:/train-", "--threads", "1")
        done = self.run_faulty(f"open:1:1:{BROKEN}:/journal", "--resume")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(self.run_faulty("", "--resume").returncode, 0)

    def test_a_signal_ends_a_run_that_hangs(self):
        command = [PROGRAM, "convert", *self.inputs, "-o", self.dir / "out", "-q", "--max-shard-bytes", "300000"]
        environment = dict(os.environ, LD_PRELOAD=LIBRARY, FAULTY_IO="read:3:1:hang:/a.jsonl")
        with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment) as process:
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(0.5)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(2.5), 143)
        again = self.run_faulty("", "--resume")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(digests(self.dir / "out"), self.wanted)

    def test_no_memory_is_a_message(self):
        for megabytes in (150, 220, 300):
            done = subprocess.run(["prlimit", f"--as={megabytes << 20}", PROGRAM, "convert", *self.inputs, "-o",
                                   self.dir / "out", "-q", "--max-shard-bytes", "300000", "--threads", "1"],
                                  capture_output=True, timeout=60)
            self.assertIn(done.returncode, (0, 3), done.stderr)
            shutil.rmtree(self.dir / "out", ignore_errors=True)


if __name__ == "__main__":
    unittest.main()
