"""An image on many lines is converted once, and every line has the result that it would have alone."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, asked, part_image, part_text, parts, xxh128
from pictures import TINY_PNG, corners, data_url, encode

PROGRAM = os.environ["VISIONSHARD"]


def convert(lines, folder, *options):
    source = os.path.join(folder, "raw.jsonl")
    with open(source, "wb") as file:
        file.write(b"".join(line + b"\n" for line in lines))
    run = subprocess.run([PROGRAM, "convert", source, "-o", os.path.join(folder, "out"), "--json", *options],
                         capture_output=True, check=True)
    written = b""
    for name in sorted(os.listdir(os.path.join(folder, "out"))):
        if name.startswith("train"):
            with open(os.path.join(folder, "out", name), "rb") as file:
                written += file.read()
    with open(os.path.join(folder, "out", "manifest.json"), encoding="utf-8") as file:
        return written.splitlines(), json.load(file), run


def in_folder(lines, *options):
    with tempfile.TemporaryDirectory() as folder:
        return convert(lines, folder, *options)


class RepeatedTest(CliTest):
    gray = part_image(data_url(encode(corners(90, 70).convert("L"), "PNG"), "png"))
    palette = part_image(data_url(encode(corners(60, 80).convert("P"), "PNG"), "png"))
    broken = part_image(data_url(TINY_PNG[:-20], "png"))

    def test_each_line_is_what_it_is_alone(self):
        kinds = [asked(parts(self.gray)), asked(parts(self.palette, self.gray)), asked(parts(self.gray, self.gray))]
        alone = [in_folder([kind])[0][0] for kind in kinds]
        for options in ((), ("--threads", "1"), ("--threads", "4", "--memory", "1MiB")):
            with self.subTest(options=options):
                written, manifest, _ = in_folder(kinds * 200, *options)
                self.assertEqual(written, alone * 200)
                counts = manifest["counts"]
                self.assertEqual((counts["images"], counts["images_converted"]), (1000, 1000))
                self.assertEqual(manifest["conversions"], {"png_grey": 800, "png_palette": 200})

    def test_a_repeated_fault_is_told_for_each_line(self):
        bad = asked(parts(part_image(data_url(encode(corners(40, 40).convert("L"), "JPEG")[:-300], "jpeg"))))
        _, manifest, _ = in_folder([bad] * 50 + [asked(parts(self.gray))] * 10)
        self.assertEqual(manifest["rejects"], {"corrupt_image": 50})

    def test_output_none_writes_nothing_and_counts_all(self):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "raw.jsonl")
            with open(source, "wb") as file:
                file.write((asked(parts(self.gray)) + b"\n") * 20 + (asked(parts(self.broken)) + b"\n") * 5)
            run = subprocess.run([PROGRAM, "convert", source, "-o", "none", "--json"], capture_output=True, check=True,
                                 cwd=folder)
            self.assertEqual(os.listdir(folder), ["raw.jsonl"])
            counts = json.loads(run.stdout)["counts"]
            self.assertEqual((counts["written"], counts["rejected"]), (20, 5))

    def test_output_none_takes_any_number_of_threads(self):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "raw.jsonl")
            line = asked(parts(part_text("x" * 20_000), part_image(data_url(TINY_PNG, "png"))))
            with open(source, "wb") as file:
                file.write((line + b"\n") * 10_000)
            for threads in ("1", "2", "8"):
                with self.subTest(threads=threads):
                    run = subprocess.run([PROGRAM, "convert", source, "-o", "none", "--json", "--threads", threads],
                                         capture_output=True, check=True, cwd=folder)
                    self.assertEqual(json.loads(run.stdout)["counts"]["written"], 10_000)

    def test_many_threads_and_many_shards_have_right_digests(self):
        with tempfile.TemporaryDirectory() as folder:
            lines = [asked(parts(self.gray))] * 3000
            _, manifest, _ = convert(lines, folder, "--threads", "8", "--max-shard-bytes", "300kB")
            self.assertGreater(len(manifest["shards"]), 5)
            for shard in manifest["shards"]:
                with open(os.path.join(folder, "out", shard["path"]), "rb") as file:
                    self.assertEqual(xxh128(file.read()), shard["xxh128"])


if __name__ == "__main__":
    unittest.main()
