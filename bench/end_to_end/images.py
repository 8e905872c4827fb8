#!/usr/bin/python3
"""Times single images on one thread, by kind of conversion, against a bound in milliseconds a megapixel.

Each image is made by Pillow, cjpeg, ImageMagick or heif-enc, kept in build/bench/images, and converted alone. Times are
of the processor, the least of the runs, less what a line without an image takes. A time over its bound is shown and is
no failure: a timed test would fail on a slow machine. With --quick the names' megapixels are a tenth.
"""
import argparse
import base64
import json
import os
import random
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from PIL import Image  # noqa: E402

import machine  # noqa: E402
import process  # noqa: E402
import quality  # noqa: E402
import verify  # noqa: E402
from run import BUILD, DEBIAN_PHOTOS, ROOT  # noqa: E402

Image.MAX_IMAGE_PIXELS = None
QUICK_DIVISOR = 10  # of pixels and of the limit
# Milliseconds a megapixel: two seconds a core for 40 megapixels, and more where the library for a format takes most.
# RGBA becomes WebP, from 16 megapixels on by libwebp's fastest method.
BOUND = 50
BOUNDS_OF_SLOW_LIBRARIES = {"JPEG arithmetic": 150, "PNG RGBA": 125, "WebP": 100, "HEIC": 200}


class Pictures:
    """Photographs, or smooth synthetic pictures if there are none, in any size and with any grain."""

    def __init__(self, folder, seed, divisor):
        self.random, self.divisor = random.Random(seed), divisor
        paths = sorted(os.path.join(base, name) for base, _, names in os.walk(folder or "") for name in names
                       if name.lower().endswith((".jpg", ".png", ".webp")))
        self.paths = [path for path in paths if os.path.getsize(path) > 1_000_000]

    def photograph(self):
        if self.paths:
            return Image.open(self.random.choice(self.paths)).convert("RGB")
        return Image.frombytes("RGB", (48, 32), self.random.randbytes(48 * 32 * 3))

    def make(self, megapixels, grain=0.0):
        """3:2. `grain`: the share of noise."""
        height = int((megapixels * 1e6 / self.divisor / 1.5) ** 0.5)
        size = (height * 3 // 2, height)
        picture = self.photograph().resize(size, Image.BICUBIC)
        if grain:
            noise = Image.frombytes("L", size, self.random.randbytes(size[0] * size[1]))
            picture = Image.blend(picture, noise.convert("RGB"), grain)
        return picture


def over(makes, least, most, kind, **options):
    """As much as gives a file of `least` to `most` times the limit, of the first picture that is large enough."""
    def to_size(pictures, path, limit):
        for make in makes:
            picture = make(pictures)
            height = picture.height
            for _ in range(12):
                picture.crop((0, 0, picture.width, height)).save(path, kind, **options)
                size = os.path.getsize(path)
                if limit * least < size <= limit * most:
                    return
                if size < limit * least and height == picture.height:
                    break
                height = min(picture.height, round(height * limit * (least + most) / 2 / size))
        raise process.Failed(f"{path}: no picture gives {least} to {most} times the limit")
    return to_size


def smooth(factor):
    """As a rendering or a picture enlarged: a lossless file of it is small."""
    def make(pictures):
        picture = pictures.make(60)
        return picture.resize((picture.width // factor, picture.height // factor)).resize(picture.size, Image.BICUBIC)
    return make


def by_tool(picture, path, *command):
    """IN and OUT stand for the files; what has no OUT writes to standard output."""
    source = path + ".png" if "heif-enc" in command else path + ".ppm"
    picture.save(source, **({"compress_level": 1} if source.endswith("png") else {}))
    try:
        with open(path, "wb") as out:
            subprocess.run([word.replace("IN", source).replace("OUT", path) for word in command], check=True,
                           stdout=out, stderr=subprocess.PIPE)
    except (OSError, subprocess.CalledProcessError) as error:
        raise process.Failed(f"{path}: {error}") from None
    finally:
        os.remove(source)


def flat(pictures, megapixels):
    """Few colors in large areas, as a screen shows."""
    picture = pictures.make(megapixels)
    small = picture.resize((picture.width // 40, picture.height // 40)).quantize(64).convert("RGB")
    return small.resize(picture.size, Image.NEAREST)


def palette(pictures, megapixels):
    return pictures.make(megapixels, 0.1).quantize(256, method=Image.Quantize.FASTOCTREE)


def gray(pictures, megapixels, grain):
    return pictures.make(megapixels, grain).convert("L")


def rgba(pictures, megapixels, grain):
    picture = pictures.make(megapixels, grain)
    picture.putalpha(picture.convert("L"))
    return picture


def cjpeg(*options):
    return lambda pictures, path, _: by_tool(pictures.make(24, 0.15), path, "cjpeg", "-quality", "95", *options, "IN")


def pillow(kind, make, **options):
    return lambda pictures, path, _: make(pictures).save(path, kind, **options)


# How each is made, at (pictures, path, limit).
KINDS = {
    "JPEG up to 1 % over the limit": over([lambda p: p.make(30, 0.25)], 1.0, 1.01, "JPEG", quality=92),
    "JPEG 4:2:0, 24 megapixels": pillow("JPEG", lambda p: p.make(24, 0.15), quality=95),
    "JPEG 4:4:4 of fine steps, 24 megapixels": pillow("JPEG", lambda p: p.make(24, 0.3), quality=98, subsampling=0),
    "JPEG progressive, 24 megapixels": pillow("JPEG", lambda p: p.make(24, 0.15), quality=95, progressive=True),
    "JPEG with restart markers, 24 megapixels": cjpeg("-restart", "1"),
    "JPEG arithmetic, 24 megapixels": cjpeg("-arithmetic"),
    "JPEG gray, 24 megapixels": pillow("JPEG", lambda p: gray(p, 24, 0.3), quality=97),
    "JPEG CMYK, 18 megapixels": pillow("JPEG", lambda p: p.make(18, 0.15).convert("CMYK"), quality=95),
    "PNG smooth, to fit as PNG": over(
        [smooth(factor) for factor in (6, 5, 4, 3, 2)], 1.05, 1.2, "PNG", compress_level=1),
    "PNG enlarged, 38 megapixels": pillow("PNG", lambda p: p.make(38), compress_level=1),
    "PNG, 20 megapixels": pillow("PNG", lambda p: p.make(20, 0.05), compress_level=3),
    "PNG with grain, 10 megapixels": pillow("PNG", lambda p: p.make(10, 0.3), compress_level=6),
    "PNG flat and stored, 40 megapixels": pillow("PNG", lambda p: flat(p, 40), compress_level=0),
    "PNG RGBA, 10 megapixels": pillow("PNG", lambda p: rgba(p, 10, 0.1), compress_level=3),
    "PNG palette, 24 megapixels": pillow("PNG", lambda p: palette(p, 24), compress_level=6),
    "PNG gray, 24 megapixels": pillow("PNG", lambda p: gray(p, 24, 0.1), compress_level=6),
    "PNG 16-bit gray, 10 megapixels": pillow(
        "PNG", lambda p: gray(p, 10, 0.1).convert("I").point(lambda value: value * 257), compress_level=3),
    "PNG interlaced, 10 megapixels": lambda p, path, _: by_tool(
        p.make(10, 0.1), path, "convert", "IN", "-interlace", "PNG", "-quality", "15", "png:OUT"),
    "WebP, 24 megapixels": pillow("WEBP", lambda p: p.make(24, 0.3), quality=97, method=2),
    "WebP lossless, 10 megapixels": pillow("WEBP", lambda p: p.make(10, 0.1), lossless=True, method=0, quality=0),
    "TIFF, 24 megapixels": pillow("TIFF", lambda p: p.make(24, 0.1)),
    "BMP, 24 megapixels": pillow("BMP", lambda p: p.make(24, 0.1)),
    "GIF, 10 megapixels": pillow("GIF", lambda p: palette(p, 10)),
    "HEIC, 12 megapixels": lambda p, path, _: by_tool(
        p.make(12, 0.05), path, "heif-enc", "-q", "80", "-p", "preset=ultrafast", "-o", "OUT", "IN"),
}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--quick", action="store_true", help=f"a {QUICK_DIVISOR}th of the pixels and of the limit, one run")
    add("--only", metavar="WORD", help="kinds whose name has WORD")
    add("--runs", type=int, help="of each image (default 3)")
    add("--seed", type=int, default=1, help="another one, other images")
    add("--photos", metavar="DIR", default=DEBIAN_PHOTOS, help="what they are made of (default: demo/photos)")
    add("--work", metavar="DIR", default=os.path.join(BUILD, "images"), help="the images, which stay, and outputs")
    add("--program", metavar="FILE", default=os.path.join(ROOT, "build/release/visionshard"))
    chosen = parser.parse_args()
    chosen.runs = chosen.runs or (1 if chosen.quick else 3)
    return chosen


class Bench:
    def __init__(self, chosen):
        self.chosen = chosen
        self.divisor = QUICK_DIVISOR if chosen.quick else 1
        self.limit = verify.LIMIT_BYTES // self.divisor
        self.folder = os.path.join(chosen.work, f"seed{chosen.seed}" + ("-quick" if chosen.quick else ""))
        self.line = os.path.join(self.folder, "line.jsonl")
        self.out = os.path.join(self.folder, "out")
        os.makedirs(self.folder, exist_ok=True)
        self.start_seconds = 0
        self.start_seconds = self.seconds([])

    def made(self, name):
        path = os.path.join(self.folder, re.sub("[^A-Za-z0-9]+", "-", name))
        if not os.path.exists(path):
            # Each has its own seed, independent of which others are made.
            pictures = Pictures(self.chosen.photos, f"{self.chosen.seed} {name}", self.divisor)
            KINDS[name](pictures, path + ".partial", self.limit)
            os.replace(path + ".partial", path)
        return path

    def seconds(self, images):
        parts = [{"type": "text", "text": "What is this?"}]
        parts += [{"type": "image_url", "image_url": {"url": "data:image/png;base64," + text}} for text in images]
        with open(self.line, "w", encoding="ascii") as file:
            json.dump({"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": "It."}]}, file)
            file.write("\n")
        times = []
        for _ in range(self.chosen.runs):
            shutil.rmtree(self.out, ignore_errors=True)
            times.append(process.run([
                self.chosen.program, "convert", self.line, "-o", self.out, "-q", "--no-sync", "--threads", "1",
                "--max-image-bytes", str(self.limit)]).cpu_seconds)
        return min(times) - self.start_seconds

    def row(self, name):
        with open(self.made(name), "rb") as file:
            data = file.read()
        seconds = self.seconds([base64.b64encode(data).decode("ascii")])
        with open(os.path.join(self.out, "manifest.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        verify.need(manifest["counts"]["written"] == 1, f"{name}: not written")
        with open(os.path.join(self.out, "train-00000.jsonl"), "rb") as file:
            result = quality.payload(file.read(), 0)
        verify.need(len(result) <= self.limit, f"{name}: {len(result)} bytes")
        kinds = " ".join(manifest["conversions"].keys() - {"media_type"}) or "kept"
        return name, len(data), seconds, kinds, len(result), *self.compared(name, result)

    def compared(self, name, result):
        """Megapixels, and how near the result is where Pillow shows the source as it is meant."""
        made = quality.opened(result)
        pixels, nearness = made.width * made.height, "-"
        try:
            with Image.open(self.made(name)) as source:
                pixels = source.width * source.height
                if source.mode not in ("CMYK", "I"):
                    ratio = quality.psnr(source.convert("RGB"), made)
                    nearness = "exact" if ratio == float("inf") else f"{ratio:.1f}"
        except OSError:
            pass  # HEIC, and arithmetic coding of more than 64 KB
        return pixels / 1e6, nearness


def write_row(name, size, seconds, kinds, result_size, megapixels, nearness):
    rate = seconds * 1000 / megapixels
    bound = next((most for start, most in BOUNDS_OF_SLOW_LIBRARIES.items() if name.startswith(start)), BOUND)
    over = ": **over**" if rate > bound else ""
    print(f"| {name} | {megapixels:.1f} | {size / 1e6:.1f} | {seconds:.2f} | {rate:.0f} of {bound}{over} | "
          f"{seconds * 1000 / (size / 1e6):.0f} | {kinds} | {result_size / 1e6:.2f} | {nearness} |", flush=True)


def main():
    chosen = options()
    bench = Bench(chosen)
    print(f"{machine.processor()}, one thread, seed {chosen.seed}\n")
    print("| image | megapixels | MB | processor s | ms a megapixel | ms a MB | became | MB out | PSNR, dB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for name in KINDS:
        if not chosen.only or chosen.only in name:
            write_row(*bench.row(name))
    shutil.rmtree(bench.out, ignore_errors=True)


if __name__ == "__main__":
    try:
        main()
    except process.Failed as failed:
        sys.exit(f"bench: {failed}")
