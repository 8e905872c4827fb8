#!/usr/bin/python3
"""Runs the example programs, built against an installed copy of the library: test_examples.py DIRECTORY"""
import base64
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from PIL import Image

PROGRAMS = pathlib.Path(sys.argv.pop()).resolve()


def image_file(mode, size, format, **options):
    picture, file = Image.new(mode, size), io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def line(url, role="user"):
    part = {"type": "image_url", "image_url": {"url": url}}
    return json.dumps({"messages": [{"role": role, "content": [part]}, {"role": "assistant", "content": "yes"}]})


def data_url(file, declared="image/png"):
    return f"data:{declared};base64,{base64.b64encode(file).decode()}"


class FitOneImageTest(unittest.TestCase):
    def fit(self, file):
        with tempfile.TemporaryDirectory() as directory:
            source, target = pathlib.Path(directory, "from"), pathlib.Path(directory, "to")
            source.write_bytes(file)
            done = subprocess.run([PROGRAMS / "fit_one_image", source, target], capture_output=True, text=True)
            return done, target.read_bytes() if target.exists() else None

    def test_an_acceptable_image_is_left_alone(self):
        file = image_file("RGB", (7, 5), "PNG")
        done, fitted = self.fit(file)
        characters = len(data_url(file))
        self.assertEqual((done.returncode, done.stdout),
                         (0, f"image/png\nas a data URL: {characters} characters\n"))
        self.assertEqual(fitted, file)

    def test_other_modes_and_formats_are_converted(self):
        for name, mode, format, options, said, becomes in [
                ("gray", "L", "PNG", {}, "image/png png_grey", "PNG"),
                ("ink", "CMYK", "JPEG", {}, "image/jpeg jpeg_cmyk", "JPEG"),
                ("animation", "P", "GIF", {}, "image/png gif", "PNG")]:
            with self.subTest(name):
                done, fitted = self.fit(image_file(mode, (16, 8), format, **options))
                self.assertEqual((done.returncode, done.stdout.splitlines()[0]), (0, said), done.stderr)
                picture = Image.open(io.BytesIO(fitted))
                self.assertEqual((picture.format, picture.mode, picture.size), (becomes, "RGB", (16, 8)))

    def test_what_is_no_image_is_named(self):
        for file, code in [(b"", "empty_image"), (b"hello, world", "unknown_format"),
                           (image_file("RGB", (99, 99), "PNG")[:-20], "corrupt_image")]:
            done, fitted = self.fit(file)
            self.assertEqual((done.returncode, done.stdout.split(":")[0], fitted), (1, code, None))

    def test_a_file_that_is_not_there(self):
        done = subprocess.run([PROGRAMS / "fit_one_image", "/nowhere", "/nowhere"], capture_output=True)
        self.assertEqual((done.returncode, done.stdout), (2, b""))


class CheckLinesTest(unittest.TestCase):
    def check(self, *lines):
        done = subprocess.run([PROGRAMS / "check_lines"], input="".join(line + "\n" for line in lines),
                              capture_output=True, text=True)
        return done.returncode, done.stdout

    def test_lines_that_pass(self):
        text = '{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}'
        picture = line(data_url(image_file("RGB", (7, 5), "PNG")))
        self.assertEqual(self.check(text, "", picture, line("https://example.org/a.png")), (0, ""))

    def test_each_finding_has_its_line_its_place_and_its_remedy(self):
        good = image_file("RGB", (7, 5), "PNG")
        gray = line(data_url(image_file("L", (7, 5), "PNG"), "image/jpeg"))
        broken = bytearray(good)
        broken[broken.index(b"IDAT") + 6] ^= 1
        status, shown = self.check(line(data_url(good)), "{", gray, line(data_url(broken)),
                                   line("https://example.org/a.png", "assistant"))
        found = [shown_line.split(": ")[:2] for shown_line in shown.splitlines()]
        self.assertEqual(status, 1)
        self.assertEqual(found, [
            ["2", "invalid_json skipped"],
            ["3", "media_type warning, convert repairs it, at /messages/0/content/0"],
            ["3", "png_grey skipped, convert repairs it, at /messages/0/content/0"],
            ["4", "corrupt_image skipped, at /messages/0/content/0"],
            ["5", "assistant_image skipped, at /messages/0/content/0"],
            ["5", "no_user skipped, at /messages"]])

    def test_damage_that_only_decoding_shows(self):
        file = bytearray(image_file("RGB", (64, 64), "JPEG", quality=95))
        scan = file.index(b"\xff\xda")
        file[scan + 20:-2] = b"\x00" * (len(file) - scan - 22)
        status, shown = self.check(line(data_url(file, "image/jpeg")))
        self.assertEqual((status, shown.split(",")[0]), (1, "1: corrupt_image skipped"))


if __name__ == "__main__":
    unittest.main()
