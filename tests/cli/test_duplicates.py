"""--duplicates drop: of examples that are written alike, byte for byte, the first stays, on one machine or many."""
import collections
import os
import random
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, CliTest, image_line, text_line
from pictures import data_url, encode, photo
from test_distribute import made

LIMITS = ("--max-shard-bytes", "60000", "--max-image-examples", "20")


def corpus(lines, seed):
    """A third of the lines stand more than once, some of them spelled otherwise where it does not show in what is written."""
    rng = random.Random(seed)
    png = encode(photo(30, 20, 1), "PNG")
    gray = encode(photo(30, 20, 2, mode="L"), "PNG")
    urls = [data_url(png, "png"), data_url(png, "jpeg"), data_url(png, "png") + "\\n", data_url(gray, "png"), "https://example.com/a.png"]
    out = []
    for number in range(lines):
        kind = rng.random()
        if kind < 0.1:
            out.append(rng.choice([b"", b"{", b"[]"]))
        elif kind < 0.4:
            out.append(text_line(rng.randrange(lines // 3), 200))
        else:
            out.append(image_line(rng.choice(urls), rng.randrange(lines // 3)) + rng.choice([b"", b"\r"]))
    return b"\n".join(out) + b"\n"


class DuplicatesTest(CliTest):
    def setUp(self):
        super().setUp()
        self.inputs = [self.write("a.jsonl", corpus(400, 1)), self.write("b.jsonl", corpus(300, 2))]

    def expected(self):
        """What is left of what is written without the option, and how often each line stood there."""
        written = self.convert(self.inputs).written
        times = collections.Counter(written)
        return list(dict.fromkeys(written)), len(written) - len(times)

    def test_the_first_of_those_written_alike_stays(self):
        first, dropped = self.expected()
        self.assertGreater(dropped, 100)
        for options in (("--threads", "1"), ("--threads", "4", "--memory", "4MiB")):
            output = self.convert(self.inputs, "--duplicates", "drop", *options)
            self.assertEqual(output.written, first)
            self.assertEqual(output.counts["duplicates"], dropped)
            self.assertEqual(output.counts["images"], sum(line.count(b'"image_url":{') for line in first))

    def test_none_are_dropped_unless_it_is_said(self):
        self.assertEqual(self.convert(self.inputs).counts["duplicates"], 0)

    def test_a_run_that_is_gone_on_with_remembers(self):
        wanted = made(self.convert(self.inputs, "--duplicates", "drop", *LIMITS).dir)
        output = self.new_output_dir()
        command = [PROGRAM, "convert", *map(str, self.inputs), "-o", str(output), "-q", "--duplicates", "drop", *LIMITS]
        with subprocess.Popen([*command, "--threads", "1"], stderr=subprocess.PIPE) as run:
            while run.poll() is None and not (output / "train-00002.jsonl").exists():
                time.sleep(0.0005)
            run.send_signal(signal.SIGKILL)
            run.communicate()
        self.assertFalse((output / "manifest.json").exists())
        subprocess.run([*command, "--resume"], check=True, stderr=subprocess.PIPE)
        self.assertEqual(made(output), wanted)

    def test_many_machines_find_the_same(self):
        wanted = made(self.convert(self.inputs, "--duplicates", "drop", *LIMITS).dir)
        for part_bytes in ("300", "5000", "64KiB", "1GiB"):
            work = self.new_output_dir()
            for step in (("plan", *self.inputs, "-o", work, "--part-bytes", part_bytes, "--duplicates", "drop", "-q", *LIMITS),
                         ("map", work, "--task", "0/1", "--no-sync"), ("merge", work), ("pack", work, "--task", "0/1", "--no-sync"),
                         ("seal", work, "-q")):
                done = self.run_program(*step)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(made(work), wanted, part_bytes)

    def test_more_than_memory_has_room_for_is_a_message(self):
        path = self.write("many.jsonl", b"".join(text_line(number) + b"\n" for number in range(40_000)))
        done = self.run_program("convert", path, "-o", self.new_output_dir(), "--duplicates", "drop", "--memory", "1MiB", "-q")
        self.assertEqual(done.returncode, 3)
        self.check_message(done, "different examples", "--memory", "visionshard plan")


if __name__ == "__main__":
    unittest.main()
