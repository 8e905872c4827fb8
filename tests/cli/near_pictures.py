"""Pictures whose likeness is known by how they are made, and a slow model of --near-duplicates."""
import collections
import functools
import os
import random
import sys

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import asked, part_image, part_text, parts
from pictures import data_url, encode
from shaping_model import Groups

SIDE = 256
KINDS = 5


@functools.cache
def scene(seed, width=SIDE):
    """Soft shapes of all sizes that a hash sees; of different seeds about half of the bits differ."""
    rng, cells = random.Random(seed), 20
    columns = cells * width // SIDE
    small = Image.frombytes("RGB", (columns, cells), rng.randbytes(columns * cells * 3))
    return small.resize((width, SIDE), Image.BICUBIC)


@functools.cache
def saved(seed, kind):
    """One picture saved in KINDS ways, as data URLs: at most 24 bits of any two of them differ."""
    picture = scene(seed)
    if kind == 0:
        return data_url(encode(picture, "JPEG", quality=95), "jpeg")
    if kind == 1:
        return data_url(encode(picture, "JPEG", quality=70, subsampling=2), "jpeg")
    if kind == 2:
        return data_url(encode(picture, "WEBP", quality=80), "webp")
    if kind == 3:
        return data_url(encode(picture.resize((SIDE * 3 // 2, SIDE * 3 // 2), Image.BICUBIC), "JPEG", quality=85), "jpeg")
    return data_url(encode(picture.resize((SIDE * 3 // 4, SIDE * 3 // 4), Image.LANCZOS), "JPEG", quality=85), "jpeg")


def flat(shade):
    """Without features, so that its hash says nothing."""
    return data_url(encode(Image.new("RGB", (60, 60), (shade, 90, 200 - shade)), "PNG"), "png")


# Neighbors differ in at most 24 bits, and others in more than 31.
CHAIN_SEED, CHAIN_STEP = 1001, 2


@functools.cache
def chain(link):
    """Cut out of one picture, each a little further to the right."""
    left = link * CHAIN_STEP
    return data_url(encode(scene(CHAIN_SEED, SIDE * 5 // 4).crop((left, 0, left + SIDE, SIDE)), "PNG"), "png")


def are_near(a, b):
    """Of two names: ("saved", seed, kind), ("chain", link), ("flat", shade)."""
    if a == b or a[0] != b[0] or a[0] == "flat":
        return False
    return a[1] == b[1] if a[0] == "saved" else abs(a[1] - b[1]) == 1


def url_of(name):
    return {"saved": saved, "chain": chain, "flat": flat}[name[0]](*name[1:])


def example(names, text=""):
    return asked(parts(part_text(text), *(part_image(url_of(name)) for name in names)))


def lines_of(examples):
    return [example(names, f"q{number}") for number, names in enumerate(examples)]


def frequent_of(examples):
    times = collections.Counter(name for names in examples for name in set(names))
    return {name for name, n in times.items() if n >= 10 and n * 100 > len(examples)}


def near_pairs(examples):
    """Pairs of names."""
    names = sorted({name for names in examples for name in names} - frequent_of(examples))
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:] if are_near(a, b)]


def connected_examples(examples):
    """Pairs of numbers of examples that near-duplicates connect."""
    holders = collections.defaultdict(list)
    for number, names in enumerate(examples):
        for name in set(names):
            holders[name].append(number)
    return [(i, j) for a, b in near_pairs(examples) for i in holders[a] for j in holders[b]]


def groups_of_pictures(examples):
    """The sizes of groups of two or more pictures."""
    pairs = near_pairs(examples)
    names = sorted({name for pair in pairs for name in pair})
    groups = Groups(len(names))
    for a, b in pairs:
        groups.connect(names.index(a), names.index(b))
    return sorted(collections.Counter(groups.find(i) for i in range(len(names))).values())


def kept_examples(examples):
    """Numbers of those that drop keeps, by comparing each with all that are kept."""
    frequent, kept = frequent_of(examples), []
    for number, names in enumerate(examples):
        mine = set(names) - frequent
        if not any(are_near(a, b) for other in kept for a in mine for b in set(examples[other]) - frequent):
            kept.append(number)
    return kept


def corpus(rng, lines, seeds=12, few_shot=0.0):
    """Lists of names."""
    out = []
    for _ in range(lines):
        names = []
        for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
            kind = rng.random()
            if kind < 0.75:
                names.append(("saved", rng.randrange(1, seeds + 1), rng.randrange(KINDS)))
            elif kind < 0.9:
                names.append(("chain", rng.randrange(5)))
            else:
                names.append(("flat", rng.randrange(0, 160, 40)))
        if rng.random() < few_shot:
            names.insert(0, ("saved", 0, 0))
        out.append(names)
    return out
