"""What is kept byte for byte, and what other containers and animations become."""
import os
import re
import subprocess
import sys
import unittest
import zlib

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import image_line, image_urls
from picture_test import PictureTest, cjpeg, exif, magick, with_alpha
from pictures import TINY_PNG, chunk, corners, data_url, decode, encode, jpeg_without, photo, png_header


def visible(picture):
    """Pixels with the color of wholly transparent ones left out."""
    return [pixel if pixel[3] else None for pixel in picture.convert("RGBA").getdata()]


class ImagesTest(PictureTest):
    def test_acceptable_images_are_kept(self):
        picture, grain = corners(45, 31), photo(45, 31)
        rgba = with_alpha(picture)
        self.check_kept({
            "JPEG 4:2:0": encode(grain, "JPEG", subsampling=2), "JPEG 4:2:2": encode(grain, "JPEG", subsampling=1),
            "JPEG 4:4:4": encode(grain, "JPEG", subsampling=0),
            "JPEG progressive": encode(grain, "JPEG", progressive=True),
            "JPEG quality 100": encode(grain, "JPEG", quality=100), "JPEG RGB": cjpeg(grain, "-rgb"),
            "JPEG restart markers": cjpeg(grain, "-restart", "1"),
            "JPEG without JFIF": jpeg_without(encode(grain, "JPEG"), 0xE0),
            "JPEG orientation 1": encode(grain, "JPEG", exif=exif(1)),
            "JPEG comment": encode(grain, "JPEG", comment=b"hello"),
            "JPEG 4:4:0": cjpeg(grain, "-sample", "1x2"), "JPEG one pixel": encode(corners(1, 1), "JPEG"),
            "PNG RGB": encode(grain, "PNG"), "PNG RGBA": encode(rgba, "PNG"),
            "PNG opaque RGBA": encode(grain.convert("RGBA"), "PNG"),
            "PNG interlaced": magick(encode(grain, "PNG"), "-interlace", "PNG", "PNG24:-"),
            "PNG one pixel": encode(corners(1, 1), "PNG"),
            "PNG stored": encode(grain, "PNG", compress_level=0),
            "PNG orientation 1": encode(grain, "PNG", exif=exif(1)),
            "PNG text": TINY_PNG[:33] + chunk(b"tEXt", b"a\0b") + TINY_PNG[33:],
            "PNG in many IDAT": self.png_in_many_idat(grain),
            "WebP": encode(grain, "WEBP"), "WebP lossless": encode(grain, "WEBP", lossless=True),
            "WebP alpha": encode(rgba, "WEBP"),
            "WebP lossless alpha": encode(rgba, "WEBP", lossless=True),
            "WebP EXIF 1": encode(grain, "WEBP", exif=exif(1)),
            "WebP one pixel": encode(corners(1, 1), "WEBP"),
        })
        self.check_kept({"JPEG": encode(grain, "JPEG"), "PNG": encode(rgba, "PNG"), "WebP": encode(rgba, "WEBP"),
                         "PNG interlaced": magick(encode(grain, "PNG"), "-interlace", "PNG", "PNG24:-")}, "--verify",
                        "pixels")

    def png_in_many_idat(self, image):
        raw = b"".join(b"\0" + image.crop((0, y, image.width, y + 1)).tobytes() for y in range(image.height))
        data = zlib.compress(raw)
        return (png_header(*image.size) + b"".join(chunk(b"IDAT", data[i:i + 7]) for i in range(0, len(data), 7)) +
                chunk(b"IDAT", b"") + chunk(b"IEND", b""))

    def test_profile_stays_on_kept_images(self):
        profile = b"\0\0\0\x98lcms\x02\x10\0\0mntrRGB XYZ " + bytes(128)
        grain = photo(20, 20)
        self.check_kept({kind: encode(grain, kind, icc_profile=profile) for kind in ("JPEG", "PNG", "WEBP")})

    def test_multi_picture_jpeg_gives_its_first_picture(self):
        first, second = photo(48, 40, 1), photo(48, 40, 2)
        data = encode(first, "MPO", save_all=True, append_images=[second], quality=85)
        kind, found, picture = self.convert_images({"": data})[""]
        self.assertEqual((kind, picture.format), ("jpeg", "JPEG"))
        self.assertEqual(picture.tobytes(), decode(data).tobytes())
        self.assertNotIn(b"MPF\0", found)
        self.assertEqual(found.count(b"\xff\xd8\xff"), 1)

    def test_animated_png_loses_its_animation_and_nothing_else(self):
        frames = [photo(20, 15, seed) for seed in (1, 2, 3)]
        data = encode(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=50)
        kind, found, picture = self.convert_images({"": data})[""]
        self.assertEqual((kind, picture.mode, picture.tobytes()), ("png", "RGB", frames[0].tobytes()))
        self.assertFalse(re.search(rb"acTL|fcTL|fdAT", found))
        self.assertIn(data[data.index(b"IDAT"):data.index(b"IDAT") + 60], found)

    def test_animated_png_of_a_palette(self):
        frames = [corners(20, 15).convert("P"), corners(20, 15).transpose(Image.ROTATE_180).convert("P")]
        data = encode(frames[0], "PNG", save_all=True, append_images=frames[1:])
        self.check_exact({"": data}, {"": decode(data).convert("RGB")})

    def test_animated_webp_gives_its_first_frame(self):
        frames = [photo(20, 15, seed) for seed in (1, 2, 3)]
        clear = [with_alpha(frame) for frame in frames]
        lossless = {"opaque": encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True),
                    "alpha": encode(clear[0], "WEBP", save_all=True, append_images=clear[1:], lossless=True,
                                    exact=True)}
        for name, (kind, data, picture) in self.convert_images(lossless).items():
            with self.subTest(name):
                self.assertIn(kind, ("webp", "png"))
                self.assertNotIn(b"ANMF", data)
                self.assertEqual(getattr(picture, "n_frames", 1), 1)
                source = {"opaque": frames[0].convert("RGBA"), "alpha": clear[0]}[name]
                self.assertEqual(visible(picture), visible(source))
        lossy = encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], quality=80)
        self.check_close({"lossy": lossy}, {"lossy": decode(lossy).convert("RGB")}, 3, ("webp", "png", "jpeg"))

    def test_first_frame_that_covers_the_canvas_keeps_its_bytes(self):
        """Also where the whole file is over the limit; webpmux says what the bytes are."""
        frames = [photo(60, 45, seed) for seed in (1, 2, 3)]
        clear = [with_alpha(frame) for frame in frames]
        images = {f"{name} {options}": encode(pictures[0], "WEBP", save_all=True, append_images=pictures[1:], **options)
                  for name, pictures in (("opaque", frames), ("alpha", clear), ("mixed", [clear[0], *frames[1:]]))
                  for options in ({"quality": 80}, {"lossless": True}, {"allow_mixed": True})}
        for name, data in images.items():
            path = self.write("animated.webp", data)
            subprocess.run(["webpmux", "-get", "frame", "1", path, "-o", path], capture_output=True, check=True)
            for options in ([], ["--max-image-bytes", str(len(data) - 1)], ["--verify", "pixels"]):
                _, written, picture = self.convert_images({name: data}, *options)[name]
                self.assertTrue(written == path.read_bytes(), f"{name} {options}")
                self.assertEqual(picture.tobytes(), decode(data).tobytes(), name)

    def test_gif_bmp_and_tiff_become_png(self):
        picture, grain = corners(23, 17), photo(23, 17)
        palette = picture.convert("P", palette=Image.ADAPTIVE, colors=50)
        images = {"GIF": encode(palette, "GIF"), "GIF interlaced": encode(palette, "GIF", interlace=1),
                  "GIF animated": encode(palette, "GIF", save_all=True,
                                         append_images=[palette.transpose(Image.ROTATE_180)]),
                  "BMP": encode(grain, "BMP"), "BMP palette": encode(palette, "BMP"),
                  "BMP gray": encode(grain.convert("L"), "BMP"),
                  "BMP 1 bit": encode(grain.convert("1"), "BMP"), "TIFF": encode(grain, "TIFF"),
                  "TIFF gray": encode(grain.convert("L"), "TIFF"),
                  "TIFF LZW": encode(grain, "TIFF", compression="tiff_lzw"),
                  "TIFF deflate": encode(grain, "TIFF", compression="tiff_adobe_deflate"),
                  "TIFF palette": encode(palette, "TIFF"),
                  "TIFF big-endian": magick(encode(grain, "PNG"), "-endian", "MSB", "TIFF:-"),
                  "TIFF pages": encode(grain, "TIFF", save_all=True, append_images=[photo(30, 30, 7)]),
                  "TIFF fax": encode(grain.convert("1"), "TIFF", compression="group4")}
        self.check_exact(images, {name: decode(data).convert("RGB") for name, data in images.items()})

    def test_transparent_gif_and_tiff_keep_alpha(self):
        palette = corners(23, 17).convert("P", palette=Image.ADAPTIVE, colors=50)
        clear = palette.getpixel((0, 0))
        gif, tiff = encode(palette, "GIF", transparency=clear,
                           optimize=False), encode(with_alpha(corners(23, 17)), "TIFF")
        for name, (kind, _, picture) in self.convert_images({"gif": gif, "tiff": tiff}).items():
            with self.subTest(name):
                self.assertEqual((kind, picture.mode), ("png", "RGBA"))
                source = decode({"gif": gif, "tiff": tiff}[name]).convert("RGBA")
                self.assertEqual(picture.getchannel("A").tobytes(), source.getchannel("A").tobytes())
                self.assertEqual(visible(picture), visible(source))

    def test_jpeg_in_tiff(self):
        grain = photo(64, 48)
        tiff = encode(grain, "TIFF", compression="jpeg", quality=90)
        self.check_close({"": tiff}, {"": decode(tiff).convert("RGB")}, 4, ["jpeg"])

    def test_media_type_follows_the_content(self):
        grain = photo(20, 20)
        payloads = {kind: encode(grain, kind.upper()) for kind in ("jpeg", "png", "webp")}
        lines = [image_line(data_url(data, wrong)) for data in payloads.values()
                 for wrong in ("jpeg", "png", "webp", "gif", "bmp")]
        expected = [image_line(data_url(data, kind)) for kind, data in payloads.items() for _ in range(5)]
        self.assertEqual([outcome.written for outcome in self.outcomes(lines)], expected)

    def test_image_repeated_on_many_lines(self):
        gray = data_url(encode(photo(30, 20).convert("L"), "PNG"), "png")
        lines = [image_line(gray, number) for number in range(300)]
        urls = {image_urls(written)[0] for written in self.convert(lines).written}
        self.assertEqual(len(urls), 1)

    def test_profile_without_webp(self):
        grain, clear = photo(40, 30), with_alpha(photo(40, 30))
        images = {"lossless": encode(grain, "WEBP", lossless=True),
                  "alpha": encode(clear, "WEBP", lossless=True, exact=True)}
        self.check_exact(images, {"lossless": grain, "alpha": clear}, ["png"], "--profile", "fireworks")
        lossy = encode(grain, "WEBP", quality=80)
        self.check_close({"lossy": lossy}, {"lossy": decode(lossy).convert("RGB")}, 4, ["png", "jpeg"], "--profile",
                         "fireworks")


if __name__ == "__main__":
    unittest.main()
