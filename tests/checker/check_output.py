#!/usr/bin/python3
"""Check a finished output folder against its inputs, with nothing of the program that made it.

usage: check_output.py OUT_DIR INPUT... [--image-root DIR] [--store DIR] [--expected FILE] [--profile NAME] [limits]

Prints a line for each failure (50 at most) and a summary; the exit status is 1 if anything failed. Does not
know --on-bad-image drop, --on-assistant-image drop, --orient keep, the together profile's rewriting, or messages of a
developer, who becomes the system.
"""
import argparse
import sys
import warnings

sys.dont_write_bytecode = True
from accounting import Checker  # noqa: E402
from image_judge import Limits, Sources  # noqa: E402

MB = 1_000_000
FREE = 1 << 62
# images per example, image bytes, image examples per shard, shard bytes, formats
PROFILES = {"openai": (10, 10 * MB, 50_000, 512 * MB, ("jpeg", "png", "webp")),
            "azure": (64, 10 * MB, 50_000, 512 * MB, ("jpeg", "png", "webp")),
            "together": (10, 10 * MB, 50_000, 50_000 * MB, ("jpeg", "png", "webp")),
            "fireworks": (FREE, 10 * MB, 3_000_000, 150 * MB, ("jpeg", "png")),
            "none": (FREE, FREE, FREE, FREE, ("jpeg", "png", "webp"))}
SUFFIXES = {"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "KB": 1000, "MB": MB, "GB": 1000 * MB, "B": 1}
SHOWN_FAILURES = 50


def size(text):
    suffix = next((s for s in SUFFIXES if text.upper().endswith(s)), "")
    return int(float(text[:len(text) - len(suffix)]) * SUFFIXES.get(suffix, 1))


class Report:
    def __init__(self):
        self.passed, self.failures = 0, []

    def check(self, good, failure):
        if good:
            self.passed += 1
        else:
            self.failures.append(failure)
        return bool(good)

    def show(self):
        for failure in self.failures[:SHOWN_FAILURES]:
            print(failure)
        if len(self.failures) > SHOWN_FAILURES:
            print(f"... and {len(self.failures) - SHOWN_FAILURES} more")
        print(f"{self.passed} checks passed, {len(self.failures)} failed")


def options_of(arguments):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("folder")
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--image-root")
    parser.add_argument("--store", help="of a run with --urls inline")
    parser.add_argument("--expected")
    parser.add_argument("--profile", choices=PROFILES, default="openai")
    parser.add_argument("--prefix", default="train")
    parser.add_argument("--rejects", choices=("full", "reference"), default="full")
    limits = ("max_images_per_example", "max_image_bytes", "max_image_examples", "max_shard_bytes")
    for name in limits:
        parser.add_argument("--" + name.replace("_", "-"), type=size)
    options = parser.parse_intermixed_args(arguments)
    for name, default in zip(limits, PROFILES[options.profile]):
        if getattr(options, name) is None:
            setattr(options, name, default)
    options.sources = Sources(options.image_root, options.store)
    options.limits = Limits(options.max_image_bytes, PROFILES[options.profile][4])
    return options


def check(arguments):
    report = Report()
    Checker(options_of(arguments), report).run()
    return report


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    outcome = check(sys.argv[1:])
    outcome.show()
    sys.exit(bool(outcome.failures))
