"""What people, terminals and monitoring see: the bar, settings and where they come from, help, logs, metrics."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, CliTest, text_line


class ProgressTest(CliTest):
    def corpus(self):
        """One that takes a second or so."""
        path = self.dir / "a.jsonl"
        self.run_program("generate", "-o", path, "--mix", "convert", "--bytes", "60MB", "-q", "--seed", "1")
        return path

    def on_terminal(self, path, columns, resize=None, options=()):
        """What a terminal of so many columns was sent on standard error."""
        leader, follower = pty.openpty()
        size = lambda n: fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, n, 0, 0))
        size(columns)
        run = subprocess.Popen([PROGRAM, "convert", path, "-o", self.new_output_dir(), "--no-sync", "--threads", "1",
                                "--progress", "bar", *options],
                               stderr=follower, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        sent, end = b"", time.monotonic() + 60
        os.set_blocking(leader, False)
        while time.monotonic() < end:
            over = run.poll() is not None
            try:
                sent += os.read(leader, 65536)
                if resize:
                    size(resize)
            except BlockingIOError:
                if over:
                    break
                time.sleep(0.01)
        os.close(leader)
        os.close(follower)
        self.assertEqual(run.returncode, 0)
        return sent.decode()

    def frames(self, sent):
        self.assertTrue(sent.startswith("\r") and sent.endswith("\r\x1b[K"), repr(sent[-40:]))
        return [frame for frame in re.split(r"\r|\x1b\[K", sent) if frame]

    def test_a_bar_fits_any_width_and_goes_when_it_is_done(self):
        path = self.corpus()
        for columns in (20, 80, 200):
            frames = self.frames(self.on_terminal(path, columns))
            self.assertGreater(len(frames), 0)
            for frame in frames:
                self.assertLess(len(frame), columns)
                self.assertRegex(frame, r"^\[#*\.*\] +\d+ %")
            if columns == 200:
                self.assertRegex(frames[-1], r"\d+ % .*MB of .*MB .*/s .*rejected .*converted .*shrunk .*kept .*examples/s")

    def test_a_resize_is_seen(self):
        path = self.corpus()
        frames = self.frames(self.on_terminal(path, 150, resize=30))
        self.assertGreater(len(frames[0]), 60)
        self.assertLess(len(frames[-1]), 30)

    def test_an_unknown_total_has_no_bar(self):
        data = self.corpus().read_bytes()
        run = subprocess.run([PROGRAM, "convert", "-", "-o", self.new_output_dir(), "--no-sync", "--progress", "bar",
                              "--threads", "1"], input=data, stderr=subprocess.PIPE, stdout=subprocess.PIPE, check=True)
        for frame in self.frames(run.stderr.decode()):
            self.assertRegex(frame, r"^\d[\d.]* [kMG]?B  ")

    def test_json_lines(self):
        path = self.corpus()
        done = self.run_program("convert", path, "-o", self.new_output_dir(), "--progress", "json")
        lines = [json.loads(line) for line in done.stderr.decode().splitlines()]
        self.assertGreater(len(lines), 0)
        for line in lines:
            self.assertEqual(line["total_bytes"], path.stat().st_size)
            self.assertLessEqual(line["done_bytes"], line["total_bytes"])


class SettingsTest(CliTest):
    def run_with(self, env, *options):
        return subprocess.run([PROGRAM, *map(str, options)], capture_output=True, text=True, timeout=60,
                              env=os.environ | env, cwd=self.dir)

    def test_the_command_line_wins_over_the_environment_and_that_over_the_file(self):
        self.write("c.toml", b'prefix = "file"\nmin-quality = 70\nprofile = "azure"\nforce = true\n')
        done = self.run_with({"VISIONSHARD_PREFIX": "env", "VISIONSHARD_MIN_QUALITY": "80"}, "config", "in.jsonl", "--config",
                             "c.toml", "--prefix", "typed")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {line.split(" = ")[0]: re.split(r" +# ", line.split(" = ")[1]) for line in done.stdout.splitlines() if " = " in line}
        self.assertEqual(rows["prefix"], ["'typed'", "command line"])
        self.assertEqual(rows["min-quality"], ["'80'", "VISIONSHARD_MIN_QUALITY"])
        self.assertEqual(rows["profile"], ["'azure'", "c.toml:3"])
        self.assertEqual(rows["force"], ["true", "c.toml:4"])
        self.assertEqual(rows["stall-timeout"][1], "default")

    def test_what_config_prints_says_the_same_again(self):
        path = self.write("a.jsonl", text_line(1) + b"\n" + b"{\n")
        shown = self.run_with({"VISIONSHARD_PREFIX": "mine"}, "config", path, "-o", "out", "--rejects", "reference")
        self.write("again.toml", shown.stdout.encode())
        done = self.run_with({}, "convert", "--config", "again.toml", "-q")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.dir / "out" / "mine-00000.jsonl").exists())
        self.assertNotIn(b'"raw"', (self.dir / "out" / "rejected.jsonl").read_bytes())

    def test_options_from_the_environment_alone(self):
        path = self.write("a.jsonl", text_line(1) + b"\n")
        done = self.run_with({"VISIONSHARD_OUTPUT": str(self.dir / "out"), "VISIONSHARD_QUIET": "true", "VISIONSHARD_PREFIX": "e"},
                             "convert", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.dir / "out" / "e-00000.jsonl").exists())

    def test_a_variable_that_is_nearly_an_option_is_told(self):
        path = self.write("a.jsonl", text_line(1) + b"\n")
        for name, told in (("VISIONSHARD_PREFX", b"PREFIX"), ("VISIONSHARD_THREAD", b"THREADS"), ("VISIONSHARD_PREFIX", None),
                           ("VISIONSHARD_BUILD_NUMBER", None), ("VISIONSHARD_TASK", None)):
            done = subprocess.run([PROGRAM, "convert", path, "-o", self.new_output_dir(), "-q"], capture_output=True,
                                  env=os.environ | {name: "1"}, check=True)
            self.assertEqual(b"did you mean" in done.stderr, told is not None, done.stderr)
            self.assertIn(told or b"", done.stderr)

    def test_a_wrong_value_names_its_place(self):
        path = self.write("a.jsonl", text_line(1) + b"\n")
        self.write("c.toml", b"\nthreads = 0\n")
        for env, options, word in (({"VISIONSHARD_THREADS": "x"}, [], "VISIONSHARD_THREADS"), ({}, ["--config", "c.toml"], "c.toml:2")):
            done = self.run_with(env, "convert", path, "-o", "out", *options)
            self.assertEqual(done.returncode, 2)
            self.assertIn(word, done.stderr)


class HelpTest(CliTest):
    def shown(self, *options, status=0):
        done = self.run_program(*options)
        self.assertEqual(done.returncode, status)
        return (done.stdout + done.stderr).decode()

    def test_help_names_every_topic_and_has_it(self):
        general = self.shown("help")
        self.assertLess(len(self.shown("--help").splitlines()), 40)
        for topic in ("layouts", "files", "reasons", "profiles", "configuration", "machines", "status"):
            self.assertRegex(general[general.index("Topics:"):], rf"\n  {topic} ")
            self.assertGreater(len(self.shown("help", topic)), 200)
        self.assertEqual(self.shown("help", "convert"), self.shown("convert", "--help"))
        for code in ("cannot_fit", "invalid_utf8", "outside_root"):
            self.assertIn(code, self.shown("help", "reasons"))

    def test_a_typo_suggests_what_was_meant(self):
        for typed, meant in ((["convret"], "convert"), (["convert", "--threds", "2"], "--threads"), (["chekc"], "check"),
                             (["convert", "--max-image-byte=3"], "--max-image-bytes"), (["help", "reason"], "reasons"),
                             (["map", "--taks", "1/2"], "--task")):
            self.assertIn(f"did you mean '{meant}'?", self.shown(*typed, status=2))
        self.assertNotIn("did you mean", self.shown("convert", "--zzzzzzzz", status=2))


class MonitoringTest(CliTest):
    def setUp(self):
        super().setUp()
        self.input = self.write("a\"b.jsonl", b"".join(text_line(n, 300) + b"\n" for n in range(60)) + b"{\n[]\n{\n\n")
        self.log, self.metrics = self.dir / "log.jsonl", self.dir / "visionshard.prom"

    def run_logged(self, *options, status=0):
        done = self.run_program("convert", self.input, "-o", self.dir / "out", "-q", "--log-file", self.log, "--metrics", self.metrics,
                                "--max-shard-bytes", 5000, *options)
        self.assertEqual(done.returncode, status, done.stderr)
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def values(self):
        text = self.metrics.read_text()
        for line in text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) visionshard_\w+ .+|visionshard_\w+(\{\w+="[\w.]+"\})? -?[0-9.e+-]+)$')
        return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))

    def test_a_line_for_each_shard_and_each_reason(self):
        events = self.run_logged()
        manifest = json.loads((self.dir / "out" / "manifest.json").read_bytes())
        self.assertEqual([e["event"] for e in events if e["event"] not in ("shard", "warning", "stage")], ["start", "rejects", "rejects", "end"])
        self.assertEqual([{key: e[key] for key in manifest["shards"][0]} for e in events if e["event"] == "shard"], manifest["shards"])
        self.assertEqual({e["reason"]: e["lines"] for e in events if e["event"] == "rejects"}, {"invalid_json": 2, "not_an_object": 1})
        self.assertLessEqual({"read", "parse", "commit"}, {e["stage"] for e in events if e["event"] == "stage"})
        self.assertEqual(events[0]["inputs"], [str(self.input)])
        self.assertEqual((events[-1]["exit"], events[-1]["written"], events[-1]["blank"]), (0, 60, 1))
        for event in events:
            self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_levels_and_appending(self):
        self.run_logged("--log-level", "error")
        self.assertEqual(self.log.read_text(), "")
        events = self.run_logged("--force", "--log-level", "warning")
        self.assertEqual({e["level"] for e in events}, {"warning"})
        before = len(events)
        self.assertGreater(len(self.run_logged("--force")), before + 5)

    def test_metrics_of_a_good_run_and_of_one_that_was_refused(self):
        self.run_logged()
        values = self.values()
        self.assertEqual(values['visionshard_last_run_lines{outcome="written"}'], "60")
        self.assertEqual(values['visionshard_last_run_rejected_lines{reason="invalid_json"}'], "2")
        self.assertEqual(values["visionshard_last_run_success"], "1")
        self.assertLess(abs(float(values["visionshard_last_run_end_timestamp_seconds"]) - time.time()), 60)
        self.assertEqual(self.run_logged(status=2)[-1]["status"], "refused")
        self.assertEqual(self.values()["visionshard_last_run_success"], "0")
        self.run_logged("--force", "--max-rejects", "1", status=1)
        self.assertEqual(self.values()["visionshard_last_run_exit_status"], "1")

    def test_a_finished_run_that_is_asked_for_again_tells_the_same(self):
        options = ("--resume", "--max-rejects", "2")
        self.run_logged(*options, status=1)
        first = self.values()
        self.run_logged(*options, status=1)
        again = self.values()
        for name in first:
            if "seconds" not in name:
                self.assertEqual(first[name], again[name], name)
        shown = json.loads(self.run_program("convert", self.input, "-o", self.dir / "out", "--max-shard-bytes", 5000, "--resume",
                                            "--json").stdout)
        self.assertEqual((shown["counts"]["written"], shown["counts"]["rejected"]), (60, 3))

    def test_files_that_cannot_be_written(self):
        for option in ("--log-file", "--metrics"):
            done = self.run_program("convert", self.input, "-o", self.new_output_dir(), "-q", option, self.dir / "no" / "file")
            self.assertEqual(done.returncode, 2)
            self.check_message(done, "no/file")
        done = self.run_program("convert", self.input, "-o", self.new_output_dir(), "-q", "--log-file", "/dev/full")
        self.assertEqual(done.returncode, 3)
        self.check_message(done, "/dev/full")

    def test_a_file_that_holds_something_else_is_not_written_into(self):
        out = self.convert([self.input]).dir
        for option in ("--log-file", "--metrics"):
            for path in (self.input, out / "train-00000.jsonl", out / "manifest.json", out / "train-00001.jsonl"):
                before = path.read_bytes() if path.exists() else None
                done = self.run_program("convert", self.input, "-o", out, "-q", "--resume", option, path)
                self.assertEqual(done.returncode, 2, (option, path, done.stderr))
                self.check_message(done, str(path), "another name")
                self.assertEqual(path.read_bytes() if path.exists() else None, before)
        other = self.write("other.prom", b"# HELP other_metric\n")
        done = self.run_program("convert", self.input, "-o", out, "-q", "--resume", "--metrics", other)
        self.assertEqual((done.returncode, other.read_bytes()), (2, b"# HELP other_metric\n"), done.stderr)
        done = self.run_program("convert", self.input, "-o", "new", "-q", "--log-file", "x", "--metrics", "x", cwd=self.dir)
        self.assertEqual(done.returncode, 2)
        with tempfile.NamedTemporaryFile(dir="/dev/shm", suffix=".jsonl") as corpus:
            corpus.write(self.input.read_bytes())
            corpus.flush()
            for option in ("--log-file", "--metrics"):
                done = self.run_program("convert", corpus.name, "-o", self.dir / "new", "-q", option, corpus.name)
                self.assertEqual(done.returncode, 2, done.stderr)
        (self.dir / "raw").mkdir()
        (self.dir / "raw" / "x.jsonl").write_bytes(self.input.read_bytes())
        for log, status in (("raw/x.jsonl", 2), ("raw/log.jsonl", 2), ("raw/run.log", 0), ("raw/run.log", 0), ("raw/new/log.jsonl", 0)):
            done = self.run_program("convert", "raw", "-o", "raw/new", "-q", "--force", "--log-file", log, cwd=self.dir)
            self.assertEqual(done.returncode, status, (log, done.stderr))
        shared = self.write("shared.log", b"# of several programs\n")
        for log, metrics in ((shared, "new/m.prom"), ("/dev/stderr", "new/m.prom"), ("new.log", "m.prom")):
            done = self.run_program("convert", self.input, "-o", "new", "-q", "--force", "--log-file", log, "--metrics", metrics,
                                    cwd=self.dir)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b'"event":"end"', shared.read_bytes())
        (self.dir / "link").symlink_to(self.dir)
        done = self.run_program("convert", self.input, "-o", "link/fresh/", "-q", "--metrics", "fresh/m.prom", cwd=self.dir)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.run_logged()
        self.run_logged("--resume")

    def test_a_run_that_stalls_is_told_to_the_monitoring(self):
        self.run_logged()
        fifo = self.dir / "pipe"
        os.mkfifo(fifo)
        writer = os.open(fifo, os.O_RDWR)
        self.addCleanup(os.close, writer)
        done = self.run_program("convert", fifo, "-o", self.new_output_dir(), "-q", "--stall-timeout", 1, "--log-file", self.log,
                                "--metrics", self.metrics)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(self.values()["visionshard_last_run_success"], "0")
        self.assertIn("no progress", json.loads(self.log.read_text().splitlines()[-1])["message"])


if __name__ == "__main__":
    unittest.main()
