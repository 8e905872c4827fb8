"""Options, exit codes, messages, and what happens to directories that are not ours."""
import gzip
import json
import os
import shlex
import subprocess
import sys
import tomllib
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, CliTest, Output, image_line, text_line
from pictures import TINY_URL

LINE = text_line(1) + b"\n"
OPTIONS = ["--output", "--profile", "--max-images-per-example", "--max-image-bytes", "--max-image-examples",
           "--max-shard-bytes",
           "--max-pixels", "--max-line-bytes", "--threads", "--memory", "--verify", "--orient", "--min-quality",
           "--on-bad-image",
           "--on-assistant-image", "--image-root", "--urls", "--store", "--prefix", "--rejects", "--max-rejects",
           "--force",
           "--progress", "--json",
           "--config"]
BAD_OPTIONS = [
    ["--no-such-option"], ["--no-such-option", "1"], ["--profile", "nobody"], ["--profile", ""], ["--profile"],
    *[[option, size] for option in ("--max-image-bytes", "--max-shard-bytes", "--max-line-bytes", "--memory")
      for size in ("ten", "10XB", "", "-5", "MB", "1.2.3MB", "99999999999999999999", "99999999999GiB", "0x10",
                   "10MBs")],
    ["--max-images-per-example", "many"], ["--max-images-per-example", "-1"],
    ["--max-images-per-example", "99999999999999999999"],
    ["--max-image-examples", "x"], ["--max-image-examples", "-1"], ["--max-pixels", "-1"], ["--max-pixels", "1.5"],
    ["--max-pixels", "x"],
    ["--threads", "-1"], ["--threads", "two"], ["--threads", "1.5"], ["--threads", "99999999999"],
    ["--min-quality", "101"], ["--min-quality", "-1"], ["--min-quality", "good"],
    ["--max-rejects", "few"], ["--max-rejects", "-1"], ["--max-rejects", "%"], ["--max-rejects", "-1%"],
    ["--max-rejects", "101%"],
    ["--verify", "nothing"], ["--orient", "turn"], ["--on-bad-image", "keep"], ["--on-assistant-image", "keep"],
    ["--rejects", "none"],
    ["--keep-split", ""], ["--exclude", ""],
    ["--progress", "loud"], ["--prefix", "a/b"], ["--prefix", "../x"], ["--prefix", "/x"],
]


class RefusalTest(CliTest):
    def refused(self, done, *names, statuses=(2,)):
        self.assertIn(done.returncode, statuses, done.stderr)
        self.assertEqual(done.stdout, b"")
        self.check_message(done, *names)

    def contents(self, directory):
        return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


class UsageTest(RefusalTest):
    def test_bad_options(self):
        path = self.write("a.jsonl", LINE)
        for bad in BAD_OPTIONS:
            with self.subTest(bad):
                output = self.new_output_dir()
                self.refused(self.run_program("convert", path, "-o", output, *bad), bad[0])
                self.assertFalse(output.exists(), "a usage error leaves nothing behind")

    def test_bad_values_are_named(self):
        path = self.write("a.jsonl", LINE)
        for option, value in (("--profile", "nobody"), ("--max-image-bytes", "10XB"), ("--verify", "nothing"),
                              ("--max-rejects", "few")):
            self.refused(self.run_program("convert", path, "-o", self.new_output_dir(), option, value), option, value)

    def test_a_word_that_is_none_of_the_choices_is_answered_with_them(self):
        for option, choices in (("--verify", "pixels|structure"), ("--orient", "bake|keep"), ("--duplicates", "drop|keep"),
                                ("--progress", "auto|bar|json|off|plain"), ("--log-level", "error|info|warning")):
            done = self.run_program("convert", self.write("a.jsonl", LINE), "-o", self.dir / "o", option, "nonsense")
            self.assertEqual(done.returncode, 2)
            self.check_message(done, f"{option}: 'nonsense' is none of {choices}")

    def test_missing_output(self):
        self.refused(self.run_program("convert", self.write("a.jsonl", LINE)), "--output")

    def test_missing_input(self):
        self.refused(self.run_program("convert", "-o", self.new_output_dir()))

    def test_commands(self):
        self.refused(self.run_program())
        self.refused(self.run_program("transform"), "transform")

    def test_help_and_version(self):
        for args in (["--help"], ["convert", "--help"], ["--version"]):
            with self.subTest(args):
                done = self.run_program(*args)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertTrue(done.stdout.strip())
        shown = self.run_program("convert", "--help").stdout.decode()
        for option in OPTIONS:
            self.assertIn(option, shown)
        self.assertIn("convert", self.run_program("--help").stdout.decode())

    def test_sizes(self):
        exact, over = text_line(1, 1000 - len(text_line(1))), text_line(2, 1024 - len(text_line(2)))
        self.assertEqual((len(exact), len(over)), (1000, 1024))
        more = text_line(3, 1025 - len(text_line(3)))
        for text, written in (("1000", 1), ("1KB", 1), ("1023", 1), ("1024", 2), ("1KiB", 2), ("1025", 3), ("1MB", 3),
                              ("1MiB", 3), ("1GB", 3), ("1.02KB", 1), ("1.024KB", 2), ("0.001MB", 1), ("1.5MiB", 3), ("0.99999MB", 3), ("0.9999KB", 0)):
            with self.subTest(text):
                self.assertEqual(len(self.convert([exact, over, more], "--max-line-bytes", text).written), written)

    def test_standard_input_twice(self):
        self.refused(self.run_program("convert", "-", "-", "-o", self.dir / "out", stdin=LINE), "only once", statuses=(2,))

    def test_option_with_equals_sign(self):
        self.convert([text_line(1)], "--prefix=val", prefix="val")

    def test_plain_run_prints_no_data(self):
        result = self.convert([text_line(number, 500) for number in range(50)] + [b"{"] * 50)
        self.assertNotIn(b"xxxx", result.stdout + result.stderr)
        self.assertLess(len(result.stdout), 4000)
        self.assertNotIn(b"\x1b", result.stdout + result.stderr, "no terminal, no control sequences")

    def test_quiet(self):
        result = self.convert([text_line(number) for number in range(20)], "-q")
        self.assertEqual(result.stderr, b"")

    def test_progress_kinds(self):
        for kind in ("auto", "bar", "plain", "json", "off"):
            self.convert([text_line(number) for number in range(20)], "--progress", kind)
        self.assertEqual(self.convert([text_line(number) for number in range(20)], "--progress", "off").stderr, b"")

    def test_json_summary_alone_on_standard_output(self):
        for more in ([], ["--progress", "plain"], ["-q"]):
            done = self.convert([text_line(1), image_line(TINY_URL), b"{"], "--json", *more)
            self.assertIsInstance(json.loads(done.stdout), dict)

    def test_every_option_together(self):
        self.convert([text_line(1), image_line(TINY_URL)], "--profile", "openai", "--max-images-per-example", "5",
                     "--max-image-bytes", "1MB",
                     "--max-image-examples", "10", "--max-shard-bytes", "1MB", "--max-pixels", "1000",
                     "--max-line-bytes", "1MiB", "--threads", "2",
                     "--memory", "64MiB", "--verify", "pixels", "--orient", "keep", "--min-quality", "50",
                     "--on-bad-image", "drop",
                     "--on-assistant-image", "drop", "--image-root", self.dir, "--prefix", "p", "--rejects",
                     "reference", "--max-rejects", "5%",
                     "--progress", "off", "--json", prefix="p")


class StandardErrorTest(CliTest):
    """If no one can read the output, the exit status is the same."""

    def statuses(self, *options):
        for to in ("2>&-", "2>/dev/full", "2> >(exit 0)"):
            command = " ".join(map(shlex.quote, [PROGRAM, *map(str, options), "-o", str(self.new_output_dir())]))
            yield subprocess.run(["bash", "-c", f"{command} {to} >/dev/null"], timeout=60).returncode

    def test_messages_that_cannot_be_written(self):
        bad = self.write("bad.jsonl", b"{\n" + text_line(1) + b"\n")
        for wanted, options in ((3, ["convert", self.dir / "nowhere.jsonl"]), (0, ["convert", bad]), (2, ["convert"]),
                                (1, ["convert", bad, "--max-rejects", "0"])):
            with self.subTest(options=options):
                self.assertEqual(set(self.statuses(*options)), {wanted})

    def test_a_limit_on_the_size_of_files_is_a_message(self):
        path = self.write("a.jsonl", (text_line(1, 3000) + b"\n") * 200)
        done = subprocess.run(["prlimit", "--fsize=100000", PROGRAM, "convert", path, "-o", self.dir / "out", "--no-sync"],
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.check_message(done, "File too large")

    def test_names_cannot_drive_a_terminal(self):
        names = [b"\x1b[31m.jsonl", b"\xff\x9b31m.jsonl", "\u009b31m.jsonl".encode(), "\u202egnp.jsonl".encode(),
                 "\u200b.jsonl".encode(), b"\xf5\x80\x80\x80.jsonl", b"\xc0\xaf.jsonl".replace(b"\xaf", b"\x9b")]
        for name in names:
            path = os.path.join(os.fsencode(self.dir), name)
            with open(path, "wb") as file:
                file.write(b"{\n")
            for command in ("convert", "check"):
                out = [b"-o", os.fsencode(self.new_output_dir())] if command == "convert" else []
                done = subprocess.run([os.fsencode(PROGRAM), command.encode(), path, *out], capture_output=True, timeout=60)
                shown = (done.stdout + done.stderr).decode()  # is UTF-8
                for bad in "\x1b\x9b\u202e\u200b":
                    self.assertNotIn(bad, shown)
        shown = self.run_program("check", self.write("naïve 图 👍.jsonl", b"{\n")).stdout.decode()
        self.assertIn("naïve 图 👍.jsonl", shown)


class OutputDirectoryTest(RefusalTest):
    def finished(self, lines=3):
        return self.convert([text_line(number, 400) for number in range(lines)] + [b"{"], "--max-shard-bytes", "1000")

    def test_empty_directory_is_taken(self):
        output = self.dir / "empty"
        output.mkdir()
        self.convert([text_line(1)], output=output)

    def test_parents_are_created(self):
        self.convert([text_line(1)], output=self.dir / "a/b/c")

    def test_finished_run_is_refused(self):
        result = self.finished()
        before = self.contents(result.dir)
        done = self.run_program("convert", self.write("b.jsonl", LINE), "-o", result.dir)
        self.refused(done, result.dir, "--force", statuses=(2, 3))
        self.assertEqual(self.contents(result.dir), before)

    def test_force_replaces_a_finished_run(self):
        result = self.finished(lines=7)
        self.assertGreater(len(result.shards), 2)
        again = self.convert([text_line(9)], "--force", output=result.dir)
        self.assertEqual((again.written, again.rejected_bytes, len(again.shards)), ([text_line(9)], None, 1))

    def test_force_on_a_new_or_empty_directory(self):
        (self.dir / "empty").mkdir()
        self.convert([text_line(1)], "--force", output=self.dir / "empty")
        self.convert([text_line(1)], "--force", output=self.dir / "new")

    def test_unfinished_run_is_refused_with_both_ways_on(self):
        cut = self.write("cut.jsonl.gz", gzip.compress(LINE * 1000)[:-6])
        output = self.new_output_dir()
        self.assertEqual(self.run_program("convert", cut, "-o", output).returncode, 3)
        self.assertTrue((output / ".visionshard").exists())
        path = self.write("a.jsonl", LINE)
        self.refused(self.run_program("convert", path, "-o", output), "--force", statuses=(2, 3))
        self.refused(self.run_program("convert", path, "-o", output), "--resume", "--force", statuses=(2, 3))
        self.assertEqual(self.run_program("convert", path, "-o", output, "--resume").returncode, 2, "other inputs")
        self.convert([path], "--force", output=output)

    def test_foreign_files_survive(self):
        for name in ("notes.txt", "train-00000.jsonl", "manifest.json", "rejected.jsonl", "sub/precious.bin",
                     ".hidden", "report.html"):
            for options in ([], ["--force"]):
                with self.subTest(name=name, options=options):
                    output = self.new_output_dir()
                    self.write(f"{output.name}/{name}", b'{"mine":true}\n')
                    done = self.run_program("convert", self.write("a.jsonl", LINE), "-o", output, *options)
                    self.assertEqual((output / name).read_bytes(), b'{"mine":true}\n')
                    if not options:
                        self.refused(done, output, statuses=(2, 3))
                        self.assertEqual(self.contents(output), {name: b'{"mine":true}\n'})

    def test_foreign_file_beside_a_finished_run_survives_force(self):
        result = self.finished()
        foreign = {"notes.txt": b"mine", "val-00000.jsonl": b"mine too\n", "sub/a.bin": b"\0"}
        for name, data in foreign.items():
            self.write(f"{result.dir.name}/{name}", data)
        self.run_program("convert", self.write("b.jsonl", LINE), "-o", result.dir, "--force")
        after = self.contents(result.dir)
        self.assertEqual({name: after.get(name) for name in foreign}, foreign)

    def test_a_file_called_like_an_input_survives_force(self):
        for name in ("raw.jsonl", "train-99999.jsonl"):
            path = self.write(f"in/{name}", LINE)
            output = self.convert([path]).dir
            self.write(f"{output.name}/{name}", b"mine\n")
            self.convert([path], "--force", output=self.new_output_dir())
            done = self.run_program("convert", path, "-o", output, "--force")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((output / name).read_bytes(), b"mine\n")

    def test_shards_of_any_prefix_are_replaced(self):
        for prefix in ('a"b', "a\\b", "é"):
            output = self.convert([text_line(1)], "--prefix", prefix, prefix=prefix).dir
            self.convert([text_line(2)], "--force", output=output)

    def test_a_replacement_that_was_killed_can_be_begun_again(self):
        path = self.write("a.jsonl", LINE)
        for option in ("--force", "--resume"):
            result = self.finished(lines=7)
            # What stands there in the middle of it: the manifest set aside, a shard gone.
            work = result.dir / ".visionshard"
            work.mkdir()
            (result.dir / "manifest.json").rename(work / "replaced.json")
            (result.dir / "train-00000.jsonl").unlink()
            self.refused(self.run_program("convert", path, "-o", result.dir), "--force", statuses=(2,))
            self.assertEqual(self.convert([path], option, output=result.dir).written, [LINE[:-1]])

    def test_a_folder_that_a_run_had_barely_begun_with_is_empty(self):
        output = self.new_output_dir()
        self.write(f"{output.name}/.visionshard/journal.jsonl.partial", b"")
        self.convert([text_line(1)], output=output)

    def test_input_directory_as_output_keeps_the_input(self):
        path = self.write("corpus/train-00000.jsonl", LINE)
        for options in ([], ["--force"]):
            self.run_program("convert", path.parent, "-o", path.parent, *options)
            self.assertEqual(path.read_bytes(), LINE)

    def test_force_onto_its_own_input_keeps_the_input_or_its_lines(self):
        result = self.finished()
        lines = result.written
        done = self.run_program("convert", result.dir / "train-00000.jsonl", "-o", result.dir, "--force")
        if done.returncode == 0:
            self.assertEqual(Output(result.dir).written, lines[:result.examples_per_shard()[0]])
        else:
            self.assertEqual((result.dir / "train-00000.jsonl").read_bytes(), result.shards["train-00000.jsonl"])

    def test_output_path_that_is_a_file(self):
        target = self.write("taken", b"mine")
        for options in ([], ["--force"]):
            done = self.run_program("convert", self.write("a.jsonl", LINE), "-o", target, *options)
            self.refused(done, target, statuses=(2, 3))
            self.assertEqual(target.read_bytes(), b"mine")
        self.refused(self.run_program("convert", self.write("a.jsonl", LINE), "-o", target / "sub"), target,
                     statuses=(2, 3))

    def test_unwritable_parent(self):
        user = self.unprivileged_user()
        parent = self.dir / "locked"
        parent.mkdir(mode=0o555)
        parent.chmod(0o555)
        done = self.run_program("convert", self.write("a.jsonl", LINE), "-o", parent / "out", user=user)
        self.refused(done, parent, statuses=(3,))


class ConfigTest(RefusalTest):
    def config(self, text):
        return self.write("visionshard.toml", text.encode())

    def test_options_from_a_file(self):
        config = self.config('prefix = "val"\nmax-line-bytes = "1KB"\nmax-images-per-example = 2\n'
                             'rejects = "reference"\njson = true\n')
        result = self.convert([text_line(1), text_line(2, 2000)], "--config", config, prefix="val")
        self.assertEqual(result.reasons, ["line_too_long"])
        self.assertIsInstance(json.loads(result.stdout), dict)

    def test_one_file_serves_all_commands(self):
        config = self.config('prefix = "val"\nprofile = "none"\nmix = "urls"\nmodel = "gpt-4o"\n')
        output = self.convert([text_line(1)], "--config", config, prefix="val").dir
        self.assertEqual(self.run_program("check", output, "--config", config).returncode, 0)
        self.assertEqual(self.run_program("generate", "--examples", 3, "-o", self.dir / "made.jsonl", "--config", config).returncode, 0)

    def test_size_as_a_plain_number(self):
        self.assertEqual(self.convert([text_line(2, 2000)], "--config",
                                      self.config("max-line-bytes = 1000\n")).reasons, ["line_too_long"])

    def test_command_line_wins(self):
        config = self.config('prefix = "val"\nprofile = "fireworks"\n')
        for options in (["--config", config, "--prefix", "cli", "--profile", "azure"],
                        ["--prefix", "cli", "--profile", "azure", "--config", config]):
            self.assertEqual(self.convert([text_line(1)], *options, prefix="cli").manifest["profile"], "azure")

    def test_comments_and_empty_file(self):
        self.convert([text_line(1)], "--config", self.config("# nothing\n\n"))

    def test_errors_name_the_place(self):
        path = self.write("a.jsonl", LINE)
        for text, names in (("no-such-option = 1\n", ["no-such-option"]), ('profile = "nobody"\n', ["profile"]),
                            ('\n\nmax-image-bytes = "ten"\n', ["max-image-bytes"]), ("threads = -1\n", ["threads"]),
                            ('prefix = "val\n', ["visionshard.toml"]), ("= 3\n", ["visionshard.toml"])):
            with self.subTest(text):
                done = self.run_program("convert", path, "-o", self.new_output_dir(), "--config", self.config(text))
                self.refused(done, *names)

    def test_an_empty_list_is_no_value(self):
        path = self.write("a.jsonl", LINE)
        for key in ("shuffle", "force", "json", "quiet", "prefix", "threads"):
            done = self.run_program("convert", path, "-o", self.new_output_dir(), "--config", self.config(f"{key} = []\n"))
            self.assertEqual(done.returncode, 2, key)
            self.check_message(done, "visionshard.toml:1", key, "empty")
        self.convert([text_line(1)], "--config", self.config("exclude = []\n"))

    def test_config_prints_what_does_the_same(self):
        lists = [self.write(f"list{i}", b"host:e.org\n") for i in range(2)]
        excludes = [word for path in lists for word in ("--exclude", path)]
        texts = []
        for given in (["--force", *excludes], ["--config", self.config(
                f'force = 1\nshuffle = 0\nresume = "no"\nexclude = ["{lists[0]}", "{lists[1]}"]\n')]):
            done = self.run_program("config", "a.jsonl", "-o", "out", *given)
            self.assertEqual(done.returncode, 0, done.stderr)
            settings = tomllib.loads(done.stdout.decode())
            self.assertEqual(settings["exclude"], [str(path) for path in lists])
            self.assertEqual(settings["force"], True)
            texts.append(settings)
        self.assertEqual((texts[1]["shuffle"], texts[1]["resume"]), (False, False))

    def test_config_refuses_a_name_that_a_file_cannot_hold(self):
        done = self.run_program("config", "a\udcff.jsonl", "-o", "out")
        self.assertEqual((done.returncode, done.stdout), (2, b""), done.stderr)
        self.check_message(done, "INPUT", "UTF-8")

    def test_missing_config_file(self):
        done = self.run_program("convert", self.write("a.jsonl", LINE), "-o", self.new_output_dir(), "--config",
                                self.dir / "nowhere.toml")
        self.refused(done, "nowhere.toml", statuses=(2, 3))


if __name__ == "__main__":
    unittest.main()
