"""Runs pictures through the program, one to a line, and compares what comes out."""
import os
import subprocess
import sys

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, image_line, image_urls, payload_of
from pictures import data_url, decode, difference, encode


def exif(orientation):
    tags = Image.Exif()
    tags[274] = orientation
    return tags.tobytes()


def tool(data, *command):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def magick(data, *options):
    return tool(data, "convert-im6.q16", "-", *options)


def cjpeg(image, *options):
    return tool(encode(image, "PPM"), "cjpeg", *options)


def with_alpha(image):
    return Image.merge("RGBA", (*image.convert("RGB").split(), Image.linear_gradient("L").resize(image.size)))


class PictureTest(CliTest):
    def convert_images(self, images, *options):
        """name -> (TYPE, bytes, picture), or the reason it was rejected."""
        found = {}
        lines = [image_line(data_url(data, "png")) for data in images.values()]
        for name, outcome in zip(images, self.outcomes(lines, *options)):
            if outcome.record:
                found[name] = outcome.reason
                continue
            kind, data = payload_of(image_urls(outcome.written)[0])
            picture = decode(data)
            self.assertEqual({"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}[kind], picture.format,
                             "the media type is true")
            self.assertIn(picture.mode, ("RGB", "RGBA"), name)
            found[name] = kind, data, picture
        return found

    def check_kept(self, images, *options):
        for name, found in self.convert_images(images, *options).items():
            with self.subTest(name):
                self.assertNotIsInstance(found, str, found)
                self.assertTrue(found[1] == images[name], "not the same bytes")

    def check_rejected(self, images, reasons, *options):
        for name, found in self.convert_images(images, *options).items():
            with self.subTest(name):
                self.assertIn(found if isinstance(found, str) else "written", reasons)

    def check_exact(self, images, expected, kinds=("png",), *options):
        """expected: name -> RGB or RGBA picture; the mode counts too."""
        for name, found in self.convert_images(images, *options).items():
            with self.subTest(name):
                self.assertNotIsInstance(found, str, found)
                kind, _, picture = found
                self.assertIn(kind, kinds)
                self.assertEqual((picture.mode, picture.size), (expected[name].mode, expected[name].size))
                self.assertEqual(picture.tobytes(), expected[name].tobytes())

    def check_close(self, images, expected, tolerance, kinds, *options):
        for name, found in self.convert_images(images, *options).items():
            with self.subTest(name):
                self.assertNotIsInstance(found, str, found)
                kind, _, picture = found
                self.assertIn(kind, kinds)
                self.assertEqual(picture.size, expected[name].size)
                self.assertLess(difference(picture, expected[name]), tolerance)
