"""One job on many machines: the folder holds what convert writes, also after failures."""
import gzip
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, CliTest, image_line, text_line
from pictures import TINY_PNG
from test_resume import corpus, digests

OPTIONS = ("--max-shard-bytes", "300000", "--max-image-examples", "40")
PLANNED = {"plan.json", "layout.json"}
SCHEDULERS = ("VISIONSHARD_TASK", "VISIONSHARD_TASKS", "SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX",
              "JOB_COMPLETION_INDEX", "CLOUD_RUN_TASK_INDEX", "BATCH_TASK_INDEX", "PBS_ARRAY_INDEX", "SGE_TASK_ID",
              "LSB_JOBINDEX", "OMPI_COMM_WORLD_RANK")


def made(directory):
    return {name: digest for name, digest in digests(directory).items() if name not in PLANNED}


class JobTest(CliTest):
    """The corpus is made once, and so is what convert makes of it."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="visionshard-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        files = {"a.jsonl": corpus(160), "b.jsonl": b"\xef\xbb\xbf" + corpus(60).replace(b"\n", b"\r\n"), "empty.jsonl": b"",
                 "c.jsonl.gz": gzip.compress(corpus(50)), "newlines.jsonl": b"\n" * 3000,
                 "last.jsonl": corpus(20) + b"{" + text_line(5, 20_000)}
        for name, data in files.items():
            (cls.shared / name).write_bytes(data)
        cls.inputs = [str(cls.shared / name) for name in files]
        subprocess.run([PROGRAM, "convert", *cls.inputs, "-o", cls.shared / "ref", "-q", *OPTIONS], check=True,
                       stderr=subprocess.PIPE)
        cls.wanted = made(cls.shared / "ref")

    def setUp(self):
        super().setUp()
        self.work = self.dir / "work"

    def step(self, command, *options, status=0, env=None):
        environment = {name: value for name, value in os.environ.items() if name not in SCHEDULERS} | (env or {})
        work = [] if command == "plan" else [self.work]
        sync = ["--no-sync"] if command in ("map", "pack", "seal", "plan") else []
        done = subprocess.run([PROGRAM, command, *map(str, work), *map(str, options), *sync], capture_output=True, text=True,
                              timeout=120, env=environment, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, status, f"{command} {options}: {done.stderr}")
        return done

    def plan(self, part_bytes, *options, inputs=None, limits=OPTIONS):
        return int(self.step("plan", *(inputs or self.inputs), "-o", self.work, "-q", "--part-bytes", part_bytes, *limits,
                             *options).stdout)

    def map_all(self, *options):
        self.step("map", "--task", "0/1", *options)

    def finish(self):
        shards = int(self.step("merge").stdout)
        self.step("pack", "--task", "0/1")
        self.step("seal", "-q")
        self.assertEqual(made(self.work), self.wanted)
        self.assertFalse((self.work / ".visionshard").exists())
        return shards

    def done_records(self):
        return sorted((self.work / ".visionshard").glob("*/parts/*.done"))


class SameBytesTest(JobTest):
    def test_any_part_size_and_any_number_of_tasks(self):
        for part_bytes, tasks in (("700", 9), ("4KiB", 4), ("20000", 1), ("1MiB", 7), ("256MiB", 2)):
            with self.subTest(part_bytes=part_bytes, tasks=tasks):
                self.plan(part_bytes)
                order = list(range(tasks))
                random.Random(tasks).shuffle(order)
                for task in order:
                    self.step("map", "--task", f"{task}/{tasks}", "--threads", 1 + task % 2)
                self.assertGreater(int(self.step("merge").stdout), 3)
                for task in order:
                    self.step("pack", "--task", f"{task}/{tasks}")
                self.step("seal", "-q")
                self.assertEqual(made(self.work), self.wanted)
                shutil.rmtree(self.work)

    def test_parts_of_a_byte(self):
        path = self.write("tiny.jsonl", b"\xef\xbb\xbf{\n" + text_line(1) + b"\r\n\n[]\n" + text_line(2, 300) + b"\n\nx")
        reference = made(self.convert([path], "-q").dir)
        self.assertEqual(self.plan(1, inputs=[path], limits=()),
                         path.stat().st_size)
        self.map_all()
        self.step("merge")
        self.step("pack", "--task", "0/1")
        self.step("seal", "-q")
        self.assertEqual(made(self.work), reference)

    def test_no_example_at_all(self):
        for data in (b"", b"\n\n", b"{\n"):
            path = self.write("none.jsonl", data)
            reference = made(self.convert([path], "-q", *OPTIONS).dir)
            self.plan("1MiB", inputs=[path])
            self.map_all()
            self.assertEqual(self.step("merge").stdout, "0\n")
            self.step("pack", "--task", "0/1")
            self.step("seal", "-q")
            self.assertEqual(made(self.work), reference)
            shutil.rmtree(self.work)

    def test_options_of_convert_are_kept(self):
        root = self.dir / "root"
        picture = self.write("root/a.png", TINY_PNG)
        path = self.write("local.jsonl", image_line(str(picture)) + b"\n" + image_line("../x") + b"\n" + image_line("ftp://x") + b"\n")
        options = ("--image-root", str(root), "--prefix", "mine", "--rejects", "reference", "--profile", "together",
                   "--detail", "low", "--on-bad-image", "drop", "--digest", "sha256")
        reference = made(self.convert([path], "-q", *options, *OPTIONS, prefix="mine").dir)
        self.plan("50", *options, inputs=[path])
        self.map_all()
        self.step("merge")
        self.step("pack", "--task", "0/1")
        self.step("seal", "-q")
        self.assertEqual(made(self.work), reference)

    def test_fitting_into_few_shards_is_measured_with_the_plan(self):
        reference = self.dir / "few"
        limits = ("--max-shard-bytes", "2200000", "--max-image-examples", "1000", "--shards", "1")
        self.assertEqual(self.run_program("convert", *self.inputs, "-o", reference, "-q", *limits).returncode, 0)
        self.plan("100000", limits=limits)
        self.map_all()
        self.step("merge")
        self.step("pack", "--task", "0/1")
        self.step("seal", "-q")
        self.assertEqual(made(self.work), made(reference))

    def test_the_plan_can_be_carried_out_from_elsewhere(self):
        os.mkdir(self.dir / "in")
        shutil.copy(self.shared / "a.jsonl", self.dir / "in")
        for folder, command in ((self.dir, ("convert", "in", "-o", "ref", "-q")),
                                (self.dir, ("plan", "in", "-o", "work", "--part-bytes", "9999", "-q")),
                                ("/", ("map", self.work, "--task", "0/1")), (self.dir / "in", ("merge", "../work")),
                                ("/", ("pack", self.work, "--task", "0/1")), (self.dir, ("seal", "work", "-q"))):
            self.assertEqual(self.run_program(*command, cwd=folder).returncode, 0, command)
        self.assertEqual(made(self.work), made(self.dir / "ref"))


class StatusTest(JobTest):
    def test_it_tells_the_truth_on_the_way(self):
        parts = self.plan("40000")
        self.assertEqual(self.step("status", "--missing", "map", status=4).stdout, f"0-{parts - 1}\n")
        self.step("map", "--task", f"1/{parts}")
        self.step("map", "--task", f"3/{parts}")
        self.assertEqual(self.step("status", "--missing", "map", status=4).stdout, f"0,2,4-{parts - 1}\n")
        self.assertEqual(self.step("status", "--missing", "map", "--tasks", 2, status=4).stdout, "0-1\n")
        self.step("status", "--missing", "pack", status=4)
        self.assertRegex(self.step("status", status=4).stdout, r"parts +2 of \d+; missing 0,2,4-")
        merge = self.step("merge", status=4)
        self.assertIn(f"parts 0,2,4-{parts - 1} are missing", merge.stderr)
        self.assertFalse((self.work / "layout.json").exists())
        for early in ("pack", "seal"):
            self.step(early, *(("--task", "0/1") if early == "pack" else ()), status=4)
        self.map_all()
        self.assertEqual(self.step("status", "--missing", "map").stdout, "")
        shards = int(self.step("merge").stdout)
        self.step("pack", "--task", f"1/{shards}")
        self.assertEqual(self.step("status", "--missing", "pack", status=4).stdout, f"0,2-{shards - 1}\n")
        self.assertIn(f"shards 0,2-{shards - 1} are missing", self.step("seal", status=4).stderr)
        self.assertFalse((self.work / "manifest.json").exists())
        self.assertEqual(json.loads(self.step("status", "--json", status=4).stdout)["missing_shards"][0], 0)
        self.finish()
        self.step("status")

    def test_without_a_plan(self):
        for command in ("map", "pack"):
            self.step(command, "--task", "0/1", status=4)
        for command in ("merge", "seal", "status"):
            self.step(command, status=4)

    def test_a_step_that_is_done_is_left_alone(self):
        for _ in range(2):
            self.plan("50000")
        for command in ("map", "merge", "pack", "seal"):
            task = ("--task", "0/1") if command in ("map", "pack") else ()
            self.step(command, *task)
            before = {path: path.stat().st_mtime_ns for path in self.work.rglob("*") if path.is_file()}
            for again in ("plan", "map", "merge", "pack", "seal")[:2 + ("map", "merge", "pack", "seal").index(command)]:
                self.plan("50000") if again == "plan" else self.step(again, *(("--task", "0/1") if again in ("map", "pack") else ()))
            self.assertEqual({path: path.stat().st_mtime_ns for path in self.work.rglob("*") if path.is_file()}, before)
        self.assertEqual(made(self.work), self.wanted)


class TaskIndexTest(JobTest):
    def converted(self, parts, *options, status=0, **env):
        """The parts that a map with this environment made."""
        done = self.step("map", *options, status=status, env=env)
        self.last = done
        missing = self.step("status", "--missing", "map", status=4 if len(self.done_records()) < parts else 0).stdout.strip()
        left = {n for span in filter(None, missing.split(",")) for n in range(int(span.split("-")[0]), int(span.split("-")[-1]) + 1)}
        return set(range(parts)) - left

    def test_each_engines_index(self):
        cases = [({"VISIONSHARD_TASK": "2"}, 2), ({"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "1"}, 2),
                 ({"AWS_BATCH_JOB_ARRAY_INDEX": "2"}, 2), ({"JOB_COMPLETION_INDEX": "2"}, 2),
                 ({"CLOUD_RUN_TASK_INDEX": "2"}, 2), ({"BATCH_TASK_INDEX": "2"}, 2), ({"PBS_ARRAY_INDEX": "2"}, 2),
                 ({"SGE_TASK_ID": "3"}, 2), ({"LSB_JOBINDEX": "3"}, 2), ({"OMPI_COMM_WORLD_RANK": "2"}, 2),
                 ({"SGE_TASK_ID": "undefined", "PBS_ARRAY_INDEX": "2"}, 2), ({"LSB_JOBINDEX": "0", "PBS_ARRAY_INDEX": "2"}, 2),
                 ({"VISIONSHARD_TASK": "2", "SLURM_ARRAY_TASK_ID": "7", "PBS_ARRAY_INDEX": "1"}, 2)]
        for env, part in cases:
            with self.subTest(env=env):
                parts = self.plan("60000")
                self.assertEqual(self.converted(parts, **env), {part})
                self.assertEqual(self.converted(parts, "--tasks", "5", **env), set(range(2, parts, 5)))
                shutil.rmtree(self.work)

    def test_counts_that_do_not_shrink_are_taken(self):
        for env in ({"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "3"}, {"VISIONSHARD_TASK": "1", "VISIONSHARD_TASKS": "3"},
                    {"CLOUD_RUN_TASK_INDEX": "1", "CLOUD_RUN_TASK_COUNT": "3"}, {"VISIONSHARD_TASK": "1/3"}):
            parts = self.plan("60000")
            self.assertEqual(self.converted(parts, **env), set(range(1, parts, 3)), env)
            shutil.rmtree(self.work)

    def test_what_cannot_be_told_is_asked_for(self):
        self.plan("60000")
        for env, word in (({}, "--task 0/1 does everything"), ({"SLURM_ARRAY_TASK_ID": "1", "JOB_COMPLETION_INDEX": "1"}, "--task I/A"),
                          ({"SLURM_ARRAY_TASK_ID": "99999"}, "99999"), ({"VISIONSHARD_TASK": "x"}, "VISIONSHARD_TASK")):
            self.assertIn(word, self.step("map", status=2, env=env).stderr)
        for option in ("3/3", "1/0", "x", "-1/4", "1/2/3", "/"):
            self.step("map", "--task", option, status=2)
        self.step("map", "--task", "1/3", "--tasks", "4", status=2)

    def test_indexes_on_standard_input(self):
        parts = self.plan("60000")
        command = [PROGRAM, "map", str(self.work), "--task", "-", "--no-sync"]
        subprocess.run(command, input=b"1\nkey\t3\n\n0 4\r\n", check=True, stdout=subprocess.PIPE)
        missing = self.step("status", "--missing", "map", status=4).stdout
        self.assertEqual(missing.split(",")[:3], ["0", "2", f"5-{parts - 1}\n"])
        subprocess.run([*command, "--tasks", "2"], input=b"0\n1\n", check=True, stdout=subprocess.PIPE)
        self.finish()


if __name__ == "__main__":
    unittest.main()
