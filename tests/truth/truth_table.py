#!/usr/bin/python3
"""Converts every case of cases.py and compares with what independent tools say it must become.

usage: truth_table.py [--write]     VISIONSHARD names the program
Fails on any case that is not right. --write puts the table into TRUTH_TABLE.md beside this file.
"""
import base64
import io
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import ROOT, cases, psnr  # noqa: E402
from PIL import Image  # noqa: E402

PROGRAM = os.environ.get("VISIONSHARD", str(ROOT / "build/release/visionshard"))
PAGE = pathlib.Path(__file__).resolve().parent / "TRUTH_TABLE.md"


def line_of(data):
    url = "data:image/png;base64," + base64.b64encode(data).decode()
    return json.dumps({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]},
                                    {"role": "assistant", "content": "x"}]})


def convert(case, folder):
    """(bytes, the kinds of conversion) or (None, the reason)."""
    source, output = folder / "in.jsonl", folder / "out"
    source.write_text(line_of(case.data) + "\n")
    subprocess.run([PROGRAM, "convert", source, "-o", output, "--force", "-q", *case.options], check=True,
                   stderr=subprocess.DEVNULL)
    if (output / "rejected.jsonl").exists():
        record = json.loads((output / "rejected.jsonl").read_text())
        return None, f"{record['reason']}: {record['detail']}"
    written = json.loads((output / "train-00000.jsonl").read_text())
    data = base64.b64decode(written["messages"][0]["content"][0]["image_url"]["url"].split(",", 1)[1])
    return data, " ".join(json.loads((output / "manifest.json").read_text())["conversions"])


def same_mode(picture, expected):
    """What is compared has the mode expected; an alpha that is needed must be there."""
    if picture.mode == expected.mode:
        return picture
    return picture.convert(expected.mode) if "transparency" in picture.info or picture.mode == "RGBA" else None


def judged(case, data):
    """(decibels or None, what is wrong or None)."""
    picture = Image.open(io.BytesIO(data))
    if case.kept and data != case.data:
        return None, "is not kept byte for byte"
    if picture.format not in ("JPEG", "PNG", "WEBP") or picture.mode not in ("RGB", "RGBA"):
        return None, f"is {picture.format} {picture.mode}"
    says_xmp = b"tiff:Orientation" in data and not case.kept
    if getattr(picture, "n_frames", 1) != 1 or picture.getexif().get(274, 1) != 1 or says_xmp:
        return None, "has several frames or an orientation"
    if picture.size != case.expected.size:
        return None, f"is {picture.size}, not {case.expected.size}"
    picture.load()
    compared = same_mode(picture, case.expected)
    if compared is None:
        return None, f"is {picture.mode}, not {case.expected.mode}"
    decibels = psnr(compared, case.expected)
    if decibels < (case.least_db or math.inf):
        return decibels, f"is {decibels:.1f} dB from what it must be, not {case.least_db or 'the same'}"
    return decibels, None


def pillow(case):
    """The result of a script that lets Pillow convert every image that is not RGB(A)."""
    try:
        picture = Image.open(io.BytesIO(case.data))
        if picture.mode not in ("RGB", "RGBA"):
            picture = picture.convert("RGBA" if picture.mode in ("LA", "PA") or "transparency" in picture.info else "RGB")
        picture.load()
    except Exception as error:
        return f"cannot: {type(error).__name__}"
    if picture.size != case.expected.size:
        return "left sideways"
    compared = same_mode(picture, case.expected)
    if compared is None:
        return "transparency lost"
    decibels = psnr(compared, case.expected)
    if decibels == math.inf or decibels >= (case.least_db or math.inf):
        return ""
    return f"{decibels:.0f} dB" + (" (left turned)" if "orientation" in case.name else "")


def row(case, data, kinds, decibels):
    how = "kept byte for byte" if case.kept else kinds.replace("_", r"\_")
    loss = "lossless" if decibels == math.inf else f"{decibels:.1f} dB"
    return (f"| {case.name} | {case.maker} | {how} | {loss} | {len(case.data):,} | {len(data):,} | {pillow(case)} |")


def main():
    rows, wrong = [], []
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            data, kinds = convert(case, pathlib.Path(folder))
            decibels, fault = (None, "is rejected: " + kinds) if data is None else judged(case, data)
            if fault:
                wrong.append(f"{case.name} {fault}")
            else:
                rows.append(row(case, data, kinds, decibels))
    page = "\n".join([
        "# What becomes of an image", "",
        "Made by `tests/truth/truth_table.py --write`. Each file is made by the tool named, converted, and compared with what",
        "independent tools give. The last column says where Pillow's `convert` differs from that: the result of a script that",
        "ignores depth, profile, orientation or the marker of inverted samples.", "",
        "| image | made by | what is done | loss | bytes before | bytes after | Pillow's `convert` |",
        "|---|---|---|---|---:|---:|---|", *rows, ""])
    if "--write" in sys.argv:
        PAGE.write_text(page)
    print("\n".join(wrong))
    print(f"{len(rows)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


sys.exit(main())
