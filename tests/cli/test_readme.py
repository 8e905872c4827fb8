"""The README's commands do what it says: each that begins with `visionshard` is run, in its order, in one folder."""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, CliTest, image_line, text_line
from pictures import TINY_URL
from test_distribute import made

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


class ReadmeTest(CliTest):
    def setUp(self):
        super().setUp()
        lines = b"".join(text_line(number) + b"\n" for number in range(200)) + image_line(TINY_URL) + b"\n"
        self.write("raw/a.jsonl", lines)
        self.write("raw.jsonl", lines)
        self.write("more.jsonl.gz", gzip.compress(lines))
        subprocess.run(["zstd", "-q", "-k", self.dir / "raw.jsonl"], check=True)
        (self.dir / "bin").mkdir()
        (self.dir / "bin" / "visionshard").symlink_to(PROGRAM)

    def commands(self):
        text = README.read_text()
        for line in re.findall(r"^    (.*visionshard (?!COMMAND).*)$", text, re.M):
            command = line.split("#")[0].strip()
            if "INPUT..." in command or command.startswith("build/"):
                continue
            yield command.replace("1GB", "1MB")

    def test_every_command_runs(self):
        commands = list(self.commands())
        self.assertGreater(len(commands), 12)
        for command in commands:
            # Each recipe begins with a folder of its own.
            if output := re.search(r"-o (\w+)(?: |$)", command):
                shutil.rmtree(self.dir / output[1], ignore_errors=True)
            if " -o raw.jsonl" in command:
                (self.dir / "raw.jsonl").unlink(missing_ok=True)
            done = subprocess.run(["bash", "-c", command], cwd=self.dir, capture_output=True, text=True, timeout=120,
                                  env=os.environ | {"PATH": f"{self.dir}/bin:{os.environ['PATH']}"})
            self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
        self.assertTrue((self.dir / "work" / "manifest.json").exists())
        reference = self.convert([self.dir / "raw" / "a.jsonl"])
        self.assertEqual({name for name in made(self.dir / "work")}, {name for name in made(reference.dir)})

    def test_the_files_it_names_are_there(self):
        for path in set(re.findall(r"\b((?:scripts|tests|bench|src|include)/[\w./-]+)", README.read_text())):
            self.assertTrue((README.parent / path.rstrip(".")).exists() or path.startswith("bench/results"), path)

    def test_its_options_are_the_programs(self):
        text = README.read_text()
        shown = "".join(self.run_program(command, "--help").stdout.decode() for command in
                        ("convert", "check", "generate", "plan", "map", "status", "pack", "seal"))
        of_scripts = {"--quick", "--sharp", "--corpora", "--install", "--version"}
        for option in set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", text)) - of_scripts:
            self.assertIn(option, shown + "--help")


if __name__ == "__main__":
    unittest.main()
