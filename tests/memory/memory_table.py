#!/usr/bin/python3
"""Memory reserved and peak memory used for one image of each kind, each in its own process. Fails if more is used than
reserved plus an overhead that does not grow with the picture.

usage: memory_table.py [FILE]   writes the table to FILE, such as tests/memory/MEMORY_TABLE.md
"""
import io
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "cli"), str(ROOT / "tests" / "truth"), str(ROOT / "scripts" / "demo")]
import icc_profiles  # noqa: E402
from cases import exif, magick, through_file, tool, with_alpha  # noqa: E402
from pictures import encode, photo  # noqa: E402

PROGRAM = os.environ.get("VISIONSHARD_IMAGE_MEMORY", str(ROOT / "build/release/tests/image_memory"))
WIDTH, HEIGHT = 1600, 1200
# Libraries that are touched for the first time, tables, rows, a sample's blocks: measured at up to 6 MB.
OVERHEAD_BYTES = 8 << 20
NO_LIMIT = str(2 ** 63)
LARGE = f"{3 * WIDTH} x {3 * HEIGHT}"
# So that every kind has to be made smaller.
TIGHT = str(WIDTH * HEIGHT // 8)


def picture():
    """Photograph-like, and large: small shapes with grain are made once and laid side by side."""
    tile = photo(400, 400, grain=0.1)
    whole = Image.new("RGB", (WIDTH, HEIGHT))
    for x in range(0, WIDTH, 400):
        for y in range(0, HEIGHT, 400):
            whole.paste(tile, (x, y))
    return whole


def kinds():
    """Names and files."""
    rgb = picture()
    rgba, gray, indexed, inks = with_alpha(rgb), rgb.convert("L"), rgb.quantize(64), rgb.convert("CMYK")
    wide = icc_profiles.wide_rgb()
    ppm = encode(rgb, "PPM")
    png, png_alpha = encode(rgb, "PNG", compress_level=1), encode(rgba, "PNG", compress_level=1)
    grain = rgba.copy()
    grain.putalpha(Image.frombytes("L", rgba.size, random.Random(1).randbytes(WIDTH * HEIGHT)))
    png_grain = encode(grain, "PNG", compress_level=1)
    deep = magick(rgb, "-depth", "16", "-define", "png:bit-depth=16", "PNG:-")
    for sampling, said in ((0, "4:4:4"), (2, "4:2:0")):
        yield f"JPEG baseline {said}", encode(rgb, "JPEG", quality=92, subsampling=sampling)
        yield f"JPEG progressive {said}", encode(rgb, "JPEG", quality=92, subsampling=sampling, progressive=True)
    # Of these a hash needs no more than an eighth of the size.
    large = rgb.resize((3 * WIDTH, 3 * HEIGHT))
    yield f"JPEG baseline {LARGE}", encode(large, "JPEG", quality=92)
    yield f"JPEG progressive {LARGE}", encode(large, "JPEG", quality=92, progressive=True)
    yield "JPEG arithmetic", tool(ppm, "cjpeg", "-arithmetic", "-quality", "92")
    yield "JPEG orientation 6", encode(rgb, "JPEG", quality=92, exif=exif(6))
    yield "JPEG progressive orientation 6", encode(rgb, "JPEG", quality=92, progressive=True, exif=exif(6))
    yield "JPEG gray", encode(gray, "JPEG", quality=92)
    yield "JPEG with a profile", encode(rgb, "JPEG", quality=92, icc_profile=wide)
    yield "JPEG CMYK with a profile", encode(inks, "JPEG", quality=92, icc_profile=icc_profiles.cmyk())
    yield "PNG RGB", png
    yield "PNG RGB interlaced", magick(rgb, "-interlace", "PNG", "PNG:-")
    yield "PNG RGBA", png_alpha
    yield "PNG RGBA, noise in alpha", png_grain
    yield "PNG RGB orientation 6", encode(rgb, "PNG", compress_level=1, exif=exif(6))
    yield "PNG RGB 16 bits", deep
    yield "PNG RGBA 16 bits interlaced", magick(rgba, "-depth", "16", "-define", "png:bit-depth=16", "-interlace", "PNG",
                                                "PNG:-")
    yield "PNG gray", encode(gray, "PNG", compress_level=1)
    yield "PNG palette", encode(indexed, "PNG", compress_level=1)
    yield "WebP lossy", encode(rgb, "WEBP", quality=80, method=0)
    yield "WebP lossy with alpha", encode(rgba, "WEBP", quality=80, method=0)
    yield "WebP lossy, noise in alpha", encode(grain, "WEBP", quality=80, method=0)
    yield "WebP lossless", encode(rgb, "WEBP", lossless=True, quality=0, method=0)
    yield "WebP lossless with alpha", encode(rgba, "WEBP", lossless=True, quality=0, method=0)
    yield "WebP animated", encode(rgb, "WEBP", quality=80, method=0, save_all=True, append_images=[rgb.rotate(180)])
    yield "GIF", encode(indexed, "GIF")
    yield "GIF, noise in transparency", encode(grain.convert("RGB").quantize(64), "GIF", transparency=7)
    yield "PNG palette, noise in transparency", encode(grain.convert("RGB").quantize(64), "PNG", compress_level=1,
                                                       transparency=random.Random(2).randbytes(64))
    yield "BMP", encode(rgb, "BMP")
    yield "TIFF RGB LZW", encode(rgb, "TIFF", compression="tiff_lzw")
    yield "TIFF RGB with a profile", encode(rgb, "TIFF", icc_profile=wide)
    yield "TIFF RGB orientation 6", encode(rgb, "TIFF", tiffinfo={274: 6})
    yield "TIFF RGBA 16 bits", magick(rgba, "-depth", "16", "-compress", "Zip", "TIFF:-")
    yield "TIFF RGBA, noise in alpha", encode(grain, "TIFF", compression="tiff_lzw")
    yield "TIFF RGB 16 bits, planes", magick(rgb, "-depth", "16", "-interlace", "Plane", "-compress", "Zip", "TIFF:-")
    yield "TIFF RGB tiles", magick(rgb, "-define", "tiff:tile-geometry=256x256", "TIFF:-")
    yield "TIFF CMYK", encode(inks, "TIFF", compression="tiff_lzw")
    yield "TIFF JPEG-compressed", encode(rgb, "TIFF", compression="jpeg", quality=90)
    for depth in (8, 10):
        for chroma in (420, 444):
            yield f"HEIC {depth} bits {chroma}", through_file(
                png if depth == 8 else deep, ".png", "heif-enc", "-q", "60", "-b", str(depth), "-p", f"chroma={chroma}", "-p",
                "preset=ultrafast", "IN", "-o", "OUT", out=".heic")
    for depth, chromas in ((8, (400, 420, 444)), (10, (420, 444)), (12, (444,))):
        for chroma in chromas:
            yield f"AVIF {depth} bits {chroma}", avif(png, "-d", str(depth), "-y", str(chroma))
    yield "AVIF 8 bits 420 with alpha", avif(png_alpha, "-y", "420")
    yield "AVIF 8 bits 420, noise in alpha", avif(png_grain, "-y", "420")
    yield "AVIF 10 bits 444 with alpha", avif(png_alpha, "-y", "444", "-d", "10")
    yield "AVIF 10 bits 444 turned", avif(png, "-y", "444", "-d", "10", "--irot", "1")
    yield "AVIF 10 bits 444 cropped", avif(png, "-y", "444", "-d", "10", "--crop", "1,1,1400,1100")
    deep_ppm = tool(deep, "pngtopnm")
    for said, source, suffix, options in (
            ("lossless", ppm, ".ppm", []), ("lossy", ppm, ".ppm", ["-r", "20", "-I"]), ("gray", encode(gray, "PPM"), ".pgm", []),
            ("16 bits", deep_ppm, ".ppm", []), ("tiles", ppm, ".ppm", ["-t", "128,128"]),
            ("smallest blocks", ppm, ".ppm", ["-b", "4,4"]), ("small precincts", ppm, ".ppm", ["-c", "[128,128],[128,128]", "-b", "32,32"])):
        yield f"JPEG 2000 {said}", through_file(source, suffix, "opj_compress", "-i", "IN", "-o", "OUT", *options, out=".jp2")
    yield "JPEG 2000 with alpha", through_file(png_alpha, ".png", "opj_compress", "-i", "IN", "-o", "OUT", out=".jp2")
    jpeg = encode(rgb, "JPEG", quality=92)
    for said, source, suffix, options in (
            ("lossless", png, ".png", ["-d", "0", "-e", "3"]), ("lossless with alpha", png_alpha, ".png", ["-d", "0", "-e", "3"]),
            ("lossless 16 bits", deep, ".png", ["-d", "0", "-e", "3"]), ("lossy", png, ".png", ["-d", "1", "-e", "4"]),
            ("lossy progressive", png, ".png", ["-d", "1", "-e", "4", "-p"]),
            ("lossy with alpha", png_alpha, ".png", ["-d", "1", "-e", "4"]), ("of a JPEG", jpeg, ".jpg", [])):
        yield f"JPEG XL {said}", through_file(source, suffix, "cjxl", "IN", "OUT", "--num_threads=0", *options, out=".jxl")
    yield "PPM", ppm
    yield "PGM plain", tool(encode(gray, "PPM"), "pnmtoplainpnm")
    yield "PPM 16 bits", deep_ppm


def avif(png, *options):
    return through_file(png, ".png", "avifenc", "-s", "10", "--min", "20", "--max", "30", *options, "IN", "OUT", out=".avif")


def measured(work, limit, path):
    """Reserved and taken bytes, and pixels."""
    done = subprocess.run([PROGRAM, work, limit, path], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{work} {path}: {done.stderr}")
    pixels, reserved, taken = map(int, done.stdout.split())
    return reserved, taken, pixels


def main():
    works = {"converted": ("convert", NO_LIMIT), "made to fit": ("convert", TIGHT), "halved": ("reduce", NO_LIMIT),
             "verified": ("verify", NO_LIMIT), "thumbnail": ("thumbnail", NO_LIMIT), "hashed": ("hash", NO_LIMIT)}
    rows, faults = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name, data in kinds():
            path = os.path.join(folder, "image")
            pathlib.Path(path).write_bytes(data)
            cells = []
            for said, (work, limit) in works.items():
                if LARGE in name and work != "hash":
                    cells.append("")
                    continue
                reserved, taken, pixels = measured(work, limit, path)
                cells.append(f"{reserved / pixels:.1f}, {taken / pixels:.1f}")
                if taken > reserved + OVERHEAD_BYTES:
                    faults.append(f"{name}, {said}: {taken} bytes taken, {reserved} reserved")
            rows.append(f"| {name} | {len(data) / pixels:.1f} | " + " | ".join(cells) + " |")
            print(rows[-1], flush=True)
    if len(sys.argv) > 1:
        head = (f"# Memory of one image\n\nBytes a pixel for a picture of {WIDTH} x {HEIGHT}: reserved, then used at the peak. "
                f"The memory used includes up to {OVERHEAD_BYTES >> 20} MiB\nthat do not grow with the picture ({OVERHEAD_BYTES / WIDTH / HEIGHT:.1f} bytes a "
                "pixel here), which are not reserved. Written and checked by `tests/memory/memory_table.py`.\n\n"
                "| image | file | " + " | ".join(works) + " |\n|---|---|" + "---|" * len(works) + "\n")
        pathlib.Path(sys.argv[1]).write_text(head + "\n".join(rows) + "\n")
    print("\n".join(faults) if faults else f"{len(rows)} kinds: none uses more than is reserved")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
