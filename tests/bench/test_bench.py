#!/usr/bin/python3
"""The benchmark's own part: what it measures of images, that it finds wrong output, and that it leaves a table."""
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest

from PIL import Image

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench/end_to_end"
sys.path[:0] = [str(BENCH), str(ROOT / "tests/cli")]
import process  # noqa: E402
import quality  # noqa: E402
import verify  # noqa: E402
from harness import PROGRAM  # noqa: E402
from pictures import data_url, encode, photo  # noqa: E402


class TemporaryFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bench-test-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)


class DigestTest(TemporaryFolder):
    def shard(self, *tools):
        """The path of a shard, and its digests as the tools print them."""
        path = self.dir / "train-00000.jsonl"
        path.write_bytes(b'{"messages":[]}\n' * 1000)
        return path, [subprocess.check_output([*tool, path], text=True).split()[0] for tool in tools]

    def test_manifests_of_both_versions(self):
        path, (xxh128, sha256) = self.shard(["xxhsum", "-H2"], ["sha256sum"])
        for shard in ({"sha256": sha256}, {"xxh128": xxh128}, {"xxh128": xxh128, "sha256": sha256}):
            verify.check_digests(path, shard)
            for name, digest in shard.items():
                wrong = "0" if digest[0] != "0" else "1"
                with self.assertRaisesRegex(process.Failed, name):
                    verify.check_digests(path, shard | {name: wrong + digest[1:]})

    def test_a_shard_without_a_digest(self):
        path, _ = self.shard()
        with self.assertRaisesRegex(process.Failed, "no digest"):
            verify.check_digests(path, {"path": path.name, "bytes": 16000})


class QualityTest(TemporaryFolder):
    def test_psnr(self):
        black = Image.new("RGB", (30, 20))
        # By definition 10 log10(255^2 / mean square): all samples 5 apart, then one channel of three.
        self.assertAlmostEqual(quality.psnr(black, Image.new("RGB", (30, 20), (5, 5, 5))), 10 * math.log10(65025 / 25))
        self.assertAlmostEqual(quality.psnr(black, Image.new("RGB", (30, 20), (0, 5, 0))),
                               10 * math.log10(65025 * 3 / 25))
        self.assertEqual(quality.psnr(black, black.copy()), math.inf)
        self.assertEqual(quality.psnr(black, black.resize((15, 10))), math.inf)

    def test_images_over_the_limit_are_found_and_compared(self):
        noise = Image.frombytes("RGB", (2000, 1800), os.urandom(2000 * 1800 * 3))
        large, fine, coarse = (data_url(encode(noise, kind, **options), kind.lower()) for kind, options in (
            ("PNG", {}), ("JPEG", {"quality": 95, "subsampling": 0}), ("JPEG", {"quality": 30})))
        small = data_url(encode(photo(64, 64), "JPEG"), "jpeg")

        def written(name, images):
            lines = [json.dumps({"messages": [{"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": url}} for url in line]}]}) for line in images]
            (self.dir / name).write_text("\n".join(lines) + "\n")
            return str(self.dir / name)

        corpus = types.SimpleNamespace(path=written("in", [[small], [small, large], [small]]), written=3)
        over = quality.OverLimit(corpus, self.dir)
        self.assertEqual(over.places, [(1, 1)])
        over.keep("fine", [written("a", [[small], [small, fine]]), written("b", [[small]])], 3)
        over.keep("coarse", [written("c", [[small], [small, coarse], [small]])], 3)
        over.keep("left a line out", [written("d", [[small], [small, fine]])], 2)
        compared = over.compared()
        self.assertEqual(set(compared), {"fine", "coarse"})
        self.assertGreater(compared["fine"][0][0], compared["coarse"][0][0] + 3)
        self.assertGreater(compared["fine"][0][1], compared["coarse"][0][1])


class RunTest(TemporaryFolder):
    def setUp(self):
        super().setUp()
        (self.dir / "corpora").mkdir()
        subprocess.run([PROGRAM, "generate", "-q", "-o", self.dir / "corpora/convert.jsonl", "--mix", "convert",
                        "--examples", "4"], check=True)

    def bench(self, program):
        return subprocess.run([BENCH / "run.py", "--corpora", self.dir / "corpora", "--only", "convert", "--rounds", "1",
                               "--retries", "0", "--work", self.dir / "work", "--results", self.dir / "results",
                               "--program", program], capture_output=True, text=True)

    def test_a_run_leaves_figures_and_a_table_for_the_readme(self):
        done = self.bench(PROGRAM)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse((self.dir / "work").exists())
        result, = (self.dir / "results").glob("*.json")
        saved = json.loads(result.read_text())
        self.assertEqual([row["corpus"] for row in saved["rows"]], ["convert"])
        self.assertGreater(saved["rows"][0]["times_pillow"][0], 0)
        self.assertIn("sha_instructions", saved["machine"])
        readme = self.dir / "README.md"
        readme.write_text("before\n<!-- speed: by bench/end_to_end/table.py -->\nold\n<!-- end of speed -->\nafter\n")
        subprocess.run([BENCH / "table.py", result, readme], check=True)
        text = readme.read_text()
        self.assertTrue(text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text)
        self.assertIn("SHA instructions", text)
        self.assertEqual(sum(line.startswith("| `convert`") for line in text.splitlines()), 1)

    def test_the_readme_has_the_place(self):
        text = (ROOT / "README.md").read_text()
        self.assertLess(text.index("<!-- speed: by bench/end_to_end/table.py -->\n"),
                        text.index("<!-- end of speed -->\n"))

    def test_wrong_output_is_found(self):
        # A program that changes a byte of a shard after the run.
        wrong = self.dir / "wrong"
        wrong.write_text(f"""#!/bin/sh
case $1 in --version) exec {PROGRAM} --version ;; esac
{PROGRAM} "$@" || exit
while [ "$1" != -o ]; do shift; done
printf X | dd of="$2/train-00000.jsonl" bs=1 seek=5 conv=notrunc status=none
""")
        wrong.chmod(0o755)
        done = self.bench(wrong)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("in manifest.json", done.stderr)


if __name__ == "__main__":
    unittest.main()
