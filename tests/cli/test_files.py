"""Local paths and file:// URLs: inlined from beneath --image-root, never from anywhere else."""
import base64
import json
import os
import pathlib
import subprocess
import sys
import unittest
import urllib.parse

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, asked, image_line, parts
from pictures import TINY_PNG, TINY_URL, corners, data_url, encode

JPEG = encode(corners(16, 16), "JPEG")


class FilesTest(CliTest):
    def setUp(self):
        super().setUp()
        self.root = self.dir / "root"
        self.write("root/a.png", TINY_PNG)
        self.write("root/sub/b.jpg", JPEG)
        self.write("root/with space é.png", TINY_PNG)
        self.write("root/misnamed.jpg", TINY_PNG)
        self.write("root/100%25.png", TINY_PNG)
        self.write("secret.png", TINY_PNG)
        self.write("root-evil/secret.png", TINY_PNG)
        self.write("root/text.png", b"not an image")
        self.write("root/empty.png", b"")
        self.write("root/cut.png", TINY_PNG[:-20])
        (self.root / "inside.png").symlink_to("a.png")
        (self.root / "out.png").symlink_to("../secret.png")
        (self.root / "out-absolute.png").symlink_to(self.dir / "secret.png")
        (self.root / "up").symlink_to("..")
        (self.root / "dangling.png").symlink_to("nowhere.png")
        (self.root / "loop.png").symlink_to("loop.png")
        os.mkfifo(self.root / "fifo.png")

    def file_url(self, name):
        return "file://" + urllib.parse.quote(str(self.root / name))

    def check(self, expected, *options):
        """expected: url text -> the URL written, or the set of reasons that fit."""
        lines = [image_line(url) for url in expected]
        for (url, want), outcome in zip(expected.items(), self.outcomes(lines, *options)):
            with self.subTest(url):
                if isinstance(want, str):
                    self.assertEqual(outcome.reason, "written", outcome.record and outcome.record["detail"])
                    self.assertEqual(outcome.written, image_line(want))
                else:
                    self.assertIn(outcome.reason, want)
                    self.assertEqual(outcome.record["pointer"], "/messages/0/content/1")

    def test_files_beneath_the_root(self):
        jpeg = data_url(JPEG, "jpeg")
        self.check({"a.png": TINY_URL, "./a.png": TINY_URL, "sub/b.jpg": jpeg, "sub\\/b.jpg": jpeg,
                    "with space é.png": TINY_URL,
                    "with space \\u00e9.png": TINY_URL, "misnamed.jpg": TINY_URL, "100%25.png": TINY_URL,
                    str(self.root / "a.png"): TINY_URL,
                    self.file_url("a.png"): TINY_URL, self.file_url("sub/b.jpg"): jpeg,
                    self.file_url("with space é.png"): TINY_URL,
                    self.file_url("100%25.png"): TINY_URL, "inside.png": TINY_URL, "sub/../a.png": TINY_URL,
                    "https://example.com/a.png": "https://example.com/a.png", TINY_URL: TINY_URL}, "--image-root",
                   self.root)

    def test_check_looks_at_them_beneath_the_root(self):
        path = self.write("raw.jsonl", b"".join(image_line(name) + b"\n" for name in ("a.png", "missing.png", "../a.png")))
        codes = {}
        for options in ((), ("--image-root", self.root)):
            done = self.run_program("check", path, "--profile", "none", "--json", *options)
            self.assertEqual(done.returncode, 1, done.stderr)
            codes[options] = {each["code"]: each["findings"] for each in json.loads(done.stdout)["findings"]}
        self.assertEqual(codes[()], {"bad_url": 3})
        self.assertEqual(codes["--image-root", self.root], {"local_file": 1, "file_not_found": 1, "outside_root": 1})

    def test_a_missing_windows_path_is_called_one(self):
        self.check({"sub\\\\b.jpg": {"file_not_found"}, "dir\\\\a.png": {"file_not_found"}}, "--image-root", self.root)
        result = self.convert([image_line("sub\\\\b.jpg")], "--image-root", self.root)
        self.assertIn("Windows path", result.rejected[0]["detail"])
        (self.root / "own\\name.png").write_bytes(TINY_PNG)
        self.check({"own\\\\name.png": TINY_URL}, "--image-root", self.root)

    def test_other_ways_to_say_where_a_file_lies(self):
        here = self.dir / "elsewhere"
        here.symlink_to(self.root)
        (self.root / "absolute-inside.png").symlink_to(self.root / "a.png")
        (self.root / "out-and-in.png").symlink_to("../root/a.png")
        # ".." after a symbolic link is the parent of its target.
        self.write("root/deep/er/x.png", TINY_PNG)
        self.write("root/deep/only.jpg", JPEG)
        (self.root / "link").symlink_to("deep/er")
        self.check({f"{self.root}/link/../only.jpg": data_url(JPEG, "jpeg"), "link/../only.jpg": data_url(JPEG, "jpeg"),
                    f"{self.root}/sub/../nowhere.png": {"file_not_found"}}, "--image-root", self.root)
        for root in (self.root, here):
            self.check({f"{self.dir}/./root//a.png": TINY_URL, f"{self.dir}/../{self.dir.name}/root/a.png": TINY_URL,
                        f"{self.dir}/elsewhere/a.png": TINY_URL, f"{self.root}/a.png": TINY_URL,
                        "absolute-inside.png": TINY_URL, "out-and-in.png": TINY_URL, "sub/../../root/a.png": TINY_URL,
                        f"{self.dir}/root/../secret.png": {"outside_root"}}, "--image-root", root)

    def test_rejected_lines_are_json_whatever_the_path_is(self):
        urls = ["图片/" + "数据" * 40 + ".png", "é:" + "é" * 60, "file:///" + "數" * 50, "file:///%FF", self.file_url("") + "%FF.png"]
        lines = [image_line(url) for url in urls]
        for options in ((), ("--rejects", "reference"), ("--image-root", self.root)):
            result = self.convert(lines, *options)
            self.assertEqual(len(result.rejected), len(urls))
            result.rejected_bytes.decode()
        # Its record gives each line back.
        again = self.convert([result.dir / "rejected.jsonl"], "--image-root", self.root)
        self.assertEqual([record["raw"].encode() for record in again.rejected], lines)

    def test_string_form(self):
        line, = self.convert([asked(parts('{"type":"image_url","image_url":"a.png"}'))], "--image-root",
                             self.root).written
        self.assertEqual(line, asked(parts('{"type":"image_url","image_url":{"url":"%s"}}' % TINY_URL)))

    def test_root_given_relative_or_with_a_slash(self):
        path = self.write("input.jsonl", image_line("a.png") + b"\n")
        for root in ("root", "./root/", str(self.root) + "/"):
            output = self.new_output_dir()
            done = self.run_program("convert", path, "-o", output, "--image-root", root, cwd=self.dir)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((output / "train-00000.jsonl").read_bytes(), image_line(TINY_URL) + b"\n")

    def test_outside_the_root(self):
        outside = {"outside_root"}
        self.check({"../secret.png": outside, "sub/../../secret.png": outside, "../root-evil/secret.png": outside,
                    "..\\/secret.png": outside, "\\u002e\\u002e/secret.png": outside, "out.png": outside,
                    "out-absolute.png": outside,
                    "up/secret.png": outside, "up/root-evil/secret.png": outside, "../root/../secret.png": outside,
                    str(self.dir / "secret.png"): outside, str(self.dir / "root-evil/secret.png"): outside,
                    "/etc/passwd": outside,
                    "file:///etc/passwd": outside, self.file_url("../secret.png"): outside,
                    f"file://{self.root}/%2e%2e/secret.png": outside,
                    "/../../../../../../../etc/passwd": outside, "..": outside}, "--image-root", self.root)

    def test_a_folder_that_is_swapped_for_a_link_while_it_is_read(self):
        secret = encode(Image.new("RGB", (5, 5), (9, 9, 9)), "PNG")
        (self.dir / "secrets").mkdir()
        (self.dir / "secrets" / "b.png").write_bytes(secret)
        (self.root / "swap").mkdir()
        (self.root / "swap" / "b.png").write_bytes((self.root / "a.png").read_bytes())
        os.symlink(self.dir / "secrets", self.root / "link")
        swapper = subprocess.Popen([sys.executable, "-c", "import os, sys\nos.chdir(sys.argv[1])\nwhile True:\n"
                                    " os.rename('swap', 'x'); os.rename('link', 'swap')\n"
                                    " os.rename('swap', 'link'); os.rename('x', 'swap')", self.root])
        self.addCleanup(swapper.wait)
        self.addCleanup(swapper.kill)
        path = self.write("race.jsonl", b"".join(image_line("swap/b.png", number) + b"\n" for number in range(4000)))
        written = 0
        for attempt in range(20):  # on a busy machine the link may stand there for all of a run
            outcome = self.convert([path], "--image-root", self.root, "--no-sync", output=self.dir / f"race-{attempt}")
            written += len(outcome.written)
            self.assertLessEqual({line.count(base64.b64encode(secret)) for line in outcome.written}, {0})
            self.assertLessEqual(set(outcome.reasons), {"outside_root", "file_not_found"})
            if written > 0:
                break
        self.assertGreater(written, 0)

    def test_no_such_file(self):
        missing = {"file_not_found"}
        self.check({"nowhere.png": missing, "sub/nowhere.png": missing, "nowhere/a.png": missing,
                    "a.png/b.png": missing,
                    "dangling.png": missing, "A.PNG": missing, self.file_url("nowhere.png"): missing,
                    "x" * 300 + ".png": missing,
                    "x/" * 3000 + "a.png": missing}, "--image-root", self.root)

    def test_what_is_no_regular_file_is_not_opened(self):
        refused = {"file_not_found", "outside_root"}
        self.check({"fifo.png": refused, "sub": refused, ".": refused, "loop.png": refused}, "--image-root", self.root)

    def test_path_with_a_nul_is_not_cut_short(self):
        self.check({"a.png\\u0000.png": {"bad_url", "file_not_found", "outside_root"}}, "--image-root", self.root)

    def test_files_that_are_no_image(self):
        self.check({"text.png": {"unknown_format"}, "empty.png": {"empty_image"}, "cut.png": {"corrupt_image"}},
                   "--image-root", self.root)

    def test_schemes_that_are_neither(self):
        self.check({"ftp://example.com/a.png": {"bad_url"}, "": {"bad_url"}}, "--image-root", self.root)

    def test_without_a_root_nothing_is_read(self):
        self.check({"a.png": {"bad_url"}, str(self.root / "a.png"): {"bad_url"}, self.file_url("a.png"): {"bad_url"}})

    def test_profile_without_urls_takes_inlined_files(self):
        self.check({"a.png": TINY_URL}, "--image-root", self.root, "--profile", "fireworks")

    def test_root_that_is_no_directory(self):
        path = self.write("input.jsonl", image_line("a.png") + b"\n")
        for root in (self.dir / "nowhere", self.root / "a.png"):
            done = self.run_program("convert", path, "-o", self.new_output_dir(), "--image-root", root)
            self.assertIn(done.returncode, (2, 3))
            self.check_message(done, pathlib.Path(root).name)


if __name__ == "__main__":
    unittest.main()
