"""Checks the output before anything is timed, without code of the program that wrote it."""
import base64
import hashlib
import io
import json
import os
import random
import subprocess

from PIL import Image

from process import Failed

Image.MAX_IMAGE_PIXELS = None
LIMIT_BYTES = 10_000_000
MOST_IMAGES_DECODED = 200
STEP_BYTES = 1 << 20


def need(good, message):
    if not good:
        raise Failed(message)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def xxh128(path):
    """What Debian's xxhsum prints."""
    try:
        shown = subprocess.run(["xxhsum", "-H2", path], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failed(f"{path}: its digest could not be taken: {error}; the package xxhash has xxhsum") from None
    return shown.split()[0]


DIGESTS = {"xxh128": xxh128, "sha256": sha256}  # manifests of version 1 have the latter alone


def check_digests(path, shard):
    named = DIGESTS.keys() & shard.keys()
    need(named, f"{path}: no digest in manifest.json")
    for name in named:
        need(DIGESTS[name](path) == shard[name], f"{path}: not the {name} in manifest.json")


def line_counts(path):
    """Lines of a file, and how many of them are blank."""
    lines = blank = 0
    with open(path, "rb") as file:
        for line in file:
            lines += 1
            blank += not line.strip()
    return lines, blank


def digests(folder):
    """Of every file that must not depend on threads or memory."""
    names = [name for name in os.listdir(folder) if name.endswith(".jsonl") or name == "manifest.json"]
    return {name: sha256(os.path.join(folder, name)) for name in sorted(names)}


def image_urls(line):
    for message in json.loads(line)["messages"]:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            if part["type"] == "image_url":
                yield part["image_url"]["url"]


def check_image(url, where):
    head, _, text = url.partition(",")
    data = base64.b64decode(text, validate=True)
    need(len(data) <= LIMIT_BYTES, f"{where}: an image of {len(data)} bytes")
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        need(image.format in ("JPEG", "PNG", "WEBP"), f"{where}: an image of format {image.format}")
        need(image.mode in ("RGB", "RGBA"), f"{where}: an image of mode {image.mode}")
        need(head == f"data:image/{image.format.lower()};base64", f"{where}: {head} on a {image.format}")


def check_shards(folder, manifest, seed):
    """Digests and lines of all shards, and a sample of the images."""
    images = manifest["counts"]["images"]
    sample = set(random.Random(seed).sample(range(images), min(images, MOST_IMAGES_DECODED)))
    lines = seen = decoded = 0
    for shard in manifest["shards"]:
        path = os.path.join(folder, shard["path"])
        check_digests(path, shard)
        with open(path, "rb") as file:
            for number, line in enumerate(file, 1):
                lines += 1
                for url in image_urls(line):
                    if seen in sample and url.startswith("data:"):
                        check_image(url, f"{path}:{number}")
                        decoded += 1
                    seen += 1
    need(seen == images, f"{folder}: manifest.json counts {images} images, the shards hold {seen}")
    return lines, decoded


def check_output(folder, source, seed):
    """Whether FOLDER is what must come of SOURCE. Returns lines written and images decoded."""
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    lines, blank = line_counts(source)
    written, decoded = check_shards(folder, manifest, seed)
    rejects = os.path.join(folder, "rejected.jsonl")
    rejected = line_counts(rejects)[0] if os.path.exists(rejects) else 0
    need(lines == blank + written + rejected, f"{source}: {lines} lines in, {blank} blank, {written} written and "
                                              f"{rejected} rejected")
    counts = manifest["counts"]
    need((counts["lines"], counts["blank"], counts["written"], counts["rejected"]) == (lines, blank, written, rejected),
         f"{folder}: manifest.json counts {counts}, the files hold {lines}, {blank}, {written}, {rejected}")
    return written, decoded
