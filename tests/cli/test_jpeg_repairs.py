"""JPEG files that some decoders read and others refuse: repaired without loss, also with other conversions."""
import os
import random
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import image_line, image_urls, payload_of
from picture_test import PictureTest, cjpeg, exif, tool
from pictures import data_url, decode, encode, jpeg_segments, photo

END = b"\xff\xd9"
SAMSUNG = (b"\0\0\x01\x0b\x0a\0\0\0Panorama" + random.Random(4).randbytes(300).replace(b"\xff", b"\xfe") +
           b"SEFH\x65\0\0\0SEFT")


def scans(file, *names):
    file.write_text("".join(f"{name};\n" for name in names))
    return ["-scans", file]


def with_segment(data, marker, body):
    return data[:2] + bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body + data[2:]


def turned(data, orientation):
    return with_segment(data, 0xE1, exif(orientation))


def gray(picture, *options):
    return cjpeg(picture.convert("L"), "-grayscale", *options)


def messages(data):
    """What djpeg says while it decodes."""
    return subprocess.run(["djpeg"], input=data, capture_output=True).stderr


class JpegRepairTest(PictureTest):
    picture = photo(160, 96)

    def kinds(self):
        picture = self.picture
        return {"4:2:0": cjpeg(picture), "4:4:4": cjpeg(picture, "-sample", "1x1"), "RGB": cjpeg(picture, "-rgb"),
                "progressive": cjpeg(picture, "-progressive"), "restart": cjpeg(picture, "-restart", "3B"),
                "progressive restart": cjpeg(picture, "-progressive", "-restart", "3B"),
                "three scans": cjpeg(picture, *scans(self.dir / "three", 0, 1, 2)),
                "two scans": cjpeg(picture, *scans(self.dir / "two", 0, "1 2"))}

    def converted(self, images, *options):
        """name -> (bytes or the reason, its conversions); each image in a separate run."""
        found = {}
        for name, data in images.items():
            result = self.convert([image_line(data_url(data, "jpeg"))], *options)
            found[name] = (result.reasons[0] if result.rejected else payload_of(image_urls(result.written[0])[0])[1],
                           set(result.manifest["conversions"]))
        return found

    def check_same_outcome(self, images, sound, *options):
        """name -> damaged file, name -> what it would be without damage: the same becomes of both."""
        found, wanted = self.convert_images(images, *options), self.convert_images(sound, *options)
        for name in images:
            with self.subTest(name, options=options):
                self.assertNotIsInstance(found[name], str, found[name])
                self.assertEqual(found[name][0], wanted[name][0])
                self.assertEqual(found[name][2].size, wanted[name][2].size)
                self.assertTrue(found[name][2].tobytes() == wanted[name][2].tobytes(), "not the same pixels")


class EndMarkerTest(JpegRepairTest):
    def test_end_marker_is_added_where_the_scans_are_complete(self):
        kinds = self.kinds()
        found = self.converted({name: data[:-2] for name, data in kinds.items()})
        for name, data in kinds.items():
            with self.subTest(name):
                self.assertEqual(found[name], (data, {"jpeg_end_marker"}))

    def test_what_stands_in_place_of_the_end_marker_is_left_out(self):
        noise = random.Random(5).randbytes(3000)
        trailers = {"Samsung's": SAMSUNG, "half an end marker": b"\xff", "fill bytes": b"\xff\xff\xff", "noise": noise,
                    "another JPEG": cjpeg(photo(32, 32)), "zeros": bytes(500), "a long segment": b"\xff\xe1\xff\xffab",
                    "a bad table": b"\xff\xdb\0\x04\x09\x09",
                    "a bad scan": b"\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\x05\x3f\0"}
        self.assertNotIn(END, noise)
        for kind in ("4:2:0", "progressive", "restart"):
            data = self.kinds()[kind]
            found = self.convert_images({name: data[:-2] + trailer for name, trailer in trailers.items()})
            for name, outcome in found.items():
                with self.subTest(name, kind=kind):
                    self.assertNotIsInstance(outcome, str, outcome)
                    self.assertTrue(outcome[1] == data, "not the file with its end marker")

    def test_scan_that_is_cut_off_stays_corrupt(self):
        rng = random.Random(6)
        for kind, data in self.kinds().items():
            begin = max(at for at in range(len(data) - 1) if data[at:at + 2] == b"\xff\xda")
            cuts = sorted(rng.sample(range(begin, len(data) - 4), 12))
            # A file that djpeg reads without a warning after an end marker is added was not cut.
            cuts = [cut for cut in cuts if messages(data[:cut] + END)]
            self.assertTrue(cuts)
            images = {f"{kind} {cut}": data[:cut] for cut in cuts}
            images |= {f"{kind} {cut} and a trailer": data[:cut] + b"\xff\xd8" + SAMSUNG for cut in cuts}
            self.check_rejected(images, ["corrupt_image"])
            self.check_rejected(images, ["corrupt_image"], "--verify", "pixels")

    def test_check_names_the_missing_marker_or_the_missing_data(self):
        for data, code in ((cjpeg(self.picture)[:-2], "jpeg_end_marker"), (cjpeg(self.picture)[:-200], "corrupt_image"),
                           (gray(self.picture)[:-200], "corrupt_image"),
                           (cjpeg(photo(1200, 1000), "-progressive")[:-200], "corrupt_image")):
            lines = self.write("in.jsonl", image_line(data_url(data, "jpeg")) + b"\n")
            done = self.run_program("check", "--json", lines)
            self.assertIn(code.encode(), done.stdout)
            self.assertEqual((b"jpeg_end_marker" in done.stdout, b"corrupt_image" in done.stdout),
                             (code == "jpeg_end_marker", code == "corrupt_image"))

    def test_before_whatever_else_is_done(self):
        picture = self.picture
        sound = {"gray": gray(picture), "gray progressive": gray(picture, "-progressive"),
                 "turned": turned(cjpeg(picture), 6), "turned gray": turned(gray(picture), 3),
                 "turned, cut blocks": turned(cjpeg(photo(150, 90)), 8),
                 "CMYK": encode(picture.convert("CMYK"), "JPEG"),
                 "damaged metadata": with_segment(cjpeg(picture), 0xE1, b"Exif\0\0ab"),
                 "multi-picture": encode(picture, "MPO", save_all=True, append_images=[photo(32, 24, 2)])}
        images = {}
        for name, data in sound.items():
            end = data.index(END, next(end for marker, _, end in jpeg_segments(data) if marker == 0xDA))
            images[name] = data[:end] + data[end + 2:]
        self.check_same_outcome(images, sound)
        self.check_same_outcome(images, sound, "--verify", "pixels")
        self.check_same_outcome(images, sound, "--max-image-bytes", "2500")
        self.check_same_outcome({"": cjpeg(photo(1200, 800))[:-2] + SAMSUNG}, {"": cjpeg(photo(1200, 800))},
                                "--fit-model", "tiles")


class ArithmeticTest(JpegRepairTest):
    def test_coefficients_and_metadata_stay(self):
        """As jpegtran gives them, which is the other program that can."""
        picture = photo(600, 400, grain=0.5)
        kinds = {"sequential": [], "progressive": ["-progressive"], "RGB": ["-rgb"], "restart": ["-restart", "2"],
                 "16-bit steps": ["-quality", "2"]}
        images = {name: cjpeg(picture, "-arithmetic", *options) for name, options in kinds.items()}
        profile, comment = b"\0\0\0\x98lcms\x02\x10\0\0mntrRGB XYZ " + bytes(128), b"a comment"
        large = cjpeg(photo(900, 700, grain=0.9), "-arithmetic", "-quality", "95")
        self.assertGreater(len(large), 1 << 17)
        images["large"] = with_segment(with_segment(large, 0xE2, b"ICC_PROFILE\0\1\1" + profile), 0xFE, comment)
        for name, (data, conversions) in self.converted(images).items():
            with self.subTest(name):
                self.assertEqual(conversions, {"jpeg_arithmetic"})
                frame = {"progressive": b"\xff\xc2", "16-bit steps": b"\xff\xc1"}.get(name, b"\xff\xc0")
                self.assertIn(frame, data)
                self.assertEqual(tool(data, "djpeg"), tool(images[name], "djpeg"))
                plain = [tool(file, "jpegtran", "-copy", "none", "-optimize") for file in (data, images[name])]
                self.assertTrue(plain[0] == plain[1], "other coefficients")
                self.assertEqual(decode(data).mode, "RGB")
                if name == "large":
                    self.assertEqual(decode(data).info["icc_profile"], profile)
                    self.assertEqual(decode(data).info["comment"], comment)

    def test_before_whatever_else_is_done(self):
        picture = self.picture
        made = {"gray": (gray, []), "gray progressive": (gray, ["-progressive"]),
                "gray restart": (gray, ["-restart", "3B"]), "color": (cjpeg, [])}
        for orientation in (1, 3, 6):
            for size in ((160, 96), (150, 90)):
                sound = {name: turned(make(photo(*size), *options), orientation)
                         for name, (make, options) in made.items()}
                images = {name: turned(make(photo(*size), "-arithmetic", *options), orientation)
                          for name, (make, options) in made.items()}
                self.check_same_outcome(images, sound)
        images = {name: make(picture, "-arithmetic", *options) for name, (make, options) in made.items()}
        sound = {name: make(picture, *options) for name, (make, options) in made.items()}
        self.check_same_outcome(images, sound, "--max-image-bytes", "2500")
        self.check_same_outcome(images, sound, "--verify", "pixels")

    def test_orientation_that_is_kept_stays_in_the_file(self):
        data = turned(cjpeg(self.picture, "-arithmetic"), 6)
        found, = self.converted({"": data}, "--orient", "keep").values()
        self.assertEqual(found[1], {"jpeg_arithmetic"})
        self.assertEqual(decode(found[0]).getexif()[274], 6)

    def test_a_file_without_end_marker_may_be_cut_off(self):
        """Cut arithmetic data cannot be detected: djpeg decodes half of it and warns only of the missing marker."""
        data = cjpeg(self.picture, "-arithmetic")
        self.assertEqual(messages(data[:-800] + END), b"")
        self.check_rejected({"": data[:-2]}, ["corrupt_image"])


class StrayBytesTest(JpegRepairTest):
    def strays(self):
        return {"few bytes": b"\x12\x34\x56", "many bytes": bytes(range(1, 251)) * 3, "zeros": bytes(900),
                "restart marker": b"\xff\xd0", "restart markers": b"\xff\xd0\xff\xff\xd5\xff\xd2"}

    def test_what_stands_before_the_end_marker_loses_nothing(self):
        images = {(kind, name): data[:-2] + stray + END for kind, data in self.kinds().items()
                  for name, stray in self.strays().items()}
        self.check_kept(images)
        self.check_kept(images, "--verify", "pixels")
        lines = b"".join(image_line(data_url(data, "jpeg")) + b"\n" for data in images.values())
        done = self.run_program("check", "--json", self.write("in.jsonl", lines))
        self.assertNotIn(b"corrupt_image", done.stdout)

    def test_before_whatever_else_is_done(self):
        picture = self.picture
        sound = {"gray": gray(picture), "turned": turned(cjpeg(picture), 6), "turned gray": turned(gray(picture), 6),
                 "CMYK": encode(picture.convert("CMYK"), "JPEG"), "arithmetic": cjpeg(picture, "-arithmetic")}
        for options in ([], ["--max-image-bytes", "2500"]):
            for stray in self.strays().values():
                self.check_same_outcome({name: data[:-2] + stray + END for name, data in sound.items()}, sound, *options)

    def test_segments_that_are_shorter_than_their_own_length(self):
        """A length counts its own two bytes; 0 and 1 are taken for 2."""
        data = cjpeg(self.picture)
        at = 2 + 2 + int.from_bytes(data[4:6], "big")
        images = {(marker, length, place): data[:place] + bytes([0xFF, marker, 0, length]) + data[place:]
                  for marker in (0xFE, 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF) for length in (0, 1) for place in (2, at)}
        for image in images.values():
            self.assertEqual(messages(image), b"")
            self.assertEqual(decode(image).tobytes(), decode(data).tobytes())
        self.check_kept(images)
        self.check_same_outcome({name: gray(self.picture)[:2] + bytes([0xFF, name, 0, 0]) + gray(self.picture)[2:]
                                 for name in (0xFE, 0xE1)}, dict.fromkeys((0xFE, 0xE1), gray(self.picture)))
        tables = {marker: data[:at] + bytes([0xFF, marker, 0, 0]) + data[at:] for marker in (0xDB, 0xC4, 0xDD)}
        self.check_rejected(tables, ["corrupt_image"])


if __name__ == "__main__":
    unittest.main()
