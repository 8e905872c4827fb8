"""Faults of a job: tasks that die, run twice or late; inputs, parts and shards that change or disappear."""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM
from test_distribute import OPTIONS, JobTest, made
from test_resume import corpus, digests


class FaultTest(JobTest):
    def test_tasks_killed_at_any_time(self):
        parts, rng = self.plan("20000"), random.Random(3)
        for step, count in (("map", 14), ("pack", 10)):
            for _ in range(count):
                with subprocess.Popen([PROGRAM, step, self.work, "--task", f"{rng.randrange(3)}/3"], stdout=subprocess.DEVNULL) as run:
                    try:
                        run.wait(rng.uniform(0.005, 0.15))
                    except subprocess.TimeoutExpired:
                        run.send_signal(signal.SIGKILL)
            self.step(step, "--task", "0/1")
            self.assertEqual(self.step("status", "--missing", step).stdout, "")
            if step == "map":
                self.step("merge")
        self.finish()

    def test_tasks_that_run_many_times_at_once(self):
        self.plan("20000")
        for step in ("map", "pack"):
            runs = [subprocess.Popen([PROGRAM, step, self.work, "--task", "0/1", "--no-sync"], stdout=subprocess.PIPE, text=True)
                    for _ in range(4)]
            made_by = [int(re.search(r" (\d+) (?:parts?|shards?)\b", run.communicate()[0])[1]) for run in runs]
            self.assertEqual([run.returncode for run in runs], [0] * 4)
            if step == "map":
                self.assertEqual(sum(made_by), len(self.done_records()))
                self.step("merge")
        self.finish()

    def test_what_was_deleted_is_made_again(self):
        parts = self.plan("20000")
        self.map_all()
        folders = sorted(path for path in self.done_records()[0].parent.iterdir() if path.is_dir())
        shutil.rmtree(folders[3])
        (folders[5] / "examples").unlink()
        self.done_records()[7].unlink()
        self.assertEqual(self.step("status", "--missing", "map", status=4).stdout, "3,5,7\n")
        self.step("merge", status=4)
        for task in (3, 5, 7):
            self.step("map", "--task", f"{task}/{parts}")
        self.step("merge")
        # After the merge as well: the layout does not depend on which attempt made a part.
        shutil.rmtree(sorted(path for path in self.done_records()[0].parent.iterdir() if path.is_dir())[0])
        self.assertIn("part 0 is not there any more", self.step("pack", "--task", "0/1", status=4).stderr)
        self.map_all()
        self.step("pack", "--task", "0/1")
        (self.work / "train-00001.jsonl").unlink()
        self.assertEqual(self.step("status", "--missing", "pack", status=4).stdout, "1\n")
        self.finish()

    def test_a_shard_that_was_changed_since_it_was_packed_is_not_sealed(self):
        self.plan("50000")
        self.map_all()
        self.step("merge")
        self.step("pack", "--task", "0/1")
        shard = self.work / "train-00001.jsonl"
        data = bytearray(shard.read_bytes())
        data[20] ^= 1
        shard.write_bytes(data)
        self.assertIn("train-00001.jsonl: was changed", self.step("seal", status=3).stderr)
        self.assertFalse((self.work / "manifest.json").exists())
        shard.unlink()
        self.step("pack", "--task", "0/1")
        self.finish()

    def test_a_part_that_was_changed_since_it_was_made_goes_no_further(self):
        self.plan("20000")
        self.map_all()
        folder, = (path.parent for path in sorted(self.work.glob(".visionshard/*/parts/000001.*/data-*")))
        kept = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        # Times alone are no reason.
        for path in kept:
            os.utime(path)
        for command, name in (("merge", "examples"), ("pack", "data-00000.jsonl"), ("seal", "rejected.jsonl")):
            path = folder / name
            if path not in kept:
                folder, path = next((path.parent, path) for path in sorted(self.work.glob(f".visionshard/*/parts/*/{name}")))
            data = path.read_bytes()
            path.write_bytes(data[:7] + bytes([data[7] ^ 1]) + data[8:])
            task = ("--task", "0/1") if command == "pack" else ()
            self.assertIn(f"{name}: was changed", self.step(command, *task, status=3).stderr)
            path.write_bytes(data)
            self.step(command, *task)
        self.assertEqual(made(self.work), self.wanted)

    def test_a_shard_that_has_gone_since_it_was_sealed_is_told(self):
        self.plan("50000")
        self.map_all()
        self.finish()
        (self.work / "train-00001.jsonl").unlink()
        for command in (("status",), ("map", "--task", "0/1"), ("merge",), ("pack", "--task", "0/1"), ("seal",)):
            self.assertIn("train-00001.jsonl", self.step(*command, status=3).stderr)
        self.plan("50000", "--force")
        self.map_all()
        self.finish()

    def test_a_finished_job_needs_no_layout(self):
        self.plan("50000")
        self.map_all()
        shards = self.finish()
        (self.work / "layout.json").unlink()
        self.assertEqual(int(self.step("merge").stdout), shards)
        self.step("pack", "--task", "0/1")
        self.step("seal")

    def test_a_job_whose_parts_were_removed_is_planned_again(self):
        self.plan("50000")
        shutil.rmtree(self.work / ".visionshard")
        self.assertIn("run visionshard plan again", self.step("map", "--task", "0/1", status=3).stderr)
        self.plan("50000")
        self.map_all()
        self.finish()

    def test_a_seal_leaves_another_plans_folder_alone(self):
        self.plan("50000")
        self.map_all()
        self.step("merge")
        self.step("pack", "--task", "0/1")
        other = self.work / ".visionshard" / "0123456789abcdef"
        other.mkdir()
        self.step("seal")
        self.assertEqual(list((self.work / ".visionshard").iterdir()), [other])

    def test_a_plan_that_was_killed_can_be_made_again(self):
        self.write("work/.visionshard/0123456789abcdef/plan.host.1.0.partial", b"{")
        (self.dir / "work/.visionshard/0123456789abcdef/parts").mkdir()
        self.plan("50000")
        self.map_all()
        self.finish()

    def test_plans_and_seals_at_once(self):
        def at_once(*command):
            running = [subprocess.Popen([PROGRAM, *map(str, command), "-q"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                       for _ in range(8)]
            for process in running:
                _, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0, err)

        for _ in range(3):
            at_once("plan", *self.inputs, "-o", self.work, "--part-bytes", "50000", *OPTIONS)
            self.map_all()
            self.step("merge")
            self.step("pack", "--task", "0/1")
            at_once("seal", self.work)
            self.assertEqual(made(self.work), self.wanted)
            self.assertFalse((self.work / ".visionshard").exists())
            shutil.rmtree(self.work)

    def test_a_task_that_is_late_rebuilds_nothing(self):
        parts = self.plan("20000")
        with subprocess.Popen([PROGRAM, "map", self.work, "--task", "0/1", "--threads", "1"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE) as late:
            while not self.done_records() and late.poll() is None:
                time.sleep(0.001)
            late.send_signal(signal.SIGSTOP)
            self.assertLess(len(self.done_records()), parts)
            self.map_all()
            self.finish()
            late.send_signal(signal.SIGCONT)
            _, err = late.communicate(timeout=60)
        self.assertEqual(late.returncode, 0, err)
        self.assertFalse((self.work / ".visionshard").exists())

    def test_inputs_that_changed_stop_a_task(self):
        path = self.write("a.jsonl", corpus(80))
        for change in (lambda: os.utime(path), lambda: path.write_bytes(path.read_bytes() + b"\n"), lambda: path.unlink()):
            path.write_bytes(corpus(80))
            self.plan("30000", inputs=[path])
            self.step("map", "--task", "0/4")
            change()
            self.assertIn("a.jsonl", self.step("map", "--task", "1/4", status=3).stderr)
            shutil.rmtree(self.work)

    def test_another_plan_is_refused_or_replaced(self):
        self.plan("20000")
        self.step("map", "--task", "0/2")
        other = self.step("plan", *self.inputs, "-o", self.work, "--part-bytes", "30000", *OPTIONS, status=2)
        self.assertIn("--force", other.stderr)
        for option in ("--resume", ""):
            done = self.run_program("convert", *self.inputs, "-o", self.work, "-q", *OPTIONS, *filter(None, [option]))
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"many machines", done.stderr)
        self.plan("30000", "--force")
        self.assertEqual(self.done_records(), [])
        self.map_all()
        self.finish()
        self.plan("30000")
        self.plan("40000", "--force")
        self.assertEqual(list(self.work.glob("train-*")), [])
        done = self.run_program("convert", *self.inputs, "-o", self.work, "-q", "--force", *OPTIONS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(digests(self.work), self.wanted)

    def test_a_task_of_an_older_plan_harms_nothing(self):
        self.plan("20000")
        self.map_all()
        self.step("merge")
        with subprocess.Popen([PROGRAM, "pack", self.work, "--task", "0/1"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE) as sleeper:
            sleeper.send_signal(signal.SIGSTOP)
            self.plan("30000", "--force", "--prefix", "train")
            self.map_all()
            sleeper.send_signal(signal.SIGCONT)
            sleeper.communicate(timeout=60)
        self.finish()

    def test_machines_that_give_other_bytes_are_named(self):
        self.plan("20000")
        self.map_all()
        record = self.done_records()[4]
        head, tail = record.read_text().split("\n", 1)
        fields = json.loads(head)
        record.write_text(json.dumps(fields | {"host": "oldnode", "codec_self_test": "0" * 64}) + "\n" + tail)
        text = self.step("merge", status=3).stderr
        self.assertIn("oldnode (parts 4)", text)
        self.assertIn(fields["host"], text)
        record.unlink()
        self.map_all()
        self.step("merge")
        self.finish()

    def test_a_part_that_came_out_otherwise_is_told(self):
        self.plan("256MiB", inputs=[self.write("a.jsonl", corpus(3000))])
        self.map_all()
        record, = self.done_records()
        text = record.read_text()
        digest = json.loads(text.split("\n")[1])["shard"]["xxh128"]
        record.unlink()
        before = set(os.listdir(record.parent))
        with subprocess.Popen([PROGRAM, "map", self.work, "--task", "0/1", "--threads", "1"], stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL) as run:
            # While this one is at it, another task publishes.
            while not set(os.listdir(record.parent)) - before:
                self.assertIsNone(run.poll())
            run.send_signal(signal.SIGSTOP)
            self.assertFalse(record.exists())
            record.write_text(text.replace(digest, "f" * 32))
            run.send_signal(signal.SIGCONT)
            stderr = run.communicate(timeout=60)[1].decode()
        self.assertEqual(run.returncode, 3, stderr)
        self.assertIn("made other bytes", stderr)

    def test_an_edited_plan_is_no_plan(self):
        self.plan("20000")
        path = self.work / "plan.json"
        path.write_text(path.read_text().replace('"min_quality": 60', '"min_quality": 61'))
        self.assertIn("was changed", self.step("map", "--task", "0/1", status=3).stderr)

    def test_standard_input_and_pipes_are_refused(self):
        done = self.run_program("plan", "-", "-o", self.work)
        self.assertEqual(done.returncode, 2)
        self.check_message(done, "many machines")
        self.assertFalse(self.work.exists())

    def test_too_many_rejects_show_when_it_is_sealed(self):
        self.plan("50000", "--max-rejects", "1%")
        self.map_all()
        self.step("merge")
        self.step("pack", "--task", "0/1")
        self.step("seal", "-q", status=1)
        self.assertEqual(made(self.work), self.wanted)

    def test_signals_stop_a_task(self):
        self.plan("5000")
        with subprocess.Popen([PROGRAM, "map", self.work, "--task", "0/1"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as run:
            while not self.done_records():
                time.sleep(0.001)
            run.send_signal(signal.SIGTERM)
            self.assertEqual(run.wait(5), 143, run.stderr.read())
        self.map_all()
        self.finish()


if __name__ == "__main__":
    unittest.main()
