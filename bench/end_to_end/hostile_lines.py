#!/usr/bin/python3
"""Writes lines that are hard on memory to standard output.

usage: hostile_lines.py padded LINES | inflating LINES | long BYTES
"""
import sys

sys.dont_write_bytecode = True
from hostile_images import InflatingPng, MarkedJpeg, jpeg  # noqa: E402

PADDED_BYTES = 9_000_000
IMAGES_A_LINE = 10
INFLATING_SIDE = 8000
# A pattern of the long input: for each line of 300 KB a conversion, a line that is rejected, and short texts.
LONG_IMAGE_BYTES = 225_000
TEXTS_A_PATTERN = 20


def line(kind, images):
    parts = b"".join(b',{"type":"image_url","image_url":{"url":"data:image/%s;base64,%s"}}' % (kind, image)
                     for image in images)
    return (b'{"messages":[{"role":"user","content":[{"type":"text","text":"What is this?"}%s]},'
            b'{"role":"assistant","content":"A gradient."}]}\n' % parts)


def padded(lines):
    color, gray, cmyk = (MarkedJpeg(jpeg(mode, (1024, 768), PADDED_BYTES)) for mode in ("RGB", "L", "CMYK"))
    kinds = [color] * (IMAGES_A_LINE - 3) + [gray, gray, cmyk]
    for number in range(lines):
        yield line(b"jpeg", [kind.text(number * IMAGES_A_LINE + i) for i, kind in enumerate(kinds)])


def inflating(lines):
    image = InflatingPng(INFLATING_SIDE)
    for number in range(lines):
        yield line(b"png", [image.text(number)])


def long(size):
    color, gray = MarkedJpeg(jpeg("RGB", (640, 480), LONG_IMAGE_BYTES)), MarkedJpeg(jpeg("L", (320, 240)))
    texts = line(b"jpeg", []) * TEXTS_A_PATTERN
    written = number = 0
    while written < size:
        pattern = (line(b"jpeg", [color.text(number)]) + line(b"jpeg", [gray.text(number)]) + texts
                   + b'{"messages":%d}\n' % number)
        yield pattern
        written += len(pattern)
        number += 1


def main():
    for text in {"padded": padded, "inflating": inflating, "long": long}[sys.argv[1]](int(sys.argv[2])):
        sys.stdout.buffer.write(text)


if __name__ == "__main__":
    main()
