"""EXIF orientation 1 to 8, baked or kept."""
import os
import subprocess
import sys
import unittest

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from picture_test import PictureTest, exif, tool
from pictures import corners, decode, encode, photo

TURNS = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
         6: Image.ROTATE_270, 7: Image.TRANSVERSE, 8: Image.ROTATE_90}
JPEGTRAN = {2: ["-flip", "horizontal"], 3: ["-rotate", "180"], 4: ["-flip", "vertical"], 5: ["-transpose"],
            6: ["-rotate", "90"], 7: ["-transverse"], 8: ["-rotate", "270"]}


class OrientationTest(PictureTest):
    def test_jpeg_orientation_is_applied_to_the_coefficients(self):
        """Sizes of whole 16 x 16 blocks: the same pixels as jpegtran's."""
        plain = photo(64, 48)
        for subsampling in (0, 2):
            images = {turn: encode(plain, "JPEG", quality=85, subsampling=subsampling, exif=exif(turn))
                      for turn in TURNS}
            expected = {turn: decode(tool(data, "jpegtran", "-perfect", *JPEGTRAN[turn]))
                        for turn, data in images.items()}
            self.check_exact(images, expected, ["jpeg"])
            for turn, (_, _, picture) in self.convert_images(images).items():
                self.assertEqual(picture.getexif().get(274, 1), 1, f"orientation {turn} is used up")

    def test_jpeg_orientation_of_other_sizes(self):
        for size in ((61, 47), (7, 90), (17, 16), (33, 9)):
            images = {turn: encode(corners(*size), "JPEG", quality=92, subsampling=0, exif=exif(turn))
                      for turn in TURNS}
            expected = {turn: decode(data).transpose(TURNS[turn]) for turn, data in images.items()}
            self.check_close(images, expected, 8, ["jpeg"])
            for turn, (_, _, picture) in self.convert_images(images).items():
                self.assertEqual(picture.getexif().get(274, 1), 1)

    def test_gray_jpeg_is_turned_too(self):
        images = {turn: encode(corners(40, 24).convert("L"), "JPEG", quality=92, exif=exif(turn)) for turn in TURNS}
        expected = {turn: decode(data).transpose(TURNS[turn]).convert("RGB") for turn, data in images.items()}
        self.check_close(images, expected, 4, ["jpeg"])

    def test_png_and_lossless_webp_orientation(self):
        picture = corners(21, 13)
        for kind, options in (("PNG", {}), ("WEBP", {"lossless": True})):
            images = {turn: encode(picture, kind, exif=exif(turn), **options) for turn in TURNS}
            self.check_exact(images, {turn: picture.transpose(TURNS[turn]) for turn in TURNS}, ("png", "webp"))
            for turn, (_, _, found) in self.convert_images(images).items():
                self.assertEqual(found.getexif().get(274, 1), 1)

    def test_tiff_orientation(self):
        picture = corners(21, 13)
        images = {turn: encode(picture, "TIFF", tiffinfo={274: turn}) for turn in TURNS}
        self.check_exact(images, {turn: picture.transpose(TURNS[turn]) for turn in TURNS})

    def test_orientation_kept_on_request(self):
        picture = photo(40, 24)
        self.check_kept({(kind, turn): encode(picture, kind, exif=exif(turn)) for kind in ("JPEG", "PNG", "WEBP")
                         for turn in (2, 6, 8)},
                        "--orient", "keep")

    def xmp(self, data, suffix, turn):
        path = self.write("image" + suffix, data)
        subprocess.run(["exiftool", "-q", "-overwrite_original", f"-XMP-tiff:Orientation#={turn}", path], check=True)
        return path.read_bytes()

    def test_orientation_in_xmp_is_kept_on_request(self):
        images = {kind: self.xmp(encode(photo(40, 24), kind), "." + kind.lower(), 6) for kind in ("JPEG", "PNG", "WEBP")}
        self.check_kept(images, "--orient", "keep")

    def test_nothing_turns_a_picture_twice(self):
        """Exif and XMP that say the same or not: neither is left."""
        for size in ((64, 48), (61, 47)):
            images = {}
            for turn in (3, 6):
                images[f"JPEG {turn}"] = self.xmp(encode(photo(*size), "JPEG", exif=exif(6)), ".jpeg", turn)
                images[f"PNG {turn}"] = self.xmp(encode(photo(*size), "PNG", exif=exif(6)), ".png", turn)
                images[f"WebP {turn}"] = self.xmp(encode(photo(*size), "WEBP", exif=exif(6)), ".webp", turn)
            for name, (_, data, picture) in self.convert_images(images).items():
                self.assertEqual(picture.size, size[::-1], name)
                path = self.write("out", data)
                said = subprocess.run(["exiftool", "-s3", "-a", "-Orientation", path], capture_output=True, check=True)
                self.assertEqual(said.stdout, b"", name)

    def test_orientation_that_makes_no_sense_is_none(self):
        self.check_kept({turn: encode(photo(40, 24), "JPEG", exif=exif(turn)) for turn in (0, 9, 200)})


if __name__ == "__main__":
    unittest.main()
