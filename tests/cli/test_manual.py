"""The man page says what --help says, in roff that formatters take."""
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest

COMMANDS = ["convert", "check", "profiles", "generate", "plan", "map", "merge", "pack", "seal", "status", "config", "help"]


class ManualTest(CliTest):
    def setUp(self):
        super().setUp()
        self.page = self.write("visionshard.1", self.run_program("manual").stdout)

    def rendered(self):
        """The page as a reader sees it, without bold and with one space between words."""
        formatter = ["mandoc", "-T", "utf8"]
        if not shutil.which("mandoc"):
            formatter = ["groff", "-man", "-rHY=0", "-T", "utf8", "-P", "-cbou"]  # no hyphens at the ends of lines
        shown = subprocess.run([*formatter, self.page], capture_output=True, text=True, check=True).stdout
        plain = re.sub(".\b", "", shown).replace("‐", "-").replace("−", "-")
        return " ".join(plain.split())

    def help(self, *command):
        return self.run_program(*command, "--help").stdout.decode()

    def test_the_page_has_every_command_and_option_with_its_description(self):
        page = self.page.read_text().replace("\\-", "-").replace("\\(aq", "'")
        for command in COMMANDS:
            self.assertIn(f"\n.SS visionshard {command}", page)
            section = page.split(f"\n.SS visionshard {command}")[1].split("\n.S")[0]
            shown = self.help(command)
            for names, value in re.findall(r"^  ((?:-\w,)?--[\w-]+)[ =]?(\S*)", shown, re.M):
                if names == "-h,--help":
                    continue
                with self.subTest(command=command, option=names):
                    for name in names.split(","):
                        self.assertIn(f"\\fB{name}\\fR", section)
            for line in shown.splitlines():
                if line.startswith(("Exit status:", "Example:", "Sizes:")):
                    self.assertIn(line, section)

    def test_words_and_placeholders_of_a_value_differ(self):
        page = self.page.read_text()
        self.assertIn("\\fB\\-\\-verify\\fR \\fBpixels\\fR|\\fBstructure\\fR", page)
        self.assertIn("\\fB\\-\\-max\\-image\\-bytes\\fR \\fISIZE\\fR", page)
        self.assertIn("(default 60)", page)

    def test_what_help_hides_is_hidden(self):
        self.assertNotIn("completions", self.help())
        self.assertNotIn("visionshard completions", self.page.read_text())

    @unittest.skipUnless(shutil.which("mandoc") or shutil.which("groff"), "needs a formatter")
    def test_a_reader_sees_plain_text(self):
        shown = self.rendered()
        self.assertIn("visionshard - Turns raw vision fine-tuning corpora into upload-ready shards", shown)
        self.assertIn("visionshard convert [OPTION]... INPUT...", shown)
        self.assertIn("override the profile's limit", shown)
        self.assertIn("manifest.json limits, counts and the digest of each shard", shown)
        self.assertIn("lone_surrogate", shown)
        self.assertIn("Exit status: 0 done; 1 more lines were rejected than --max-rejects allows; 2 usage error; "
                      "3 input or output failed; 4 the store is not sealed; 130, 143 interrupted.", shown)
        self.assertNotIn("\\", shown)

    @unittest.skipUnless(shutil.which("groff"), "needs groff")
    def test_groff_warns_of_nothing(self):
        done = subprocess.run(["groff", "-man", "-ww", "-z", self.page], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    @unittest.skipUnless(shutil.which("mandoc"), "needs mandoc")
    def test_mandoc_finds_only_that_the_page_has_no_date(self):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", self.page], capture_output=True, text=True)
        findings = [line for line in done.stdout.splitlines() if "missing date" not in line]
        self.assertEqual(findings, [])


if __name__ == "__main__":
    unittest.main()
