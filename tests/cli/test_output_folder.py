"""What a run may do with the folder it writes into: nothing is lost that it still needs, and nothing of another run stays."""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, CliTest, Output, image_line, text_line
from pictures import TINY_URL


class OutputFolderTest(CliTest):
    def setUp(self):
        super().setUp()
        self.input = self.write("in.jsonl", b"".join(text_line(number) + b"\n" for number in range(60)))
        self.out = self.dir / "out"

    def files(self):
        return {path.name: path.read_bytes() for path in self.out.iterdir() if path.is_file()}

    def refused(self, *args, words=()):
        before = self.files() if self.out.exists() else None
        done = self.run_program(*args)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.check_message(done, *words)
        self.assertEqual(self.files() if self.out.exists() else None, before)

    def stopped(self, *options, prefix="train"):
        """Stops a long run when it has published a shard; tried until the signal comes before the end."""
        path = self.write("long.jsonl", b"".join(text_line(number, 300) + b"\n" for number in range(200_000)))
        command = [PROGRAM, "convert", path, "-o", self.out, "-q", "--max-shard-bytes", "1MB", "--prefix", prefix, *map(str, options)]
        for _ in range(20):
            with subprocess.Popen(command, stderr=subprocess.DEVNULL) as run:
                while run.poll() is None and not (self.out / f"{prefix}-00001.jsonl").exists():
                    time.sleep(0.0005)
                run.send_signal(signal.SIGKILL)
            if (self.out / f"{prefix}-00001.jsonl").exists() and not (self.out / "manifest.json").exists():
                return path
            shutil.rmtree(self.out, ignore_errors=True)
        self.fail("every run ended before it was killed")

    def test_a_split_to_keep_is_not_cleared(self):
        options = ["--validation", "20%", "--keep-split", self.out / "manifest.json"]
        self.convert([self.input], *options[:2], output=self.out)
        self.refused("convert", self.input, "-o", self.out, *options, "--force", words=["manifest.json", "--force"])
        self.refused("plan", self.input, "-o", self.out, *options, "--force", words=["manifest.json", "--force"])
        other = self.convert([self.input], *options)
        self.assertEqual(other.validation, Output(self.out).validation)

    def test_a_split_to_keep_whose_shards_were_changed_is_refused(self):
        self.convert([self.input], "--validation", "20%", output=self.out)
        (self.out / "validation-00000.jsonl").write_bytes(b"")
        done = self.run_program("convert", self.input, "-o", self.new_output_dir(), "--validation", "20%",
                                "--keep-split", self.out / "manifest.json")
        self.assertEqual(done.returncode, 2)
        self.check_message(done, "--keep-split", "validation-00000.jsonl", "changed")
        finished = self.convert([self.input], output=self.dir / "finished")
        done = self.run_program("convert", self.input, "-o", finished.dir, "--validation", "20%", "--force",
                                "--keep-split", self.out / "manifest.json")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(Output(finished.dir).shards, finished.shards)

    def test_a_stopped_shuffle_is_continued_as_one_or_refused(self):
        path = self.stopped("--shuffle")
        self.refused("convert", path, "-o", self.out, "--resume", "--max-shard-bytes", "1MB", words=["--shuffle", "--force"])
        done = self.run_program("convert", path, "-o", self.out, "--resume", "--shuffle", "--max-shard-bytes", "1MB", "--no-sync")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_force_leaves_no_shard_of_a_run_with_another_prefix(self):
        for options in ((), ("--validation", "5%")):
            self.stopped(*options, prefix="old")
            (self.out / "mine.jsonl").write_bytes(b"{}\n")
            done = self.run_program("convert", self.input, "-o", self.out, "--prefix", "new", "--force")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(sorted(path.name for path in self.out.glob("*.jsonl")), ["mine.jsonl", "new-00000.jsonl"])
            shutil.rmtree(self.out)

    def test_force_fails_where_a_file_of_the_old_run_cannot_be_removed_and_knows_it_later(self):
        self.convert([self.input], "--max-shard-bytes", 1000, output=self.out)
        old = sorted(path.name for path in self.out.glob("train-*.jsonl"))
        self.assertGreater(len(old), 3)
        stuck = self.out / old[1]
        stuck.unlink()
        (stuck / "x").mkdir(parents=True)
        command = ["convert", self.input, "-o", self.out, "--force", "--prefix", "new"]
        for _ in range(2):
            done = self.run_program(*command)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.check_message(done, old[1], "remove")
            self.assertFalse(list(self.out.glob("new-*")))
        (stuck / "x").rmdir()
        self.assertEqual(self.run_program(*command).returncode, 0)
        self.assertEqual([path.name for path in self.out.glob("*.jsonl")], ["new-00000.jsonl"])

    def test_a_folder_where_the_manifest_would_be_stays(self):
        (self.out / ".visionshard" / "x").mkdir(parents=True)
        (self.out / ".visionshard" / "x" / "y").write_bytes(b"")
        (self.out / "manifest.json").mkdir()
        (self.out / "manifest.json" / "mine").write_bytes(b"mine")
        done = self.run_program("convert", self.input, "-o", self.out, "--force")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.check_message(done, "manifest.json", "directory")
        self.assertEqual((self.out / "manifest.json" / "mine").read_bytes(), b"mine")

    def test_a_finished_run_that_lacks_an_image_or_its_rejected_lines_is_not_complete(self):
        self.input.write_bytes(image_line(TINY_URL) + b"\n" + text_line(1) + b"\n{\n")
        command = ["convert", self.input, "-o", self.out, "--images", "files"]
        for name in ("rejected.jsonl", "images"):
            self.assertEqual(self.run_program(*command, "--force").returncode, 0)
            self.assertIn(b"complete", self.run_program(*command, "--resume").stderr)
            [path] = [path for path in self.out.rglob("*") if path.is_file() and str(path.relative_to(self.out)).startswith(name)]
            path.unlink()
            done = self.run_program(*command, "--resume")
            self.assertEqual(done.returncode, 3, done.stderr)
            self.check_message(done, name, "--force")

    def test_more_shards_in_a_block_than_a_process_may_have_open(self):
        for examples, padding, shard_bytes in ((2000, 0, 100), (40_000, 500, 40_000)):
            self.input.write_bytes(b"".join(text_line(number, padding) + b"\n" for number in range(examples)))
            wanted = b"".join(self.convert([self.input]).shards.values())
            for threads in (1, 2, 8):
                done = subprocess.run([PROGRAM, "convert", self.input, "-o", self.out, "-q", "--max-shard-bytes", str(shard_bytes),
                                       "--force", "--threads", str(threads), *(["--no-sync"] if threads > 1 else [])], stderr=subprocess.PIPE, timeout=120,
                                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
                self.assertEqual(done.returncode, 0, done.stderr)
                shards = sorted(self.out.glob("train-*.jsonl"))
                self.assertGreater(len(shards), 400)
                self.assertEqual(b"".join(path.read_bytes() for path in shards), wanted)

    def test_a_finished_run_of_other_rules_or_inputs_is_not_taken_for_this(self):
        path = self.write("urls.jsonl", image_line("https://example.org/a.png") + b"\n")
        profile = self.write("p.toml", b"urls = true\n")
        command = ["convert", path, "-o", self.out, "--profile", profile, "--resume"]
        self.assertEqual(self.run_program(*command).returncode, 0)
        self.assertIn(b"complete", self.run_program(*command).stderr)
        profile.write_bytes(b"urls = false\n")
        self.refused(*command, words=["urls", "--force"])
        profile.write_bytes(b"urls = true\n")
        path.write_bytes(path.read_bytes().replace(b"a.png", b"b.png"))
        self.refused(*command, words=["urls.jsonl", "modified"])

    def test_a_finished_run_is_known_without_its_run_json(self):
        for content in (None, b"", bytes(100)):
            self.convert([self.input], "--force", output=self.out)
            (self.out / "run.json").unlink() if content is None else (self.out / "run.json").write_bytes(content)
            done = self.run_program("convert", self.input, "-o", self.out, "--resume")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_output_folder_in_the_input_is_no_input(self):
        """Also where a link leads to it."""
        folder = self.dir / "in"
        self.write("in/a.jsonl", text_line(1) + b"\n")
        for out, link in ((folder / "out", None), (self.out, folder / "latest")):
            if link:
                link.symlink_to(out)
            for option in ("--resume", "--resume", "--force"):
                done = self.run_program("convert", folder, "-o", out, option)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([source["path"] for source in Output(out).manifest["inputs"]], [str(folder / "a.jsonl")])
            shutil.rmtree(out)

    def test_a_folder_named_none_is_an_input_where_nothing_is_written(self):
        self.write("in/none/a.jsonl", text_line(1) + b"\n")
        done = self.run_program("convert", ".", "-o", "none", "--json", cwd=self.dir / "in")
        self.assertEqual((done.returncode, json.loads(done.stdout)["counts"]["lines"]), (0, 1))

    def test_a_finished_run_of_an_input_whose_name_is_no_utf8_is_known_again(self):
        path = self.dir / os.fsdecode(b"caf\xe9.jsonl")
        path.write_bytes(text_line(1) + b"\n")
        for _ in range(2):
            done = self.run_program("convert", path, "-o", self.out, "--resume")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"complete", done.stderr)

    def test_plan_refuses_what_convert_refuses(self):
        for options in (["--validation", "20%", "--prefix", "validation"], ["--shuffle", "--shards", "2"],
                        ["--validation", "20%", "--shards", "1"], ["--near-duplicates", "group"],
                        ["--keep-split", "nowhere/manifest.json"], ["--profile", "together", "--layout", "trl"],
                        ["--prefix", "a/b"], ["--prefix", "a\nb"]):
            for command in ("convert", "plan"):
                with self.subTest(command, options=options):
                    self.refused(command, self.input, "-o", self.out, *options, words=[options[-2].replace("--profile", "")])
                    self.assertFalse(self.out.exists())

    def test_plan_needs_a_folder(self):
        self.refused("plan", self.input, "-o", "none", words=["-o none"])

    def test_plan_refuses_paths_that_it_cannot_record(self):
        folder = self.dir / os.fsdecode(b"caf\xe9")
        folder.mkdir()
        shutil.copy(self.input, folder / "a.jsonl")
        self.refused("plan", folder, "-o", self.out, words=["UTF-8"])
        self.refused("plan", self.input, "-o", self.out, "--image-root", folder, words=["UTF-8"])


if __name__ == "__main__":
    unittest.main()
