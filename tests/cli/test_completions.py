"""What the shells offer at the Tab key, asked of the shells themselves."""
import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest

COMMANDS = {"convert", "check", "fetch", "exclude", "profiles", "generate", "plan", "map", "merge", "pack", "seal", "status",
            "config", "help"}


class CompletionsTest(CliTest):
    def script(self, shell):
        return self.write(f"visionshard.{shell}", self.run_program("completions", shell).stdout)

    def options_of(self, command):
        shown = self.run_program(command, "--help").stdout.decode()
        return {name for names in re.findall(r"^  ((?:-\w,)?--[\w-]+)", shown, re.M) for name in names.split(",")}

    def setUp(self):
        super().setUp()
        self.write("here/raw.jsonl", b"")
        (self.dir / "here/folder").mkdir()

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
        done = subprocess.run(["bash", "--norc", "-euc", program], capture_output=True, text=True,
                              cwd=self.dir / "here")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return set(done.stdout.split())

    def test_commands(self):
        self.assertEqual(self.offered(""), COMMANDS | {"-h", "--help", "--version"})
        self.assertEqual(self.offered("pr"), {"profiles"})

    def test_options(self):
        for command in sorted(COMMANDS):
            with self.subTest(command):
                self.assertEqual(self.offered(command, "-"), self.options_of(command))
        self.assertEqual(self.offered("convert", "raw.jsonl", "--on-"), {"--on-bad-image", "--on-assistant-image", "--on-excluded"})

    def test_values(self):
        self.assertEqual(self.offered("convert", "--verify", ""), {"pixels", "structure"})
        self.assertEqual(self.offered("convert", "--verify", "=", "s"), {"structure"})
        self.assertEqual(self.offered("convert", "--verify", "="), {"pixels", "structure"})
        self.assertEqual(self.offered("check", "--profile", ""),
                         {"openai", "azure", "together", "fireworks", "none", "raw.jsonl", "folder"})
        self.assertEqual(self.offered("convert", "-o", ""), {"folder"})
        self.assertEqual(self.offered("convert", "--urls", ""), {"keep", "inline"})
        self.assertEqual(self.offered("check", "--store", ""), {"folder"})
        self.assertEqual(self.offered("convert", "--shards", ""), set())
        self.assertEqual(self.offered("help", ""),
                         {"layouts", "files", "reasons", "profiles", "shaping", "configuration", "urls", "machines",
                          "status"})

    def test_files(self):
        self.assertEqual(self.offered("check", ""), {"raw.jsonl", "folder"})
        self.assertEqual(self.offered("profiles", ""), set())


class DescribedTest:
    """Of shells that show what an option is for."""

    def test_options_and_their_descriptions(self):
        offered = self.offered("visionshard convert --on-")
        self.assertEqual(set(offered), {"--on-bad-image", "--on-assistant-image", "--on-excluded"})
        self.assertEqual(offered["--on-assistant-image"], "the same for images in assistant messages")


@unittest.skipUnless(shutil.which("fish"), "needs fish")
class FishTest(DescribedTest, CompletionsTest):
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

    def test_values(self):
        self.assertEqual(set(self.offered("visionshard convert --verify ")), {"pixels", "structure"})
        self.assertEqual(set(self.offered("visionshard convert -o ")), {"folder/"})
        self.assertEqual(set(self.offered("visionshard check --profile f")), {"fireworks", "folder/"})

    def test_files(self):
        self.assertEqual(set(self.offered("visionshard check ")), {"raw.jsonl", "folder/"})
        self.assertEqual(set(self.offered("visionshard profiles ")), set())


@unittest.skipUnless(shutil.which("zsh"), "needs zsh")
class ZshTest(DescribedTest, CompletionsTest):
    def test_the_syntax(self):
        subprocess.run(["zsh", "-fn", self.script("zsh")], check=True)

    def offered(self, line):
        """What zsh lists at the Tab key on its own terminal, as a dict of words to descriptions."""
        self.script("zsh").rename(self.dir / "_visionshard")
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.dir / "here")
            os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "TERM": "dumb", "HOME": str(self.dir)})
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 200, 0, 0))
        try:
            # A mark in two parts is not found in the echo of what is typed.
            os.write(terminal, f"PS1= PS2=; unsetopt promptsp; fpath=({self.dir} $fpath); autoload -Uz compinit; "
                               "compinit -D -u; bindkey '^I' list-choices; zle -N zle-line-init; "
                               "zle-line-init() { print READY''. }\n".encode())
            self.read_to(terminal, b"READY.")
            os.write(terminal, line.encode() + b"\t\x15print DONE''.\n")
            shown = self.read_to(terminal, b"DONE.").decode()
        finally:
            os.close(terminal)
            os.waitpid(process, 0)
        listed = shown.split("\r\r\n")[1] if "\r\r\n" in shown else ""
        rows = [row.rstrip() for row in listed.split("\r\n")[:-1]]
        described = [row.split(" -- ", 1) for row in rows if " -- " in row]
        return ({word.strip(): text for word, text in described} |
                {word: "" for row in rows if " -- " not in row for word in row.split()})

    def read_to(self, terminal, mark):
        shown, deadline = b"", time.monotonic() + 60
        while mark not in shown and time.monotonic() < deadline:
            if select.select([terminal], [], [], 1)[0]:
                shown += os.read(terminal, 65536)
        self.assertIn(mark, shown)
        return shown

    def test_commands_and_their_descriptions(self):
        offered = self.offered("visionshard ")
        self.assertEqual(set(offered), COMMANDS)
        self.assertEqual(offered["plan"], "many machines, step 1: divide a job into parts")

    def test_values(self):
        self.assertEqual(set(self.offered("visionshard convert --verify ")), {"pixels", "structure"})
        self.assertEqual(set(self.offered("visionshard convert -o ")), {"folder/"})
        self.assertEqual(set(self.offered("visionshard check --profile ")),
                         {"openai", "azure", "together", "fireworks", "none", "raw.jsonl", "folder/"})

    def test_files(self):
        self.assertEqual(set(self.offered("visionshard check ")), {"raw.jsonl", "folder/"})
        self.assertNotIn("raw.jsonl", self.offered("visionshard profiles "))


if __name__ == "__main__":
    unittest.main()
