"""Gray, CMYK, palette, transparency and depth: what becomes 8-bit RGB or RGBA, and how exactly."""
import io
import os
import random
import struct
import sys
import unittest
import zlib

from PIL import Image

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [FOLDER, os.path.join(FOLDER, "../../scripts/demo")]
from picture_test import PictureTest, cjpeg, exif, magick
from pictures import (GREY, GREY_ALPHA, PALETTE, RGB, RGBA, SAMPLES, chunk, corners, decode, difference, encode, jpeg_patch,
                      jpeg_without, photo, png, to_8_bits)


class ColorTest(PictureTest):
    def test_gray_jpeg_becomes_three_components_without_loss(self):
        grays = {f"{size}": encode(photo(*size).convert("L"), "JPEG", quality=80)
                 for size in ((1, 1), (7, 5), (8, 8), (16, 16), (17, 33), (100, 75))}
        grays["progressive"] = encode(photo(50, 40).convert("L"), "JPEG", progressive=True)
        grays["optimized"] = encode(photo(50, 40).convert("L"), "JPEG", optimize=True)
        grays["sampled 2x2"] = cjpeg(photo(50, 40).convert("L"), "-sample", "2x2")
        grays["restart markers"] = cjpeg(photo(50, 40).convert("L"), "-restart", "1")
        grays["EXIF 1"] = encode(photo(50, 40).convert("L"), "JPEG", exif=exif(1))
        self.check_exact(grays, {name: decode(data).convert("RGB") for name, data in grays.items()}, ["jpeg"])

    def test_gray_profile_goes_with_the_gray(self):
        profile = b"\0\0\0\x98lcms\x02\x10\0\0mntrGRAYXYZ " + bytes(128)
        data = encode(corners(9, 9).convert("L"), "JPEG", icc_profile=profile)
        _, _, picture = self.convert_images({"gray": data})["gray"]
        self.assertNotIn("icc_profile", picture.info)

    def test_gray_profile_goes_whatever_the_depth_and_the_limit(self):
        """The same picture has the same tones at 8 and 16 bits, as PNG and JPEG, under the limit and over it."""
        import icc_profiles
        profile, picture = icc_profiles.gray(), photo(96, 64).convert("L")
        block = chunk(b"iCCP", b"gray\0\0" + zlib.compress(profile))
        images = {"8 bits": png(96, 8, GREY, list(picture.tobytes()), before=block),
                  "16 bits": png(96, 16, GREY, [v * 257 for v in picture.tobytes()], before=block),
                  "alpha, 16 bits": png(96, 16, GREY_ALPHA, [s * 257 for v in picture.tobytes() for s in (v, 255)],
                                        before=block),
                  "JPEG": encode(picture, "JPEG", quality=98, icc_profile=profile),
                  "JPEG, turned": encode(picture.transpose(Image.ROTATE_90).crop((1, 0, 64, 96)), "JPEG", quality=98,
                                         icc_profile=profile, exif=exif(6))}
        for options in ([], ["--max-image-bytes", "9000"]):
            for name, (_, _, found) in self.convert_images(images, *options).items():
                expected = picture.crop((0, 1, 96, 64)) if "turned" in name else picture
                self.assertEqual(found.size, expected.size)
                self.assertLess(difference(found, expected), 6, f"{name} {options}")
                self.assertNotIn("icc_profile", found.info)

    def test_profile_in_a_gif(self):
        import icc_profiles
        from PIL import ImageCms
        profile = icc_profiles.wide_rgb()
        picture = photo(40, 30).quantize(64)
        plain = encode(picture, "GIF")
        blocks = b"".join(bytes([len(profile[i:i + 255])]) + profile[i:i + 255] for i in range(0, len(profile), 255))
        tables = 13 + 3 * (2 << (plain[10] & 7))
        data = plain[:tables] + b"\x21\xff\x0bICCRGBG1012" + blocks + b"\0" + plain[tables:]
        expected = ImageCms.profileToProfile(picture.convert("RGB"), ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                                             ImageCms.createProfile("sRGB"), outputMode="RGB")
        self.check_close({"": data}, {"": expected}, 1.5, ["png"])
        self.assertGreater(difference(picture.convert("RGB"), expected), 3)

    def test_cmyk_jpeg(self):
        """Flat patches: a wrong inversion or transform is off by far more than the tolerance."""
        inks = [(0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255), (30, 90, 160, 40),
                (0, 0, 0, 128), (255, 255, 0, 0)]
        patches = Image.new("CMYK", (16 * len(inks), 16))
        for index, ink in enumerate(inks):
            patches.paste(ink, (16 * index, 0, 16 * index + 16, 16))
        adobe = encode(patches, "JPEG", quality=95)
        plain = jpeg_without(adobe, 0xEE)
        # Read as YCCK: stored Y, Cb, Cr, K are what Pillow stores, which is the complement of what it is given.
        stored = [(255, 128, 128, 255), (76, 85, 255, 255), (150, 44, 21, 255), (29, 255, 107, 255),
                  (200, 100, 140, 128), (128, 128, 128, 60)]
        coded = Image.new("CMYK", (16 * len(stored), 16))
        for index, values in enumerate(stored):
            coded.paste(tuple(255 - value for value in values), (16 * index, 0, 16 * index + 16, 16))
        ycck = jpeg_patch(encode(coded, "JPEG", quality=95), 0xEE, 15, 2)
        images = {"Adobe 0": adobe, "Adobe 2": ycck, "no marker": plain,
                  "progressive": encode(patches, "JPEG", quality=95, progressive=True)}
        expected = {name: decode(data).convert("RGB") for name, data in images.items()}
        self.check_close(images, expected, 5, ["jpeg"])
        self.assertLess(difference(expected["no marker"], expected["Adobe 0"]), 0.1)
        # A sixteenth of the size, which libjpeg decodes to by itself.
        large = encode(patches.resize((4096, 512), Image.NEAREST), "JPEG", quality=95)
        bare = jpeg_without(large, 0xEE)
        shown = [self.convert_images({"": data}, "--fit-model", "tiles")[""][2] for data in (large, bare)]
        self.assertLess(shown[0].width, 4096)
        self.assertEqual(shown[0].tobytes(), shown[1].tobytes())
        self.assertLess(difference(shown[1], decode(large).convert("RGB").resize(shown[1].size)), 5)
        self.assertLess(difference(expected["Adobe 0"], patches.convert("RGB")), 3)

    def test_cmyk_jpeg_without_black_loses_nothing(self):
        """Pillow's conversion of RGB uses no black; what it makes of the result is the same either way."""
        images = {f"{size}, quality {quality}": encode(photo(*size).convert("CMYK"), "JPEG", quality=quality)
                  for size in ((1, 1), (16, 16), (100, 75)) for quality in (75, 90, 95)}
        images["no marker"] = jpeg_without(images["(100, 75), quality 90"], 0xEE)
        images["optimized"] = encode(photo(100, 75).convert("CMYK"), "JPEG", optimize=True)
        images["restart markers"] = encode(photo(100, 75).convert("CMYK"), "JPEG", restart_marker_rows=1)
        images["EXIF 1"] = encode(photo(100, 75).convert("CMYK"), "JPEG", exif=exif(1))
        expected = {name: decode(data).convert("RGB") for name, data in images.items()}
        self.check_exact(images, expected, ["jpeg"])
        turned = encode(photo(96, 64).convert("CMYK"), "JPEG", exif=exif(6))
        self.check_close({"": turned}, {"": decode(turned).convert("RGB").transpose(Image.ROTATE_270)}, 0.2, ["jpeg"])

    def samples(self, depth, color, width, height, seed=2):
        rng = random.Random(seed)
        edges = [0, 1, 127, 128, 129, 255, 256, 257, 384, 385, 386, 32767, 32768, 65407, 65408, 65534, 65535]
        pool = edges if depth == 16 else range(1 << depth)
        return [rng.choice(pool) if depth == 16 and rng.random() < 0.5 else rng.randrange(1 << depth)
                for _ in range(width * height * SAMPLES[color])]

    def picture(self, mode, width, values):
        return Image.frombytes(mode, (width, len(values) // len(mode) // width), bytes(values))

    def test_png_of_every_depth(self):
        images, expected = {}, {}
        for color, depths in ((GREY, (1, 2, 4, 8, 16)), (RGB, (16,)), (GREY_ALPHA, (8, 16)), (RGBA, (16,))):
            for depth in depths:
                name, samples = f"color type {color}, {depth} bits", self.samples(depth, color, 13, 7)
                eight = [to_8_bits(sample, depth) for sample in samples]
                images[name] = png(13, depth, color, samples)
                if color == GREY:
                    expected[name] = self.picture("RGB", 13, [value for value in eight for _ in range(3)])
                elif color == GREY_ALPHA:
                    pairs = zip(eight[::2], eight[1::2])
                    expected[name] = self.picture("RGBA", 13, [v for g, a in pairs for v in (g, g, g, a)])
                else:
                    expected[name] = self.picture("RGB" if color == RGB else "RGBA", 13, eight)
        self.check_exact(images, expected)

    def test_png_with_palette(self):
        rng, images, expected = random.Random(8), {}, {}
        for depth in (1, 2, 4, 8):
            colors = [tuple(rng.randrange(256) for _ in range(3)) for _ in range(1 << depth)]
            alphas = [rng.randrange(255) for _ in range((1 << depth) - 1)]
            samples = self.samples(depth, PALETTE, 13, 7) + [(1 << depth) - 1] * 13
            palette = [value for color in colors for value in color]
            images[f"{depth} bits"] = png(13, depth, PALETTE, samples, palette)
            expected[f"{depth} bits"] = self.picture("RGB", 13,
                                                     [value for sample in samples for value in colors[sample]])
            images[f"{depth} bits, alpha"] = png(13, depth, PALETTE, samples, palette, alphas)
            expected[f"{depth} bits, alpha"] = self.picture(
                "RGBA", 13, [value for sample in samples for value in colors[sample] + ((alphas + [255])[sample],)])
        source = corners(33, 21).convert("P", palette=Image.ADAPTIVE, colors=40)
        images["interlaced"] = magick(encode(source, "PNG"), "-interlace", "PNG", "PNG8:-")
        expected["interlaced"] = source.convert("RGB")
        self.check_exact(images, expected)

    def test_gray_png_with_a_transparent_value(self):
        """At 16 bits the value is compared before scaling: its neighbors share the scaled value and stay opaque."""
        images, expected = {}, {}
        for depth, key, samples in ((1, 1, [0, 1, 1, 0]), (2, 2, [0, 1, 2, 3]), (4, 9, [9, 8, 10, 15]),
                                    (8, 200, [199, 200, 201, 0]),
                                    (16, 51400, [51399, 51400, 51401, 0])):
            images[f"{depth} bits"] = png(4, depth, GREY, samples, transparency=struct.pack(">H", key))
            expected[f"{depth} bits"] = self.picture(
                "RGBA", 4, [value for sample in samples for value in (to_8_bits(sample, depth),) * 3 +
                            (0 if sample == key else 255,)])
        self.check_exact(images, expected)

    def test_rgb_png_with_a_transparent_color_looks_the_same(self):
        data = png(3, 8, RGB, [1, 2, 3, 4, 5, 6, 1, 2, 4], transparency=struct.pack(">HHH", 1, 2, 3))
        _, _, picture = self.convert_images({"": data})[""]
        self.assertEqual(picture.convert("RGBA").tobytes(), bytes([1, 2, 3, 0, 4, 5, 6, 255, 1, 2, 4, 255]))

    def test_sixteen_bit_tiff_is_scaled(self):
        values = [0, 128, 129, 257, 32768, 65407, 65408, 65535]
        tiff = encode(Image.frombytes("I;16", (8, 1), struct.pack("<8H", *values)), "TIFF")
        self.check_exact({"": tiff}, {"": self.picture("RGB", 8,
                                                       [to_8_bits(value, 16) for value in values for _ in range(3)])})


if __name__ == "__main__":
    unittest.main()
