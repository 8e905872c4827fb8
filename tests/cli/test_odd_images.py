"""Unusual legal files, and files with unusual damage. Each was once classified wrongly, or nearly."""
import io
import os
import pathlib
import random
import struct
import sys
import unittest
import zlib

from PIL import Image, ImageOps

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import image_line
from picture_test import PictureTest
from pictures import chunk, data_url, decode, encode, photo, tiff

ODD = pathlib.Path(__file__).parent / "odd"


def read(*names):
    return {name: (ODD / name).read_bytes() for name in names}


def shown(data):
    """As Pillow shows it, in RGB or RGBA."""
    picture = decode(data)
    alpha = picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info
    return ImageOps.exif_transpose(picture).convert("RGBA" if alpha else "RGB")


class OddImages(PictureTest):
    def check_shown(self, *names):
        self.check_shown_as(read(*names))

    def check_shown_as(self, images):
        self.check_exact(images, {name: shown(data) for name, data in images.items()}, ("jpeg", "png", "webp"))

    def check_readable(self, *names):
        """Pillow refuses the source for its metadata; what comes out it takes, and nothing is lost."""
        for name, found in self.convert_images(read(*names)).items():
            self.assertNotIsInstance(found, str, f"{name}: {found}")

    def test_metadata_that_makes_decoders_refuse_a_sound_picture_is_left_out(self):
        names = ("jpg_psir_g.jpg", "jpg_exifv_hdr.jpg", "jpg_jfif_short.jpg", "jpg_adobe_len5_c.jpg", "jpg_d_tem_c.jpg",
                 "jpg_icc_short_al6.jpg", "png_z_c2d8_anc_srgb_empty.png", "png_z_c0d8_anc_gama_short.png",
                 "png_z_c2d16_anc_iccp_1mb1.png", "png_z_c2d8_iend_crc.png")
        for data in read(*names[:-1]).values():
            with self.assertRaises(Exception):
                decode(data)
        self.check_readable(*names)

    def test_jpegs_that_break_rules_that_no_decoder_needs(self):
        """Stray bytes, nonsense in the header of a sequential scan, ids that repeat."""
        names = ("jpg_d_junklong_c.jpg", "jpg_d_sos_se0_c.jpg", "jpg_d_zerosbeoi_c.jpg", "jpg_ids_dup_jfif1.jpg")
        self.check_kept(read(*names))
        self.check_kept(read(*names), "--verify", "pixels")

    def test_jpegs_that_no_decoder_takes(self):
        self.check_rejected(read("jpg_sofpatch_frac.jpg", "jpg_sofpatch_mcu.jpg"), ("unsupported_format",))
        self.check_rejected(read("jpg_d_dht_bad_c.jpg", "jpg_d_dri_long_c.jpg"), ("corrupt_image",))

    def test_pngs_of_odd_writers(self):
        """A window that is too small, transparency that is too long, two Exif chunks, Exif in a text."""
        self.check_shown("png_z_c0d8_cinfo_small.png", "png_z_c0d8_trns_long.png", "png_z_c2d8_exif_two_1_6.png",
                         "png_z_c2d8_rawexif_ztxt_o6.png")
        self.check_rejected(read("png_z_c2d8_fdict.png"), ("corrupt_image",))

    def test_webps_that_only_the_laxest_decoder_takes(self):
        self.check_rejected(read("webp_odd_nopad_y.webp", "webp_x_long_y.webp", "webp_x_twoimg_y.webp",
                                 "webp_y_alph_after.webp"), ("corrupt_image",))

    def test_webp_with_several_partitions(self):
        """Made by libvpx. Sizes that leave nothing for the last partition are seen without decoding."""
        images = read("webp_vp8_4_partitions.webp")
        self.check_kept(images)
        data, = images.values()
        sizes = 20 + 10 + (int.from_bytes(data[20:23], "little") >> 5)
        damaged = data[:sizes + 2] + b"\xff" + data[sizes + 3:]
        with self.assertRaises(OSError):
            decode(damaged)
        self.check_rejected({"": damaged}, ("corrupt_image",))

    def test_webp_data_is_not_made_up_from_what_follows(self):
        self.check_rejected(read("dmg_webp_lossless_past50.webp"), ("corrupt_image",), "--verify", "pixels")

    def test_colors_under_full_transparency_stay(self):
        self.check_shown("webp_x_exif6_la.webp")

    def test_tiffs_of_odd_writers(self):
        """Tags that are wrong or private, a palette with alpha."""
        self.check_shown("tif_ori0.tif", "tif_ent_badtype.tif", "tif_pal_alpha.tif")

    def test_jpeg_compressed_planes_of_ycbcr(self):
        """Made by tiffcp -p separate. Each plane is a gray JPEG; alpha beside them no reader of libtiff keeps."""
        images = read("tif_jpeg_ycbcr_planes.tif")
        self.check_close(images, {name: shown(data) for name, data in images.items()}, 3, ("jpeg", "png"))
        self.check_rejected(read("tif_jpeg_ycbcr_alpha.tif"), ("unsupported_format",))

    def test_a_color_map_of_8_bits_is_no_black_picture(self):
        images = read("tif_pal4_8bitmap_lzw_le.tif")
        data, = images.values()
        picture = decode(data)
        colors = picture.tag_v2[320]
        picture.putpalette([colors[plane * 16 + index] for index in range(16) for plane in range(3)])
        self.check_exact(images, {name: picture.convert("RGB") for name in images})

    def test_deflated_strips_that_hold_more_than_their_rows(self):
        """Pillow cannot be the reference: libtiff 4.5 returns black rows or uninitialized memory."""
        images, expected = read("defl_extra1.tif", "defl_lastfull25.tif"), {}
        for name, data in images.items():
            picture = Image.open(io.BytesIO(data))
            offsets, sizes, rows = (picture.tag_v2[tag] for tag in (273, 279, 278))
            strips = (zlib.decompress(data[at:at + size])[:rows * picture.width * 3] for at, size in zip(offsets, sizes))
            pixels = b"".join(strips)[:picture.width * picture.height * 3]
            expected[name] = Image.frombytes("RGB", picture.size, pixels)
        self.check_exact(images, expected)

    def test_deep_tiffs_are_scaled(self):
        """The upper byte of a sample is what it is scaled to, give or take one."""
        for name in ("tif_g16_tile_none_le.tif", "tif_odd_g12.tif"):
            data = read(name)[name]
            deep = decode(data)
            most = 4095 if name == "tif_odd_g12.tif" else 65535
            eight = Image.frombytes("L", deep.size, bytes(min(255, (v * 255 * 2 + most) // (2 * most))
                                                          for v in deep.convert("I").getdata()))
            self.check_exact({name: data}, {name: eight.convert("RGB")})

    def test_tiffs_of_other_kinds_are_named(self):
        """Camera raw, floating point, JPEG 2000 inside: sound files, and not for us."""
        self.check_rejected(read("tif_dng_like.tif", "tif_float32.tif", "tif_comp34712.tif"), ("unsupported_format",))
        found, = self.convert_images(read("tif_odd_rgb4.tif")).values()
        self.assertEqual(found[2].mode, "RGB")

    def details(self, images):
        lines = [image_line(data_url(data, "png")) for data in images.values()]
        return {name: f"{outcome.reason}: {outcome.record['detail']}" if outcome.record else "written"
                for name, outcome in zip(images, self.outcomes(lines))}

    def test_camera_raw_files_are_named(self):
        """By what their directories hold: a small RGB copy that Pillow would take for the picture, and sensor data."""
        small, sensor, full = photo(16, 12), ({262: 32803}, photo(32, 24).convert("L")), ({262: 2}, photo(32, 24))
        copy = lambda make=None, **more: ({254: 1, 262: 2, 271: make, **more}, small)  # noqa: E731
        images = {
            "Nikon NEF": tiff(copy(b"NIKON CORPORATION\0"), children=[copy(), sensor]),
            "Kodak DCR or KDC": tiff(copy(b"EASTMAN KODAK COMPANY\0")),
            "Sony ARW": tiff(copy(b"SONY\0"), children=[({262: 1, 259: 32767}, photo(32, 24).convert("L"))]),
            "Pentax PEF": tiff(({262: 32803, 271: b"PENTAX\0"}, photo(32, 24).convert("L"))),
            "DNG": tiff(({254: 1, 262: 2, 50706: b"\1\4\0\0"}, small), children=[({262: 34892}, photo(32, 24))]),
            "sensor data of a camera": tiff(({262: 2}, small), children=[sensor]),
            "Canon CR2": tiff(full)[:8] + b"CR\2\0" + tiff(full)[12:],
            "Olympus ORF": b"IIRO" + tiff(full)[4:], "Panasonic RW2": b"IIU\0" + tiff(full)[4:]}
        self.assertEqual(decode(images["Nikon NEF"]).size, (16, 12))
        for name, detail in self.details(images).items():
            self.assertTrue(detail.startswith("unsupported_format: ") and f"camera's raw file ({name})" in detail, detail)

    def test_tiffs_that_do_not_say_what_their_samples_mean(self):
        """Pillow reads gray without PhotometricInterpretation as white at 0, libtiff as black; of the rest each makes
        something else or nothing."""
        picture = photo(16, 12)
        nothing = {262: None}
        self.check_rejected({
            "RGB": tiff((nothing, picture)), "gray": tiff((nothing, picture.convert("L"))),
            "four samples": tiff((nothing, picture.convert("CMYK"))), "1 bit": tiff((nothing, picture.convert("1"))),
            "gray and one more": tiff(({262: 1}, picture.convert("LA"))), "RGB called gray": tiff(({262: 1}, picture)),
            "RGB without BitsPerSample": tiff(({258: None, 262: 2}, picture)),
            "palette without palette": tiff(({262: 3}, picture.convert("L")))}, ("corrupt_image",))
        rgba = {262: 2}
        self.check_exact({"RGB and one more": tiff((rgba, picture.convert("RGBA")))},
                         {"RGB and one more": picture.convert("RGBA")})

    def test_tiff_directories_that_run_in_a_circle(self):
        data = bytearray(tiff(({254: 1, 262: 2}, photo(16, 12))))
        first, = struct.unpack("<I", data[4:8])
        struct.pack_into("<I", data, len(data) - 4, first)
        self.check_shown_as({"": bytes(data)})

    def test_apple_png_is_named(self):
        """CgBI, as Xcode leaves them: no zlib header, blue before red, a chunk before IHDR."""
        data = encode(photo(16, 12), "PNG")
        detail = self.details({"": data[:8] + chunk(b"CgBI", b"P\0\x20\6") + data[8:]})[""]
        self.assertTrue(detail.startswith("unsupported_format: ") and "CgBI" in detail, detail)

    def test_damage_that_libraries_let_pass(self):
        """Undefined GIF codes, a fax page that ends early, a deflate strip that is longer for its damage."""
        self.check_rejected(read("dmg_gif_badcode20.gif", "dmg_tif_group4_bw_count70.tif",
                                 "dmg_tif_tiff_adobe_deflate_bw_zero70.tif"), ("corrupt_image",))

    def test_gifs_and_bmps_of_odd_writers(self):
        """No palette, no end, stray bytes between blocks; no padding after the last row."""
        self.check_shown("gif_nopal.gif", "gif_noterm_end.gif", "gif_zeros_before_img.gif", "bmp_24_cutpad.bmp")

    def test_avif_under_a_general_brand(self):
        found, = self.convert_images(read("heif_v_brand_miaf.avif")).values()
        if found != "unsupported_format":
            self.assertEqual(found[2].mode, "RGB")

    def test_alpha_of_a_tiff_need_not_be_its_first_extra_sample(self):
        samples = random.Random(1).randbytes(9 * 5 * 6)

        def of(kinds, photometric, per_pixel):
            data = Image.frombytes("L", (9 * per_pixel, 5), samples[:9 * 5 * per_pixel])
            return tiff(({256: 9, 258: [8] * per_pixel, 262: photometric, 277: per_pixel, 338: kinds}, data))

        pixels = [samples[at:at + 6] for at in range(0, len(samples), 6)]
        rgba = Image.frombytes("RGBA", (9, 5), b"".join(pixel[:3] + pixel[5:6] for pixel in pixels))
        self.check_exact({"third": of([0, 0, 2], 2, 6)}, {"third": rgba})
        none = Image.frombytes("RGB", (9, 5), b"".join(pixel[:3] for pixel in pixels))
        self.check_exact({"none": of([0, 0, 0], 2, 6)}, {"none": none})
        self.check_rejected({"inks": of([2], 5, 5), "inks and more": of([0, 1], 5, 6)}, ("unsupported_format",))

    def test_a_palette_whose_transparency_is_empty_is_opaque(self):
        image = photo(21, 13).quantize(16)
        data = encode(image, "png")
        at = data.index(b"IDAT") - 4
        self.check_exact({"empty": data[:at] + chunk(b"tRNS", b"") + data[at:]}, {"empty": image.convert("RGB")})

    def test_webp_for_a_provider_without_it_is_a_png_of_its_pixels(self):
        for options in ({"quality": 80}, {"lossless": True}):
            data = encode(photo(64, 40), "webp", **options)
            self.check_exact({"webp": data}, {"webp": decode(data).convert("RGB")}, ("png",), "--profile", "fireworks")


if __name__ == "__main__":
    unittest.main()
