"""--near-duplicates on seeded corpora against slow models, on many machines, and after kills."""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM
from near_pictures import connected_examples, corpus, groups_of_pictures, kept_examples, lines_of, near_pairs
from shaping_model import ShapingTest, model, shuffled
from test_distribute import made

CORPORA = int(os.environ.get("CORPORA", 40))


def found(output):
    return json.loads((output.dir / "run.json").read_text())["near_duplicates"]


class NearCorporaTest(ShapingTest):
    def test_seeded_corpora_agree_with_slow_models(self):
        total = {"report": 0, "group": 0, "drop": 0}
        for seed in range(CORPORA):
            rng = random.Random(seed)
            examples = corpus(rng, rng.choice([1, 8, 40, 90]), rng.choice([2, 12, 40]), rng.choice([0, 0, 0.8]))
            lines = lines_of(examples)
            option = rng.choice(["report", "group", "group", "drop", "drop"])
            options = ["--near-duplicates", option, "--seed", seed, "--threads", rng.choice([1, 2, 7]), "--no-sync"]
            chosen = kept_examples(examples) if option == "drop" else list(range(len(lines)))
            train, validates = [lines[i] for i in chosen], []
            if option == "group" or rng.random() < 0.4:
                options += ["--validation", "40%"]
                near = connected_examples(examples) if option == "group" else ()
                train, validates, _, _ = model(self.hashes, train, train, "40%", seed, near=near)
            if rng.random() < 0.4:
                options.append("--shuffle")
                train, validates = shuffled(self.hashes, train, seed), shuffled(self.hashes, validates, seed)
            with self.subTest(seed=seed, options=options):
                output = self.convert(lines, *options)
                self.assertEqual((output.written, output.validation), (train, validates))
                self.assertEqual(output.counts["excluded"], len(lines) - len(chosen))
                numbers, sizes = found(output), groups_of_pictures(examples)
                self.assertEqual((numbers["pairs"], numbers["groups"], numbers["near_pictures"], numbers["largest_group"]),
                                 (len(near_pairs(examples)), len(sizes), sum(sizes), max(sizes, default=0)))
                total[option] += numbers["pairs"]
                if seed % 4 == 0:
                    path = self.dir / "input.jsonl"
                    self.assertEqual(self.job([path], rng.choice([30_000, 200_000]), rng.randrange(1, 10), *options), made(output.dir))
            shutil.rmtree(self.dir)
            self.dir.mkdir()
            self.hashes.known.clear()
        self.assertGreater(min(total.values()), CORPORA)

    def test_equal_bytes_for_any_parts_tasks_and_threads(self):
        lines = lines_of(corpus(random.Random(1), 100, few_shot=0.7))
        paths = [self.write("a.jsonl", b"\n".join(lines[:60])), self.write("b.jsonl", b"\n".join([b"{", *lines[60:]]))]
        for options in (["--near-duplicates", "drop", "--validation", 12], ["--near-duplicates", "group", "--validation", "30%", "--shuffle"],
                        ["--near-duplicates", "report"]):
            options += ["--max-shard-bytes", "400000", "--no-sync"]
            wanted = self.convert(paths, *options, "--threads", 1)
            for threads, memory in ((2, "64MiB"), (7, "16MiB")):
                again = self.convert(paths, *options, "--threads", threads, "--memory", memory)
                self.assertEqual(made(again.dir), made(wanted.dir))
                self.assertEqual(found(again), found(wanted))
            for part_bytes, tasks in ((20_000, 9), (300_000, 4), ("256MiB", 1)):
                with self.subTest(options=options, part_bytes=part_bytes, tasks=tasks):
                    self.assertEqual(self.job(paths, part_bytes, tasks, *options), made(wanted.dir))

    def test_a_killed_run_is_resumed(self):
        lines = lines_of(corpus(random.Random(2), 250, 50))
        path = self.write("in.jsonl", b"\n".join(lines))
        options = ["--near-duplicates", "drop", "--max-shard-bytes", "300000", "--no-sync"]
        wanted = made(self.convert([path], *options).dir)
        output = self.new_output_dir()
        command = ["convert", path, "-o", output, "-q", *options]
        for delay in (0.02, 0.1, 0.2, 0.3):
            with subprocess.Popen([PROGRAM, *map(str, command), "--resume"], stderr=subprocess.DEVNULL) as run:
                time.sleep(delay)
                run.send_signal(signal.SIGKILL)
        if (output / ".visionshard/plan.json").exists():
            done = self.run_program("convert", path, "-o", output, "-q", "--near-duplicates", "report", "--resume", *options[2:])
            self.assertEqual(done.returncode, 2)
            self.check_message(done, "near_duplicates")
        self.assertEqual(self.run_program(*command, "--resume").returncode, 0)
        self.assertEqual(made(output), wanted)
        self.assertEqual(self.run_program(*command, "--resume").returncode, 0)
        other = self.run_program("convert", path, "-o", output, "-q", "--resume", *options[2:])
        self.assertEqual(other.returncode, 2)


if __name__ == "__main__":
    unittest.main()
