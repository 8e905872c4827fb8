"""The README and the READMEs of the folders are true: their example, commands, options, links and files."""
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

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / ".github" / "CONTRIBUTING.md", *ROOT.glob("*/README.md"), *ROOT.glob("src/*/README.md")]


def blocks(path, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(), re.M | re.S)


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

    def run_all(self, path):
        """Runs each line of a shell block that starts the program directly, in its order, in one folder."""
        commands = [line for block in blocks(path, "sh") for line in block.splitlines()
                    if re.match(r"(zstd .*\| )?visionshard ", line)]
        for command in commands:
            command = command.replace("100MB", "10MB")
            # The README's commands do not depend on each other's output folders.
            if output := re.search(r"-o (\w+)(?: |$)", command):
                shutil.rmtree(self.dir / output[1], ignore_errors=True)
            done = subprocess.run(["bash", "-c", command], cwd=self.dir, capture_output=True, text=True, timeout=120,
                                  env=os.environ | {"PATH": f"{self.dir}/bin:{os.environ['PATH']}"})
            self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
        return len(commands)

    def test_every_command_of_the_readme_runs(self):
        self.assertEqual(self.run_all(README), 8)

    def test_the_commands_for_many_machines_give_what_one_run_gives(self):
        self.assertEqual(self.run_all(ROOT / "scripts" / "README.md"), 6)
        reference = self.convert([self.dir / "raw" / "a.jsonl"])
        self.assertEqual(made(self.dir / "work").keys(), made(reference.dir).keys())
        for shard, data in reference.shards.items():
            self.assertEqual((self.dir / "work" / shard).read_bytes(), data)

    def test_the_example_is_what_the_program_writes(self):
        raw, shard, rejected = blocks(README, "json")
        self.write("raw.jsonl", raw.encode())
        command, = set(re.findall(r"`visionshard (convert raw.jsonl -o \w+)`", README.read_text()))
        self.assertEqual(self.run_program(*command.split(), cwd=self.dir).returncode, 0)
        self.assertEqual((self.dir / "upload" / "train-00000.jsonl").read_text(), shard)
        self.assertEqual((self.dir / "upload" / "rejected.jsonl").read_text(), rejected)

    def test_the_readme_fits_on_three_screens(self):
        self.assertLessEqual(len(README.read_text().splitlines()), 160)

    def test_links_and_files_are_there(self):
        for document in DOCUMENTS:
            text = document.read_text()
            for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
                self.assertTrue((document.parent / link).exists(), f"{document}: {link}")
            for path in re.findall(r"\b((?:scripts|tests|bench|include)/[\w./-]+\w)", text):
                self.assertTrue((ROOT / path).exists() or path.startswith("bench/results"), f"{document}: {path}")
        for path in set(re.findall(r"`([a-z0-9_]+/[\w./]+)`", (ROOT / "src" / "README.md").read_text())):
            self.assertTrue(list((ROOT / "src").glob(path + "*")) or (ROOT / path).exists(), path)

    def test_options_are_the_programs(self):
        shown = "".join(self.run_program(command, "--help").stdout.decode() for command in
                        ("convert", "check", "fetch", "generate", "plan", "map", "status", "pack", "seal"))
        of_others = {"--quick", "--only", "--corpora", "--install", "--help", "--build", "--preset", "--test-dir",
                     "--rm", "--network", "--user", "--now", "--system", "--group", "--target", "--break-system-packages",
                     "--new-connections", "--parallel"}
        # That of another program has its own test (test_screen_command.py).
        for document in set(DOCUMENTS) - {ROOT / "src/screen/README.md"}:
            for option in set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", document.read_text())) - of_others:
                self.assertIn(option, shown, document)


if __name__ == "__main__":
    unittest.main()
