"""HEIC and AVIF as cameras and editors write them: turned, mirrored and cropped in any order, in tiles, deep, with alpha,
with a video at the end. The expected pictures are the encoders' sources, changed with Pillow, or what heif-convert shows.
"""
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from PIL import Image, ImageChops

from harness import BUILT_WITHOUT, image_line
from heif_files import VIDEO, box, boxes, clap, imir, irot, with_properties
from picture_test import PictureTest, with_alpha
from pictures import corners, data_url, encode

SIZE = (64, 48)
TURNED = {1: Image.ROTATE_90, 2: Image.ROTATE_180, 3: Image.ROTATE_270}  # against the clock, as irot counts
MIRRORED = {0: Image.FLIP_TOP_BOTTOM, 1: Image.FLIP_LEFT_RIGHT}  # 23008-12:2022, section 6.5.12
TRANSFORMS = (b"irot", b"imir", b"clap")


def through(command, data, suffix, out):
    with tempfile.TemporaryDirectory() as folder:
        source, result = pathlib.Path(folder, "in" + suffix), pathlib.Path(folder, "out" + out)
        source.write_bytes(data)
        subprocess.run([{"IN": source, "OUT": result}.get(word, word) for word in command], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return result.read_bytes()


def avif(image, *options):
    """Lossless where the options do not say otherwise."""
    return through(["avifenc", *(options or ["--lossless"]), "IN", "OUT"], encode(image, "PNG"), ".png", ".avif")


def heic(image, *options):
    return through(["heif-enc", "-q", "90", *options, "IN", "-o", "OUT"], encode(image, "PNG"), ".png", ".heic")


def as_heif_convert_shows(data, suffix):
    return Image.open(io.BytesIO(through(["heif-convert", "IN", "OUT"], data, suffix, ".png")))


def size_first(kinds):
    return sorted(range(len(kinds)), key=lambda i: kinds[i] in TRANSFORMS)


def size_last(kinds):
    return sorted(range(len(kinds)), key=lambda i: (kinds[i] == b"ispe", kinds[i] not in TRANSFORMS))


def size_between(kinds):
    """The first transformation before the size, the others after it."""
    first = next(i for i, kind in enumerate(kinds) if kind in TRANSFORMS)
    return [first] + [i for i in range(len(kinds)) if i != first]


ORDERS = {"size first": size_first, "size last": size_last, "size between": size_between, "as added": None}


@unittest.skipIf("libheif" in BUILT_WITHOUT, "a build without libheif")
class HeifTest(PictureTest):
    def setUp(self):
        super().setUp()
        self.picture = corners(*SIZE)
        self.file = avif(self.picture)

    def check_orders(self, properties, expected, file=None):
        images = {f"{said}, {'wide' if wide else 'narrow'} indexes": with_properties(file or self.file, properties, order, wide)
                  for said, order in ORDERS.items() for wide in (False, True)}
        self.check_exact(images, dict.fromkeys(images, expected))

    def test_every_turn_and_mirror_in_any_order_of_the_properties(self):
        for turns in range(4):
            for axis in (None, 0, 1):
                with self.subTest(turns=turns, axis=axis):
                    expected = self.picture.transpose(TURNED[turns]) if turns else self.picture
                    properties = [irot(turns)]
                    if axis is not None:
                        expected = expected.transpose(MIRRORED[axis])
                        properties.append(imir(axis))
                    self.check_orders(properties, expected)

    def test_mirroring_before_turning_is_another_picture(self):
        self.check_orders([imir(1), irot(1)], self.picture.transpose(Image.FLIP_LEFT_RIGHT).transpose(Image.ROTATE_90))

    def test_a_crop_at_odd_places(self):
        for left, top, width, height in ((0, 0, 64, 48), (3, 5, 31, 21), (1, 1, 1, 1), (63, 47, 1, 1), (7, 0, 50, 48)):
            with self.subTest(left=left, top=top):
                self.check_orders([clap(SIZE, left, top, width, height)],
                                  self.picture.crop((left, top, left + width, top + height)))

    def test_crops_and_turns_happen_in_the_order_of_the_file(self):
        cropped = self.picture.crop((3, 5, 34, 26))
        self.check_orders([clap(SIZE, 3, 5, 31, 21), irot(1)], cropped.transpose(Image.ROTATE_90))
        self.check_orders([irot(3), clap((48, 64), 3, 5, 31, 21)],
                          self.picture.transpose(Image.ROTATE_270).crop((3, 5, 34, 26)))

    def test_a_crop_that_reaches_over_the_edge_ends_there(self):
        self.check_orders([clap(SIZE, 40, 30, 40, 40)], self.picture.crop((40, 30, 64, 48)))

    def test_halved_chroma_is_cropped_where_the_whole_picture_would_be(self):
        for suffix, file in ((".avif", avif(self.picture, "-y", "420")), (".heic", heic(self.picture))):
            whole = as_heif_convert_shows(file, suffix).convert("RGB")
            self.assertEqual(whole.size, SIZE)
            self.check_orders([clap(SIZE, 3, 5, 31, 21), irot(1)], whole.crop((3, 5, 34, 26)).transpose(Image.ROTATE_90), file)

    def test_tiles(self):
        picture = corners(256, 192)
        tiles = [picture.crop((x, y, x + 128, y + 96)) for y in (0, 96) for x in (0, 128)]
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, tile in enumerate(tiles):
                paths.append(os.path.join(folder, f"{number}.png"))
                tile.save(paths[-1])
            out = os.path.join(folder, "out.avif")
            subprocess.run(["avifenc", "--lossless", "--grid", "2x2", *paths, out], check=True, capture_output=True)
            file = pathlib.Path(out).read_bytes()
        self.check_orders([irot(1)], picture.transpose(Image.ROTATE_90), file)

    def test_tiles_that_leave_gaps_are_refused(self):
        # The encoder makes a grid of one tile of 64 x 64; half of it is left when the tile is cropped.
        gaps = with_properties(heic(self.picture), [clap((64, 64), 0, 0, 32, 64)], tiles_too=True)
        self.check_rejected({"cropped tiles": gaps}, ("corrupt_image",))

    def test_alpha_is_turned_and_cropped_with_its_picture(self):
        picture = with_alpha(self.picture)
        file = avif(picture)
        self.check_orders([irot(1)], picture.transpose(Image.ROTATE_90), file)
        self.check_orders([clap(SIZE, 3, 5, 31, 21), imir(0)], picture.crop((3, 5, 34, 26)).transpose(Image.FLIP_TOP_BOTTOM),
                          file)

    def test_ten_and_twelve_bits(self):
        for depth in ("10", "12"):
            file = avif(self.picture, "-d", depth, "-y", "444", "--min", "0", "--max", "0")
            images = {said: with_properties(file, [clap(SIZE, 3, 5, 31, 21), irot(3)], order) for said, order in ORDERS.items()}
            expected = self.picture.crop((3, 5, 34, 26)).transpose(Image.ROTATE_270)
            for name, found in self.convert_images(images).items():
                with self.subTest(depth=depth, order=name):
                    self.assertEqual(found[2].size, expected.size)
                    furthest = max(high for _, high in ImageChops.difference(found[2], expected).getextrema())
                    self.assertLessEqual(furthest, 2)

    def test_ten_and_twelve_bits_are_mirrored(self):
        """heif-convert 1.15 mirrors 8 bits only."""
        for picture, depth, axis in ((self.picture, "10", 0), (self.picture, "12", 1), (with_alpha(self.picture), "10", 1)):
            file = avif(picture, "-d", depth, "-y", "444", "--min", "0", "--max", "0")
            properties = [clap(SIZE, 3, 5, 31, 21), irot(3), imir(axis)]
            expected = picture.crop((3, 5, 34, 26)).transpose(Image.ROTATE_270).transpose(MIRRORED[axis])
            images = {said: with_properties(file, properties, order) for said, order in ORDERS.items()}
            for name, found in self.convert_images(images).items():
                with self.subTest(depth=depth, axis=axis, order=name):
                    self.assertNotIsInstance(found, str, found)
                    self.assertEqual((found[2].mode, found[2].size), (expected.mode, expected.size))
                    furthest = max(high for _, high in ImageChops.difference(found[2], expected).getextrema())
                    self.assertLessEqual(furthest, 3)

    def test_the_decoded_size_counts_where_the_header_says_more(self):
        self.check_exact({"larger": with_properties(self.file, [], size=(80, 60))}, {"larger": self.picture})

    def test_pixels_are_limited_before_and_after_the_crop(self):
        cropped = with_properties(self.file, [clap(SIZE, 3, 5, 10, 10)])
        self.check_rejected({"before": cropped}, ("too_many_pixels",), "--max-pixels", str(64 * 48 - 1))
        self.check_exact({"after": cropped}, {"after": self.picture.crop((3, 5, 13, 15))}, ("png",), "--max-pixels",
                         str(64 * 48))

    def test_a_video_after_the_picture(self):
        for suffix, file in ((".heic", heic(self.picture)), (".avif", avif(self.picture, "-y", "420"))):
            plain = as_heif_convert_shows(file, suffix).convert("RGB")
            endings = {"nothing": b"", "a video": VIDEO, "a video cut off": VIDEO[:200], "a video's boxes without ftyp":
                       b"".join(box(kind, body) for kind, body in boxes(VIDEO)[1:]), "a Samsung box":
                       box(b"mpvd", VIDEO), "zeros": bytes(64), "text": b"and so on\n" * 9}
            images = {said: file + ending for said, ending in endings.items()}
            self.check_exact(images, dict.fromkeys(images, plain))

    def test_a_stream_larger_than_its_header_says_is_limited_by_its_own_size(self):
        flat = Image.new("RGB", (2400, 2000), (9, 99, 199))
        for file in (avif(flat, "-y", "420", "-s", "10"), heic(flat)):
            liar = with_properties(file, [], size=(64, 48))
            self.check_rejected({"liar": liar}, ("too_many_pixels", "corrupt_image"), "--max-pixels", str(2400 * 2000 - 1))

    def test_pieces_that_are_together_longer_than_the_file_are_refused(self):
        at = self.file.index(b"iloc") + 4
        width = self.file[at + 4] >> 4
        self.assertEqual((self.file[at + 4], self.file[at + 5] >> 4, width), (0x44, 0, 4), "as avifenc writes it")
        count = at + 8 + 4
        piece = self.file[count + 2:count + 10]
        many = boxes(self.file)
        body = bytearray(dict(boxes(dict(many)[b"meta"][4:]))[b"iloc"])
        body[12:14] = (500).to_bytes(2, "big")
        body[14:22] = piece * 500
        meta = dict(many)[b"meta"]
        rest = b"".join(box(kind, bytes(body) if kind == b"iloc" else data) for kind, data in boxes(meta[4:]))
        file = b"".join(box(kind, meta[:4] + rest if kind == b"meta" else data) for kind, data in many)
        self.check_rejected({"repeated": file}, ("corrupt_image",))

    def test_cut_off_files_are_refused(self):
        for file in (self.file, heic(self.picture)):
            images = {str(length): file[:length] for length in (16, 100, 300, len(file) * 2 // 3, len(file) - 9)}
            self.check_rejected(images, ("corrupt_image", "unsupported_format"))


if __name__ == "__main__":
    unittest.main()
