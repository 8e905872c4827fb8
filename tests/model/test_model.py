#!/usr/bin/python3
"""graph.pml under spin: the protocol of the graph holds, and faults that it could have are found in it."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

MODEL = pathlib.Path(__file__).resolve().parent / "graph.pml"


@unittest.skipUnless(shutil.which("spin"), "spin is not installed")
class GraphModel(unittest.TestCase):
    def errors(self, *options):
        with tempfile.TemporaryDirectory() as folder:
            run = lambda *command: subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
            run("spin", "-a", *options, str(MODEL))
            run("gcc", "-O2", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c")
            out = run("./pan", "-m200000")
        self.assertNotIn("max search depth too small", out)
        return int(re.search(r"errors: (\d+)", out)[1]), out

    def test_no_order_of_events_loses_a_wake_up_or_ends_in_a_wait(self):
        for check in ([], ["-DWAITS"]):
            errors, out = self.errors("-DBATCHES=3", *check)
            self.assertEqual(errors, 0, out)
            self.assertGreater(int(re.search(r"(\d+) states, stored", out)[1]), 1_000_000)

    def test_the_model_finds_what_the_graph_could_do_wrong(self):
        for fault in ("OLD_WAKE_UP", "OLD_TEXT", "OLD_IMAGES", "KEEPS_IDLE"):
            errors, out = self.errors("-DBATCHES=3", f"-D{fault}")
            self.assertGreater(errors, 0, fault)
            self.assertIn("assertion violated", out)
        errors, out = self.errors("-DBATCHES=3", "-DWAITS", "-DGROWN_IN_ORDER")
        self.assertGreater(errors, 0)
        self.assertIn("invalid end state", out)


if __name__ == "__main__":
    unittest.main()
