"""An interrupted run, by any cause, and the run that continues it."""
import hashlib
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
from harness import BUILT_WITHOUT, PROGRAM, CliTest, asked, image_line, text_line
from pictures import TINY_URL, data_url, encode, photo
from test_heif import heic

KILLS = int(os.environ.get("KILLS", "30"))
NOT_PROMISED = ("run.json", "report.html")


def digests(directory):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir()
            if path.is_file() and path.name not in NOT_PROMISED}


def corpus(lines):
    """Pictures to keep and to convert, text, lines to reject and blank ones."""
    rng = random.Random(7)
    keep = [data_url(encode(photo(120, 90, seed), "JPEG", quality=90), "jpeg") for seed in range(4)]
    turn = [data_url(encode(photo(160, 120, seed, mode="L"), "PNG"), "png") for seed in range(12)]
    out = []
    for number in range(lines):
        kind = rng.random()
        if kind < 0.02:
            out.append(rng.choice([b"", b"  ", b"{", b'{"messages":[]}', b"\xff"]))
        elif kind < 0.3:
            out.append(text_line(number, rng.randrange(3000)))
        else:
            out.append(image_line(rng.choice(keep + turn), number))
    return b"\n".join(out) + b"\n"


class ResumeTest(CliTest):
    LIMIT = ("--max-shard-bytes", "300000")

    def setUp(self):
        super().setUp()
        # Byte order marks in mid-file and texts that hide images are counted once, wherever the run is stopped.
        hidden = asked('"![x](%s)"' % TINY_URL) + b"\n"
        self.inputs = [self.write("a.jsonl", corpus(250) + hidden),
                       self.write("b.jsonl", b"\xef\xbb\xbf" + corpus(120).replace(b"\n{", b"\n\xef\xbb\xbf{") + hidden)]
        gz = subprocess.run(["gzip", "-c", self.inputs[0]], stdout=subprocess.PIPE, check=True).stdout
        self.inputs.append(self.write("c.jsonl.gz", gz))
        self.out = self.dir / "out"
        self.command = [*map(str, self.inputs), "-o", str(self.out), *self.LIMIT, "-q"]

    def uninterrupted(self):
        return digests(self.convert(self.inputs, *self.LIMIT).dir)

    def start(self, *options):
        return subprocess.Popen([PROGRAM, "convert", *self.command, *options], stderr=subprocess.PIPE)

    def stopped_after(self, shards, sign=signal.SIGKILL, options=("--threads", "1")):
        """The status of a run that was sent a signal when so many shards were there."""
        with self.start(*options) as process:
            last = self.out / f"train-{shards - 1:05}.jsonl"
            while process.poll() is None and not last.exists():
                time.sleep(0.0005)
            process.send_signal(sign)
            self.stderr = process.communicate(timeout=60)[1].decode()
        self.assertFalse((self.out / "manifest.json").exists(), "the run was over before the signal came")
        return process.returncode

    def resumed(self, *options, status=0):
        done = self.run_program("convert", *self.command, "--resume", *options)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_a_kill_loop_ends_with_the_bytes_of_an_uninterrupted_run(self):
        wanted = self.uninterrupted()
        rng, kills = random.Random(1), 0
        while kills < KILLS:
            with self.start("--resume", "--threads", rng.choice("124"), "--memory", rng.choice(["1MiB", "1GiB"])) as run:
                try:
                    run.wait(rng.uniform(0.005, 0.35))
                except subprocess.TimeoutExpired:
                    run.kill()
                    kills += 1
                    continue
                self.assertEqual(run.returncode, 0, run.stderr.read())
            self.assertEqual(digests(self.out), wanted)
            subprocess.run(["rm", "-rf", self.out], check=True)
        self.resumed()
        self.assertEqual(digests(self.out), wanted)

    def test_each_number_of_shards_can_be_gone_on_from(self):
        wanted = self.uninterrupted()
        for shards in (1, 2, 5, 9):
            self.stopped_after(shards)
            self.resumed()
            self.assertEqual(digests(self.out), wanted)
            subprocess.run(["rm", "-rf", self.out], check=True)

    def test_complete_shards_are_not_written_again(self):
        self.stopped_after(3)
        before = {path.name: path.stat().st_ino for path in self.out.glob("train-*.jsonl")}
        self.resumed()
        self.assertEqual(before, {name: (self.out / name).stat().st_ino for name in before})

    def test_signals_leave_a_run_that_can_be_resumed(self):
        wanted = self.uninterrupted()
        for sign, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            begin = time.monotonic()
            self.assertEqual(self.stopped_after(2, sign, ("--threads", "2")), status)
            self.assertLess(time.monotonic() - begin, 10)
            self.assertIn("--resume", self.stderr)
            self.assertIn("--force", self.stderr)
            self.resumed()
            self.assertEqual(digests(self.out), wanted)
            subprocess.run(["rm", "-rf", self.out], check=True)

    def test_without_resume_it_is_refused_with_both_ways_on(self):
        self.stopped_after(1)
        before = digests(self.out / ".visionshard")
        done = self.run_program("convert", *self.command)
        self.assertEqual(done.returncode, 2)
        self.check_message(done, self.out, "--resume", "--force")
        self.assertEqual(digests(self.out / ".visionshard"), before)

    def test_other_options_and_inputs_are_refused_by_name(self):
        self.stopped_after(1)
        for options, name in ((("--min-quality", "70"), "min_quality"), (("--detail", "low"), "detail"),
                              (("--profile", "azure"), "profile"), (("--max-image-bytes", "9MB"), "max_image_bytes"),
                              (("--shards", "9"), "shards"), (("--fit-model", "tiles"), "fit_model"),
                              (("--digest", "sha256"), "digest")):
            done = self.run_program("convert", *self.command, "--resume", *options)
            self.assertEqual(done.returncode, 2, options)
            self.check_message(done, self.out, name)
        os.utime(self.inputs[1], ns=(1, 1))
        done = self.run_program("convert", *self.command, "--resume")
        self.assertEqual(done.returncode, 2)
        self.check_message(done, "modified")
        self.inputs[1].write_bytes(b"{}\n")
        done = self.run_program("convert", *self.command, "--resume")
        self.assertEqual(done.returncode, 2)

    @unittest.skipIf("libheif" in BUILT_WITHOUT, "a build without libheif")
    def test_another_version_of_a_library_is_refused_where_a_finished_shard_needed_it(self):
        journal = self.out / ".visionshard" / "journal.jsonl"
        self.stopped_after(1)
        self.assertNotIn(b"libheif", journal.read_bytes())
        subprocess.run(["rm", "-rf", self.out], check=True)
        self.inputs[0].write_bytes(image_line(data_url(heic(photo(64, 48, 1)), "heic"), 0) + b"\n" + corpus(250))
        self.stopped_after(1)
        used = re.search(rb"libheif \d[.\d]*", journal.read_bytes())[0]
        journal.write_bytes(journal.read_bytes().replace(used, b"libheif 0.9"))
        done = self.run_program("convert", *self.command, "--resume")
        self.assertEqual(done.returncode, 2)
        self.check_message(done, self.out, "libheif 0.9", used.decode())
        journal.write_bytes(journal.read_bytes().replace(b"libheif 0.9", used))

    def test_codecs_that_give_other_bytes_are_refused_and_named(self):
        self.stopped_after(1)
        journal = self.out / ".visionshard" / "journal.jsonl"
        text = journal.read_bytes()
        digest = re.search(rb'"codec_self_test": *"([0-9a-f]{64})"', text)[1]
        journal.write_bytes(text.replace(digest, b"0" * 64))
        done = self.run_program("convert", *self.command, "--resume")
        self.assertEqual(done.returncode, 2)
        self.check_message(done, self.out, "codec libraries", digest.decode())
        journal.write_bytes(text)
        self.resumed()

    def test_options_that_change_no_byte_may_change(self):
        wanted = self.uninterrupted()
        self.stopped_after(2)
        self.resumed("--threads", "3", "--memory", "64MiB", "--no-sync")
        self.assertEqual(digests(self.out), wanted)

    def test_a_torn_record_is_no_record(self):
        wanted = self.uninterrupted()
        self.stopped_after(3)
        journal = self.out / ".visionshard" / "journal.jsonl"
        text = journal.read_bytes()
        for cut in (1, 40, len(text.splitlines(True)[-1]) + 7):
            journal.write_bytes(text[:-cut])
            self.resumed()
            self.assertEqual(digests(self.out), wanted)
            subprocess.run(["rm", "-rf", self.out], check=True)
            self.stopped_after(3)
            text = journal.read_bytes()

    def test_a_rename_that_was_announced_is_done(self):
        wanted = self.uninterrupted()
        self.stopped_after(3)
        last = sorted(self.out.glob("train-*.jsonl"))[-1]
        last.rename(self.out / ".visionshard" / last.name)
        self.resumed()
        self.assertEqual(digests(self.out), wanted)

    def test_a_shard_that_is_gone_short_or_changed_is_written_again(self):
        wanted = self.uninterrupted()
        for spoil in (lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-1]),
                      lambda path: path.write_bytes(path.read_bytes().replace(b"user", b"resu", 1)), os.utime):
            self.stopped_after(4)
            spoil(self.out / "train-00001.jsonl")
            self.resumed()
            self.assertEqual(digests(self.out), wanted)
            subprocess.run(["rm", "-rf", self.out], check=True)

    def test_a_death_before_the_journal_begins_anew(self):
        wanted = self.uninterrupted()
        (self.out / ".visionshard").mkdir(parents=True)
        self.resumed()
        self.assertEqual(digests(self.out), wanted)

    def test_nothing_there_is_a_beginning(self):
        wanted = self.uninterrupted()
        self.resumed()
        self.assertEqual(digests(self.out), wanted)

    def test_a_finished_run_is_left_as_it_is(self):
        self.resumed()
        before = {path.name: path.stat().st_mtime_ns for path in self.out.iterdir()}
        done = self.resumed()
        self.check_message(done, self.out, "complete")
        self.assertEqual({path.name: path.stat().st_mtime_ns for path in self.out.iterdir()}, before)
        done = self.run_program("convert", *self.command, "--resume", "--min-quality", "70")
        self.assertEqual(done.returncode, 2)
        self.check_message(done, "min_quality")

    def test_a_death_behind_the_manifest_is_a_finished_run(self):
        self.resumed()
        (self.out / ".visionshard").mkdir()
        before = {path.name for path in self.out.iterdir()} - {".visionshard"}
        self.resumed()
        self.assertEqual({path.name for path in self.out.iterdir()}, before)

    def test_standard_input_and_pipes_are_refused(self):
        fifo = self.dir / "fifo"
        os.mkfifo(fifo)
        for source in ("-", fifo):
            done = self.run_program("convert", source, "-o", self.out, "--resume", stdin=text_line(1))
            self.assertEqual(done.returncode, 2)
            self.check_message(done, "--resume", source)
            self.assertFalse(self.out.exists())

    def test_force_replaces_an_unfinished_run(self):
        wanted = self.uninterrupted()
        self.stopped_after(2)
        done = self.run_program("convert", *self.command, "--force")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(digests(self.out), wanted)
        done = self.run_program("convert", *self.command, "--force", "--resume")
        self.assertEqual(done.returncode, 2)

    def test_counts_and_manifest_are_those_of_one_run(self):
        self.stopped_after(6)
        self.resumed()
        manifest = json.loads((self.out / "manifest.json").read_bytes())
        counts = manifest["counts"]
        self.assertEqual(counts["lines"], counts["blank"] + counts["written"] + counts["rejected"])
        self.assertEqual([source["lines"] for source in manifest["inputs"]], [251, 121, 251])
        self.assertEqual([source["bytes"] for source in manifest["inputs"]],
                         [path.stat().st_size for path in self.inputs])

    def test_two_runs_into_one_folder_do_not_mix(self):
        wanted = self.uninterrupted()
        for first, second in (("--resume", "--resume"), ("--force", "--force"), ("--resume", "--force"), ("--force", "--resume")):
            with self.subTest(first=first, second=second), self.start(first, "--threads", "1") as run:
                while run.poll() is None and not (self.out / "train-00002.jsonl").exists():
                    time.sleep(0.0005)
                run.send_signal(signal.SIGSTOP)
                other = self.run_program("convert", *self.command, second)
                run.send_signal(signal.SIGCONT)
                self.assertEqual(other.returncode, 2)
                self.assertIn(b"another run", other.stderr)
                self.assertEqual(run.wait(60), 0, run.stderr.read())
            self.assertEqual(digests(self.out), wanted)
            shutil.rmtree(self.out)

    def test_a_shard_missing_from_a_finished_run_is_told(self):
        self.resumed()
        (self.out / "train-00001.jsonl").write_bytes(b"short")
        self.assertIn(b"train-00001.jsonl: has 5 bytes", self.resumed(status=3).stderr)
        (self.out / "train-00001.jsonl").unlink()
        self.assertIn(b"train-00001.jsonl", self.resumed(status=3).stderr)

    def test_a_journal_that_names_a_shard_twice_is_believed_up_to_there(self):
        wanted = self.uninterrupted()
        self.stopped_after(4)
        journal = self.out / ".visionshard" / "journal.jsonl"
        lines = journal.read_bytes().splitlines(True)
        journal.write_bytes(b"".join([*lines, lines[-1]]))
        self.resumed()
        self.assertEqual(digests(self.out), wanted)

    def test_planted_links_are_not_written_through(self):
        self.stopped_after(2)
        victim = self.write("victim", b"mine")
        for name in ("manifest.json.partial", "report.html.partial", "run.json.partial"):
            (self.out / name).symlink_to(victim)
        self.resumed()
        self.assertEqual(victim.read_bytes(), b"mine")
        self.assertFalse((self.out / "manifest.json").is_symlink())

    def test_a_pipe_or_a_folder_in_the_manifests_place_hangs_nothing(self):
        for make in (os.mkfifo, os.mkdir):
            self.out.mkdir()
            make(self.out / "manifest.json")
            done = self.run_program("convert", *self.command, timeout=20)
            self.assertEqual(done.returncode, 2, done.stderr)
            shutil.rmtree(self.out)

    def test_an_input_that_changes_while_it_is_read_is_told(self):
        big = self.write("big.jsonl", corpus(2000))
        with subprocess.Popen([PROGRAM, "convert", str(big), "-o", str(self.out), *self.LIMIT, "-q", "--threads", "1"],
                              stderr=subprocess.PIPE) as process:
            while process.poll() is None and not (self.out / "train-00000.jsonl").exists():
                time.sleep(0.0005)
            with open(big, "ab") as file:
                file.write(text_line(1) + b"\n")
            stderr = process.communicate(timeout=60)[1].decode()
        self.assertEqual(process.returncode, 3, stderr)
        self.assertIn("changed", stderr)
        self.assertFalse((self.out / "manifest.json").exists())


if __name__ == "__main__":
    unittest.main()
