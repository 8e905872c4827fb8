"""PSNR against the source and size of images that were over the limit, for visionshard and the peers."""
import base64
import io
import math
import os
import shutil
import statistics

from PIL import Image, ImageChops

import verify

MOST_IMAGES = 12
PEAK = 255


def payload(line, place):
    url = list(verify.image_urls(line))[place]
    return base64.b64decode(url[url.index(",") + 1:])


def over_limit_places(source):
    """(line, place among its images) of the first images over the limit; lines count from 0, blank ones not."""
    places, number = [], 0
    with open(source, "rb") as file:
        for line in file:
            if not line.strip():
                continue
            if len(line) > verify.LIMIT_BYTES:
                for place, url in enumerate(verify.image_urls(line)):
                    if url.startswith("data:") and (len(url) - url.index(",")) * 3 // 4 > verify.LIMIT_BYTES + 4:
                        places.append((number, place))
            number += 1
            if len(places) >= MOST_IMAGES:
                break
    return places


def wanted_payloads(paths, places):
    """The images at `places` of the lines of these files together."""
    by_line = {}
    for index, (line, place) in enumerate(places):
        by_line.setdefault(line, []).append((index, place))
    number = 0
    for path in paths:
        with open(path, "rb") as file:
            for line in file:
                if line.strip():
                    for index, place in by_line.get(number, ()):
                        yield index, payload(line, place)
                    number += 1


def psnr(source, made):
    """In dB over RGB; a picture of another size is scaled to the source's. Infinite where every pixel is the same."""
    if made.size != source.size:
        made = made.resize(source.size, Image.LANCZOS)
    counts = ImageChops.difference(source, made).histogram()
    square_sum = sum(count * (index % 256) ** 2 for index, count in enumerate(counts))
    if square_sum == 0:
        return math.inf
    return 10 * math.log10(PEAK ** 2 * sum(counts) / square_sum)


def opened(data):
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB")


class OverLimit:
    """Keeps each contestant's images in files of WORK until they are compared, so that no output has to stay."""

    def __init__(self, corpus, work):
        self.source, self.written = corpus.path, corpus.written
        self.places = over_limit_places(corpus.path)
        self.folder = os.path.join(work, "over-limit")
        self.kept = []
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep(self, name, shards, written):
        """Nothing where a contestant left lines out: then no place says which image became which."""
        if not self.places or written != self.written:
            return
        os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        for index, data in wanted_payloads(shards, self.places):
            with open(os.path.join(self.folder, name, str(index)), "wb") as file:
                file.write(data)
        self.kept.append(name)

    def compared(self):
        """For each contestant a list of (PSNR, bytes), in the order of the places."""
        results = {name: [] for name in self.kept}
        try:
            if self.kept:
                for index, data in sorted(wanted_payloads([self.source], self.places)):
                    source = opened(data)
                    for name in self.kept:
                        with open(os.path.join(self.folder, name, str(index)), "rb") as file:
                            made = file.read()
                        results[name].append((psnr(source, opened(made)), len(made)))
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        return results


def summary(results):
    """Of (PSNR, bytes) of one contestant; no PSNR where the median image is exact."""
    middle = statistics.median(value for value, _ in results)
    return {"psnr": None if math.isinf(middle) else middle,
            "exact": sum(math.isinf(value) for value, _ in results),
            "bytes": statistics.mean(size for _, size in results), "images": len(results)}
