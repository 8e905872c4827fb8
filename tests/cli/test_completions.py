"""What the shells offer at the Tab key, asked of the shells themselves."""
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest

COMMANDS = {"convert", "check", "profiles", "generate", "plan", "map", "merge", "pack", "seal", "status", "config", "help"}


class CompletionsTest(CliTest):
    def script(self, shell):
        return self.write(f"visionshard.{shell}", self.run_program("completions", shell).stdout)

    def options_of(self, command):
        shown = self.run_program(command, "--help").stdout.decode()
        return {name for names in re.findall(r"^  ((?:-\w,)?--[\w-]+)", shown, re.M) for name in names.split(",")}

    def setUp(self):
        super().setUp()
        self.write("here/raw.jsonl", b"")
        self.write("here/folder/inner", b"")

    def test_other_shells_are_refused(self):
        done = self.run_program("completions", "tcsh")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"tcsh", done.stderr)


class BashTest(CompletionsTest):
    def offered(self, *words):
        """By readline's rules: the words of the line so far, the last of them unfinished."""
        typed = " ".join(f"'{word}'" for word in ("visionshard", *words))
        program = (f"source {self.script('bash')}; compopt() {{ :; }}; COMP_WORDS=({typed}); COMP_CWORD={len(words)}; "
                   "_visionshard; printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "--norc", "-euc", program], capture_output=True, text=True, cwd=self.dir / "here")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return set(done.stdout.split())

    def test_commands(self):
        self.assertEqual(self.offered(""), COMMANDS | {"-h", "--help", "--version"})
        self.assertEqual(self.offered("pr"), {"profiles"})

    def test_options(self):
        for command in sorted(COMMANDS):
            with self.subTest(command):
                self.assertEqual(self.offered(command, "-"), self.options_of(command))
        self.assertEqual(self.offered("convert", "raw.jsonl", "--on-"), {"--on-bad-image", "--on-assistant-image"})

    def test_values(self):
        self.assertEqual(self.offered("convert", "--verify", ""), {"pixels", "structure"})
        self.assertEqual(self.offered("convert", "--verify", "=", "s"), {"structure"})
        self.assertEqual(self.offered("convert", "--verify", "="), {"pixels", "structure"})
        self.assertEqual(self.offered("check", "--profile", ""),
                         {"openai", "azure", "together", "fireworks", "none", "raw.jsonl", "folder"})
        self.assertEqual(self.offered("convert", "-o", ""), {"folder"})
        self.assertEqual(self.offered("convert", "--shards", ""), set())

    def test_files(self):
        self.assertEqual(self.offered("check", ""), {"raw.jsonl", "folder"})
        self.assertEqual(self.offered("profiles", ""), set())


@unittest.skipUnless(shutil.which("fish"), "needs fish")
class FishTest(CompletionsTest):
    def offered(self, line):
        program = f"source {self.script('fish')}; complete -C '{line}'"
        done = subprocess.run(["fish", "--no-config", "-c", program], capture_output=True, text=True,
                              cwd=self.dir / "here", env={**os.environ, "HOME": str(self.dir)})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return dict(line.partition("\t")[::2] for line in done.stdout.splitlines())

    def test_the_syntax(self):
        subprocess.run(["fish", "-n", self.script("fish")], check=True)

    def test_commands(self):
        self.assertEqual(set(self.offered("visionshard ")), COMMANDS)

    def test_options_and_their_descriptions(self):
        offered = self.offered("visionshard convert --on-")
        self.assertEqual(set(offered), {"--on-bad-image", "--on-assistant-image"})
        self.assertEqual(offered["--on-assistant-image"], "likewise for images in assistant messages")

    def test_values(self):
        self.assertEqual(set(self.offered("visionshard convert --verify ")), {"pixels", "structure"})
        self.assertEqual(set(self.offered("visionshard convert -o ")), {"folder/"})
        self.assertEqual(set(self.offered("visionshard check --profile f")), {"fireworks", "folder/"})

    def test_files(self):
        self.assertEqual(set(self.offered("visionshard check ")), {"raw.jsonl", "folder/"})
        self.assertEqual(set(self.offered("visionshard profiles ")), set())


@unittest.skipUnless(shutil.which("zsh"), "needs zsh")
class ZshTest(CompletionsTest):
    def test_the_syntax(self):
        subprocess.run(["zsh", "-fn", self.script("zsh")], check=True)

    def test_the_completion_system_takes_it_for_the_program(self):
        self.script("zsh").rename(self.dir / "_visionshard")
        program = (f"fpath=({self.dir} $fpath); autoload -Uz compinit; compinit -D -u; print $_comps[visionshard]")
        done = subprocess.run(["zsh", "-fc", program], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "_visionshard\n", ""))


if __name__ == "__main__":
    unittest.main()
