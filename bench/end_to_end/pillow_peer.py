#!/usr/bin/python3
"""The job in Python with Pillow: a process pool, each worker takes whole lines.

usage: pillow_peer.py IN.jsonl OUT_DIR PROCESSES

It does less than the program: it looks at no checksum, keeps no reasons, writes no digests. Prints the number of lines
written and left out.
"""
import base64
import io
import json
import multiprocessing
import os
import sys

from PIL import Image

Image.MAX_IMAGE_PIXELS = None
LIMIT_BYTES = 10_000_000
MOST_IMAGES = 10
TASK_LINES = 8  # tasks of 2 MB would make the urls corpus twice as fast, and few people write that
QUALITIES = range(95, 39, -5)
IMAGE_EXAMPLES_A_SHARD = 50_000
SHARD_BYTES = 512_000_000


def to_color(image):
    if image.mode in ("RGB", "RGBA"):
        return image
    if image.mode.startswith("I"):  # 16 bits; convert() alone would clip them
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L").convert("RGB")
    transparent = image.mode in ("LA", "PA") or "transparency" in image.info
    return image.convert("RGBA" if transparent else "RGB")


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def acceptable(data):
    """The image's bytes and their kind; None in place of the bytes where they are good as they are."""
    image = Image.open(io.BytesIO(data))
    kind = image.format
    known = kind in ("JPEG", "PNG", "WEBP")
    if known and len(data) <= LIMIT_BYTES and image.mode in ("RGB", "RGBA"):
        return None, kind
    image = to_color(image)
    if len(data) <= LIMIT_BYTES:
        made = saved(image, "PNG") if kind == "PNG" or not known else saved(image, kind, quality=95)
        if len(made) <= LIMIT_BYTES:
            return made, kind if known else "PNG"
    kind = "JPEG" if image.mode == "RGB" else "WEBP"
    for quality in QUALITIES:
        made = saved(image, kind, quality=quality)
        if len(made) <= LIMIT_BYTES:
            return made, kind
    raise ValueError("does not fit")


def acceptable_url(url):
    if not url.startswith("data:"):
        return url
    made, kind = acceptable(base64.b64decode(url[url.index(",") + 1:]))
    if made is None:
        return url
    return f"data:image/{kind.lower()};base64,{base64.b64encode(made).decode('ascii')}"


def convert_line(line):
    """The line as it is to be written and whether it has an image; None where it is left out."""
    try:
        example = json.loads(line)
        images = 0
        for message in example["messages"]:
            content = message.get("content")
            for part in content if isinstance(content, list) else ():
                if part["type"] == "image_url":
                    images += 1
                    if message["role"] == "assistant" or images > MOST_IMAGES:
                        return None, False
                    part["image_url"]["url"] = acceptable_url(part["image_url"]["url"])
        return json.dumps(example).encode() + b"\n", images > 0
    except (ValueError, KeyError, TypeError, OSError):
        return None, False


class Shards:
    def __init__(self, folder):
        self.folder, self.file, self.opened, self.bytes, self.images = folder, None, 0, 0, 0

    def add(self, line, has_image):
        if (self.file is None or self.bytes + len(line) > SHARD_BYTES
                or has_image and self.images == IMAGE_EXAMPLES_A_SHARD):
            self.close()
            self.file = open(os.path.join(self.folder, f"train-{self.opened:05d}.jsonl"), "wb")
            self.opened, self.bytes, self.images = self.opened + 1, 0, 0
        self.file.write(line)
        self.bytes += len(line)
        self.images += has_image

    def close(self):
        if self.file is not None:
            self.file.close()


def main():
    source, folder, processes = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.makedirs(folder)
    shards = Shards(folder)
    written = left_out = 0
    with multiprocessing.Pool(processes) as pool, open(source, "rb") as file:
        for line, has_image in pool.imap(convert_line, file, chunksize=TASK_LINES):
            if line is None:
                left_out += 1
            else:
                shards.add(line, has_image)
                written += 1
    shards.close()
    print(written, left_out)


if __name__ == "__main__":
    main()
