"""visionshard-screen as a command: its outputs, failures, interruption, settings, man page and completions."""
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faces import face
from harness import PROGRAM
from pictures import chunk, encode
from screen_test import AT, FACE, NO_FACE, SCREEN, SIDE, ScreenTest, line_of, sha256


class CommandLineTest(ScreenTest):
    def test_the_list_goes_to_standard_output(self):
        raw = self.write("raw.jsonl", line_of(FACE) + b"\n")
        done = self.screen(raw, "-o", "-")
        self.assertEqual(json.loads(done.stdout)["image"], sha256(FACE))
        self.assertIn(b"faces seen: 1 in 1 image, on 1 line\n", done.stderr)

    def test_help_says_that_it_is_advice_and_what_is_not_looked_for(self):
        text = " ".join(self.screen("--help").stdout.decode().split())
        for words in ("faces are seen", "misses and false alarms", "of children, and CAPTCHAs, and none of these is looked for"):
            self.assertIn(words, text)
        self.assertNotIn("would be skipped", text)
        self.assertRegex(self.screen("--version").stdout.decode(), r"^visionshard \d")

    def test_wrong_usage_is_refused(self):
        raw = self.write("raw.jsonl", line_of(FACE) + b"\n")
        before = raw.read_bytes()
        for options, words in (([raw], "-o, --output is required"), (["-o", self.dir / "x"], "no INPUT is given"),
                               ([raw, "-o", self.dir], "is not a regular file"),
                               ([raw, "-o", raw], "is an input"), ([self.dir, "-o", raw], "is an input"),
                               ([raw, "-o", self.dir / "x", "--page", raw], "is an input"),
                               ([raw, "-o", self.dir / "x", "--page", self.dir / "x"], "the same file"),
                               ([raw, "-o", "/dev/null"], "is not a regular file"),
                               ([raw, "-o", self.dir / "x", "--largest-side", 79], "--largest-side"),
                               ([raw, "-o", self.dir / "x", "--min-score", "nan"], "--min-score"),
                               ([raw, "-o", self.dir / "x", "--min-score", 11], "--min-score"),
                               ([raw, "-o", self.dir / "x", "--store", self.dir], str(self.dir)),
                               ([raw, "-o", self.dir / "x", "--bogus"], "--bogus")):
            with self.subTest(options=options):
                self.assertIn(words, self.screen(*options, status=2).stderr.decode())
        self.assertEqual(raw.read_bytes(), before)
        self.assertEqual(self.left_over(), [])

    def test_what_cannot_be_read_or_written_fails_and_leaves_nothing(self):
        raw = self.write("raw.jsonl", line_of(FACE) + b"\n")
        for options, words in (([self.dir / "none.jsonl", "-o", self.dir / "x"], "none.jsonl"),
                               ([raw, "-o", self.dir / "none" / "x"], "none/x"),
                               ([raw, "-o", self.dir / "x", "--page", self.dir / "none" / "y"], "none/y"),
                               ([raw, "-o", self.dir / "x", "--image-root", self.dir / "none"], "none")):
            with self.subTest(options=options):
                self.assertIn(words, self.screen(*options, status=3).stderr.decode())
                self.assertEqual(self.left_over(), [])
        with open("/dev/full", "wb") as full:
            done = subprocess.run([SCREEN, raw, "-o", "-"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"standard output: cannot write", done.stderr)

    def test_an_earlier_list_stays_until_the_new_one_is_complete(self):
        self.write("faces.jsonl", b"# earlier\n")
        damaged = gzip.compress(line_of(FACE) + b"\n")[:-6]
        self.screen(self.write("raw.jsonl.gz", damaged), "-o", self.dir / "faces.jsonl", status=3)
        self.assertEqual((self.dir / "faces.jsonl").read_bytes(), b"# earlier\n")
        self.assertEqual(len(self.list_of([line_of(FACE)])[0]), 1)

    def interrupt(self, process, signal_number, status):
        while not (self.dir / "x.html.partial").exists():
            time.sleep(.01)
        process.send_signal(signal_number)
        self.assertEqual(process.wait(timeout=20), status)
        with process.stderr:
            self.assertIn(b"interrupted", process.stderr.read())
        self.assertEqual(self.left_over(), [])

    def test_an_interrupted_run_leaves_no_list(self):
        picture = encode(face(SIDE, (512, 512), AT), "PNG")
        # Different bytes, so that each is looked at: this takes 20 s of a processor's time.
        pictures = [picture[:-12] + chunk(b"tEXt", b"Comment\0%d" % number) + picture[-12:] for number in range(200)]
        raw = self.write("raw.jsonl", b"".join(line_of(data, "png") + b"\n" for data in pictures))
        self.interrupt(subprocess.Popen([SCREEN, raw, "-o", self.dir / "faces.jsonl", "--page", self.dir / "x.html"],
                                        stderr=subprocess.PIPE), signal.SIGINT, 130)

    def test_a_run_that_waits_for_its_input_can_be_interrupted(self):
        process = subprocess.Popen([SCREEN, "-", "-o", self.dir / "faces.jsonl", "--page", self.dir / "x.html"],
                                   stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        with process.stdin:
            process.stdin.write(line_of(FACE) + b"\n")
            process.stdin.flush()
            self.interrupt(process, signal.SIGTERM, 143)

    def test_options_come_from_a_file_and_from_the_environment(self):
        raw = self.write("raw.jsonl", line_of(FACE) + b"\n")
        config = self.write("screen.toml", b"min-score = 9.5\n")
        done = self.screen(raw, "-o", "-", "-q", "--config", config)
        self.assertEqual(done.stdout, b"")
        done = self.screen(raw, "-o", "-", "-q", "--config", config, env={"VISIONSHARD_MIN_SCORE": "0"})
        self.assertEqual(done.stdout.count(b"\n"), 1)
        wrong = self.write("wrong.toml", b"min-scor = 1\n")
        self.assertIn("min-score", self.screen(raw, "-o", "-", "--config", wrong, status=2).stderr.decode())

    def test_the_shells_complete_options_and_files(self):
        scripts = {shell: self.write(f"screen.{shell}", self.screen("--completions", shell).stdout)
                   for shell in ("bash", "zsh", "fish")}
        for words, offered in ((["--min"], {"--min-score"}), (["--progress", "pl"], {"plain"}), (["screen.f"], {"screen.fish"}),
                               (["--page", "screen.b"], {"screen.bash"}), (["--threads", "''"], set())):
            with self.subTest(words=words):
                program = (f"source {scripts['bash']}; compopt() {{ :; }}; COMP_WORDS=(visionshard-screen {' '.join(words)}); "
                           f"COMP_CWORD={len(words)}; _visionshard_screen; printf '%s ' \"${{COMPREPLY[@]}}\"")
                done = subprocess.run(["bash", "--norc", "-euc", program], capture_output=True, text=True, cwd=self.dir)
                self.assertEqual((set(done.stdout.split()), done.stderr), (offered, ""))
        for shell, check in (("zsh", "-fn"), ("fish", "-n")):
            if shutil.which(shell):
                subprocess.run([shell, check, scripts[shell]], check=True)

    def test_the_commands_and_options_of_its_readme_are_right(self):
        readme = (pathlib.Path(__file__).resolve().parents[2] / "src/screen/README.md").read_text()
        self.write("raw.jsonl", line_of(FACE) + b"\n" + line_of(NO_FACE) + b"\n")
        (self.dir / "bin").mkdir()
        for name, program in (("visionshard-screen", SCREEN), ("visionshard", PROGRAM)):
            (self.dir / "bin" / name).symlink_to(program)
        [commands] = re.findall(r"^```sh\n(.*?)^```$", readme, re.M | re.S)
        subprocess.run(["bash", "-euc", commands], cwd=self.dir, check=True, capture_output=True,
                       env={**os.environ, "PATH": f"{self.dir}/bin:{os.environ['PATH']}"})
        self.assertEqual((self.dir / "upload/train-00000.jsonl").read_bytes(), line_of(NO_FACE) + b"\n")
        shown = (self.screen("--help").stdout + self.run_program("convert", "--help").stdout).decode()
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", readme):
            self.assertIn(option, shown)

    def test_the_man_page_is_sound(self):
        page = self.write("visionshard-screen.1", self.screen("--manual").stdout)
        self.assertIn(b"\n\\fB\\-\\-largest\\-side\\fR", page.read_bytes())
        if shutil.which("mandoc"):
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
            [warning] = done.stdout.splitlines()
            self.assertIn("missing date", warning)

    def test_dlib_is_part_of_the_program(self):
        libraries = subprocess.run(["ldd", SCREEN], capture_output=True, text=True, check=True).stdout
        self.assertIsNone(re.search("dlib|X11|blas|lapack|sqlite", libraries), libraries)
