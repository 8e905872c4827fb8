#!/usr/bin/python3
"""Times fit_image against Pillow: an image that is kept, and a gray JPEG of 1.6 megapixels that must become RGB.

Checks the answers first. Prints the median and quartiles of the processor time of a call, in pairs that alternate.
VISIONSHARD_PYTHON is the package's PYTHONPATH. Pillow can only decode and encode, so it encodes at the same quality.
"""
import io
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.abspath(os.environ.get("VISIONSHARD_PYTHON", "build/release/python")))

import visionshard  # noqa: E402
from PIL import Image, ImageChops  # noqa: E402

QUALITY = 85


def encoded(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def opened(data):
    return Image.open(io.BytesIO(data))


def photograph(width, height):
    """Smooth with some grain: near to a photograph in what a JPEG of it holds."""
    smooth = [Image.effect_noise((width // 40, height // 40), 90).resize((width, height), Image.BICUBIC) for _ in "RGB"]
    grain = Image.effect_noise((width, height), 12)
    return Image.merge("RGB", [ImageChops.add(band, grain, 1, -128) for band in smooth])


def with_pillow(data):
    image = opened(data)
    if image.mode == "RGB":
        image.load()  # whether it is sound
        return data
    return encoded(image.convert("RGB"))


def microseconds(function, data, calls):
    begin = time.process_time()
    for _ in range(calls):
        function(data)
    return (time.process_time() - begin) / calls * 1e6


def report(name, data, calls):
    times = {function: [] for function in (visionshard.fit_image, with_pillow)}
    for _ in range(15):
        for function, taken in times.items():
            taken.append(microseconds(function, data, calls if function is not with_pillow else 5))
    for function, taken in times.items():
        low, middle, high = statistics.quantiles(taken, n=4)
        who = "Pillow" if function is with_pillow else "visionshard"
        print(f"{name:<24} {len(data):>9} bytes  {who:<12} {middle:>10.1f} us  ({low:.1f} to {high:.1f})")


def main():
    kept = encoded(photograph(270, 200))
    gray = encoded(photograph(1440, 1120).convert("L"))
    assert visionshard.fit_image(kept) is kept
    fitted = opened(visionshard.fit_image(gray))
    assert fitted.mode == "RGB"
    difference = ImageChops.difference(fitted, opened(gray).convert("RGB")).getextrema()
    assert max(high for _, high in difference) <= 1, difference
    report("kept", kept, 2000)
    report("gray, 1.6 megapixels", gray, 200)


main()
