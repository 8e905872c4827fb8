#!/usr/bin/python3
"""Writes a raw corpus made of photographs, and the expected result of each line, into OUT_DIR.

usage: demo_corpus.py PHOTO_DIR OUT_DIR [--every-kind]

Writes raw.jsonl, as a user might have it, and expected.json; needs Pillow. With --every-kind there is a line of every
kind of the specification, and also more/second.jsonl.gz, more/third.jsonl.zst and images/ (for --image-root); this needs
cjpeg, jpegtran and zstd. The same photographs and the same Pillow give the same bytes, but for the absolute paths of
local image references. What is expected of GIF, BMP and TIFF is a table in demo/bad_images.py.
"""
import codecs
import gzip
import json
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True
from demo import bad_images, bad_lines, image_bank, line_bank, user_corpus  # noqa: E402
from demo.line_bank import Line  # noqa: E402

BLANKS = [b"", b"   ", b"\t ", b"\r"]


def every_line(photos, out, rng):
    good = image_bank.good_images(photos)
    named = {sample.name: sample for sample in good}
    jpeg = next(s for s in good if s.label == "jpeg" and s.expected["kind"] == "kept" and len(s.data) % 3)
    png, webp, gray = named["png rgb 8"], named["webp lossy"], named["gray jpeg"]
    lines = [line_bank.with_images(sample.name, [sample]) for sample in good]
    lines += [line_bank.with_images(sample.name, [sample]) for sample in bad_images.bad_images(photos)]
    lines += line_bank.spelling_lines(jpeg, png, webp)
    lines += line_bank.raw_lines(jpeg, png)
    lines += line_bank.shape_lines(jpeg, png)
    lines += line_bank.file_lines(os.path.join(out, "images"), jpeg, png, gray)
    lines += line_bank.url_fault_lines(jpeg)
    lines += bad_lines.bad_lines()
    small = [sample for sample in good if len(sample.data) < 1_000_000]
    plain = [sample for sample in small if sample.expected["kind"] == "kept"]
    for number in range(200):
        bank = plain if number % 3 else small
        samples = rng.sample(bank, rng.choice([1, 1, 2, 3, 5]))
        lines.append(line_bank.with_images(f"ordinary {number}", samples))
    bad = named["png gray 8"], image_bank.Sample("broken", jpeg.data[:500], "jpeg", reason="corrupt_image"), jpeg
    lines.append(line_bank.with_images("second of three images is broken", list(bad)))
    for number in range(40):
        lines.append(Line("text", line_bank.dump(line_bank.example(f"question {number}"))))
    rng.shuffle(lines)
    opening = Line("text", line_bank.dump(line_bank.example("the first line of the file")))
    lines.insert(0, opening)
    return lines + [Line("text", line_bank.dump(line_bank.example("the last line, without a newline")))]


def lay_out(lines, file, seam, ending):
    """The file's bytes and its expected.json records; every `seam` lines a blank one, some ends CRLF."""
    chunks, records = [], []
    for number, line in enumerate(lines):
        if number % seam == seam - 1:
            blank = BLANKS[number // seam % len(BLANKS)]
            chunks.append(blank + b"\n")
            records.append({"file": file, "line": len(records) + 1, "fate": "blank"})
        last = number == len(lines) - 1
        chunks.append(line.raw + (ending if last else b"\r\n" if number % 9 == 4 else b"\n"))
        record = {"file": file, "line": len(records) + 1, "name": line.name, "fate": line.fate}
        records.append(record | ({"images": line.images} if line.fate == "written" else {}))
    return b"".join(chunks), records


def write_expected(out, records):
    with open(os.path.join(out, "expected.json"), "w", encoding="utf-8") as file:
        file.write('{"lines": [\n' + ",\n".join(json.dumps(record) for record in records) + "\n]}\n")


def write_user_corpus(photos, out):
    data, records = lay_out(user_corpus.lines(photos), "raw.jsonl", 40, b"\n")
    with open(os.path.join(out, "raw.jsonl"), "wb") as file:
        file.write(data)
    write_expected(out, records)
    print(f"{len(records)} lines, {len(data) / 1e6:.0f} MB")


def write_every_kind(photos, out, rng):
    os.makedirs(os.path.join(out, "more"), exist_ok=True)
    os.makedirs(os.path.join(out, "images"), exist_ok=True)
    lines = every_line(photos, out, rng)
    second = [line for i, line in enumerate(lines[:-1]) if i % 6 == 4]
    third = [line for i, line in enumerate(lines[:-1]) if i % 6 == 5]
    rest = [line for i, line in enumerate(lines[:-1]) if i % 6 < 4] + lines[-1:]

    data, of_second = lay_out(second, "more/second.jsonl.gz", 17, b"\r\n")
    middle = next(i for i in range(len(data) // 2, len(data)) if b"\n" not in data[i - 1:i + 1] and data[i] != 13)
    with open(os.path.join(out, "more/second.jsonl.gz"), "wb") as file:
        for member in (data[:middle], data[middle:]):
            file.write(gzip.compress(member, compresslevel=1, mtime=0))

    data, of_third = lay_out(third, "more/third.jsonl.zst", 23, b"\n")
    with open(os.path.join(out, "more/third.jsonl.zst"), "wb") as file:
        subprocess.run(["zstd", "-q", "-1", "-c"], input=data, stdout=file, check=True)

    data, of_raw = lay_out(rest, "raw.jsonl", 12, b"")
    with open(os.path.join(out, "raw.jsonl"), "wb") as file:
        file.write(codecs.BOM_UTF8 + data)
    write_expected(out, of_second + of_third + of_raw)
    print(f"{len(of_second)} + {len(of_third)} + {len(of_raw)} lines, {len(lines)} not blank")


def main():
    arguments = [word for word in sys.argv[1:] if word != "--every-kind"]
    if len(arguments) != 2:
        sys.exit(__doc__)
    root, out = arguments
    os.makedirs(out, exist_ok=True)
    rng = random.Random(20240229)
    photos = image_bank.Photographs(root, rng)
    if "--every-kind" in sys.argv:
        write_every_kind(photos, out, rng)
    else:
        write_user_corpus(photos, out)


main()
