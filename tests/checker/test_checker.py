#!/usr/bin/python3
"""The checker accepts a correct output that this test writes, and finds each fault put into it."""
import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from PIL import Image, ImageDraw  # noqa: E402
from check_output import check  # noqa: E402
from run_output import xxh128  # noqa: E402


def encode(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def url(kind, data):
    return f"data:image/{kind};base64," + base64.b64encode(data).decode()


def picture(mode="RGB", size=(64, 48)):
    image = Image.radial_gradient("L").resize(size)
    color = Image.merge("RGB", (image, image.rotate(90), Image.linear_gradient("L").resize(size)))
    return color.convert(mode)


def tiles():
    """Flat 8x8 blocks: decoding and encoding them again at one quality gives the same coefficients."""
    image = Image.new("L", (64, 48))
    for number in range(48):
        x, y = number % 8 * 8, number // 8 * 8
        ImageDraw.Draw(image).rectangle((x, y, x + 7, y + 7), fill=5 * number + 4)
    return image


def line(value, text="1.50"):
    return b'{"n":%s,"messages":[{"role":"user","content":[{"type":"image_url","image_url":%s}]},' \
           b'{"role":"assistant","content":"ok"}]}' % (text.encode(), value.encode())


def in_object(address):
    return json.dumps({"url": address}, separators=(",", ":"))


JPEG = encode(picture(), "JPEG", quality=90)
PALETTE = picture().quantize(32)
GREY = encode(tiles(), "JPEG", quality=90)
ORIENTED = Image.Exif()
ORIENTED[274] = 6
SIDEWAYS = encode(picture(), "JPEG", quality=90, exif=ORIENTED.tobytes())
CLEAR = Image.merge("LA", (picture("L"), picture("L").rotate(180)))
LINK = "https://img.example.org/a.jpg"
TURNED = subprocess.run(["jpegtran", "-perfect", "-copy", "none", "-rotate", "90"], input=SIDEWAYS, check=True,
                        stdout=subprocess.PIPE).stdout
TEXT = b'{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"ok"}]}'
BAD = TEXT[:-1] + b",}"

# (input line, example or reason, fate of its image)
LINES = [
    (TEXT, TEXT, None), (b"", None, None),
    (line(in_object(url("jpeg", JPEG))), line(in_object(url("jpeg", JPEG))), "kept"),
    (BAD, "invalid_json", None),
    (line(in_object(url("png", JPEG)).replace("/9j", "\\/9j"), "1e2"), line(in_object(url("jpeg", JPEG)), "1e2"),
     "relabelled"),
    (line(f'"{LINK}"', "-0.0"), line(in_object(LINK), "-0.0"), "url"),
    (line(in_object(url("png", encode(PALETTE, "PNG"))), "2e0"),
     line(in_object(url("png", encode(PALETTE.convert("RGB"), "PNG"))), "2e0"), "converted"),
    (line(in_object(url("jpeg", GREY)), "3"),
     line(in_object(url("jpeg", encode(tiles().convert("RGB"), "JPEG", quality=90, subsampling=0))), "3"), "converted"),
    (line(in_object(url("jpeg", SIDEWAYS)), "4"), line(in_object(url("jpeg", TURNED)), "4"), "converted"),
    (line(in_object(url("png", encode(CLEAR, "PNG"))), "5"),
     line(in_object(url("png", encode(CLEAR.convert("RGBA"), "PNG"))), "5"), "converted"),
    (b"\xff" + TEXT, "invalid_utf8", None), (TEXT.replace(b"hi", b"bye"), TEXT.replace(b"hi", b"bye"), None)]


class Fake:
    """A run's output written by this test; `seal` writes the manifest for the present content of the shards."""

    def __init__(self, folder):
        self.folder, self.input = os.path.join(folder, "out"), os.path.join(folder, "in.jsonl")
        os.makedirs(self.folder)
        body = b"".join(text + (b"\r\n" if n % 5 == 2 else b"\n") for n, (text, _, _) in enumerate(LINES))
        with open(self.input, "wb") as file:
            file.write(b"\xef\xbb\xbf" + body)
        self.shards = [[made for _, made, _ in LINES if isinstance(made, bytes)]]
        self.rejects, at = [], 3
        for number, (text, made, _) in enumerate(LINES):
            if isinstance(made, str):
                source = {"file": self.input, "line": number + 1, "byte": at}
                record = {"source": source, "reason": made, "detail": "why"}
                raw = {"raw_base64": base64.b64encode(text).decode()} if b"\xff" in text else {"raw": text.decode()}
                self.rejects.append(record | raw)
            at += len(text) + (2 if number % 5 == 2 else 1)
        self.manifest = {}
        self.ending = b"\n"

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def write_all(self, change_manifest=lambda manifest: None):
        shards = []
        for number, lines in enumerate(self.shards):
            body = b"\n".join(lines) + self.ending
            self.write(f"train-{number:05d}.jsonl", body)
            images = [len(re.findall(b'"image_url":{', text)) for text in lines]
            shards.append({"path": f"train-{number:05d}.jsonl", "bytes": len(body),
                           "xxh128": xxh128(self.path(f"train-{number:05d}.jsonl")), "examples": len(lines),
                           "image_examples": sum(n > 0 for n in images), "images": sum(images)})
        self.write("rejected.jsonl", b"".join(json.dumps(r).encode() + b"\n" for r in self.rejects))
        self.write("report.html", b"<html>")
        self.write("run.json", b"{}")
        reasons = {}
        for record in self.rejects:
            reasons[record["reason"]] = reasons.get(record["reason"], 0) + 1
        fate = lambda kind: sum(f == kind for _, _, f in LINES)
        manifest = {
            "visionshard": {"version": "0", "manifest": 2}, "profile": "openai", "limits": {}, "options": {},
            "inputs": [{"path": self.input, "bytes": os.path.getsize(self.input), "lines": len(LINES)}],
            "shards": shards,
            "counts": {"lines": len(LINES), "blank": 1, "written": sum(s["examples"] for s in shards),
                       "rejected": len(self.rejects), "duplicates": 0, "excluded": 0, "images": sum(s["images"] for s in shards),
                       "images_kept": fate("kept"), "images_relabelled": fate("relabelled"),
                       "images_converted": fate("converted"), "images_shrunk": 0, "images_dropped": 0},
            "rejects": reasons, "conversions": {"palette": 1}}
        change_manifest(manifest)
        self.write("manifest.json", json.dumps(manifest).encode())


class Spoiled(unittest.TestCase):
    def setUp(self):
        self.base = tempfile.TemporaryDirectory()
        self.addCleanup(self.base.cleanup)
        self.fake = Fake(self.base.name)

    def failures(self, *options):
        return check([self.fake.folder, self.fake.input, *options]).failures

    def caught(self, pattern, *options):
        failures = self.failures(*options)
        self.assertTrue(any(re.search(pattern, failure) for failure in failures), failures or "nothing was caught")

    def each(self, cases, *options):
        """Every (pattern, change) on a fresh output: the changed output must be caught with that pattern."""
        for pattern, change in cases:
            with self.subTest(pattern), tempfile.TemporaryDirectory() as base:
                self.fake = Fake(base)
                change(self.fake)
                self.caught(pattern, *options)

    def replace(self, number, old, new):
        text = self.fake.shards[0][number]
        self.assertIn(old, text)
        self.fake.shards[0][number] = text.replace(old, new)

    def replace_image(self, number, kind, data):
        text = self.fake.shards[0][number]
        self.fake.shards[0][number] = re.sub(rb'"data:[^"]*"', json.dumps(url(kind, data)).encode(), text)

    def test_right_output_passes(self):
        self.fake.write_all()
        self.assertEqual(self.failures(), [])

    def test_shards(self):
        def spoiled(spoil):
            def change(fake):
                spoil(fake.shards[0])
                fake.write_all()
            return change

        def respelled(old, new):
            return spoiled(lambda lines: lines.__setitem__(1, lines[1].replace(old, new)))

        self.each([("neither written nor rejected", spoiled(lambda lines: lines.pop(1))),
                   ("neither written", spoiled(lambda lines: lines.pop())),
                   ("no input line", spoiled(lambda lines: lines.insert(2, lines[1].replace(b"1.50", b"9")))),
                   ("last examples", spoiled(lambda lines: lines.append(lines[0]))),
                   ("differs|no input|neither", spoiled(lambda lines: lines.insert(0, lines.pop(5)))),
                   ("differs outside", respelled(b"1.50", b"1.5")),
                   ("differs outside", respelled(b'"role":"user"', b'"role": "user"'))])

    def test_image_values(self):
        cases = [
            ("a link was changed", 3, lambda n: self.replace(n, b"a.jpg", b"b.jpg")),
            ("declared png, is jpeg", 2, lambda n: self.replace(n, b"image/jpeg", b"image/png")),
            ("not a canonical", 1, lambda n: self.replace(n, b"image/jpeg", b"image/JPEG")),
            ("canonical|base64", 6, lambda n: self.replace(n, b'"}}', b'="}}')),
            ("escapes in a data URL", 2, lambda n: self.replace(n, b"/9j", b"\\/9j")),
            ("acceptable image was changed", 1, lambda n: self.replace_image(n, "png", encode(picture(), "PNG"))),
            ("kept although its color", 4, lambda n: self.replace_image(n, "png", encode(PALETTE, "PNG"))),
            ("mode P", 4, lambda n: self.replace_image(n, "png", encode(PALETTE, "PNG"))),
            ("lossless result was possible", 4, lambda n: self.replace_image(n, "png", encode(picture(), "PNG"))),
            ("lossless result was possible", 4, lambda n: self.replace_image(
                n, "jpeg", encode(PALETTE.convert("RGB"), "JPEG", quality=95))),
            ("coefficients were not kept", 5, lambda n: self.replace_image(
                n, "jpeg", encode(tiles().convert("RGB"), "JPEG", quality=60, subsampling=0))),
            ("not the same coefficients", 6, lambda n: self.replace_image(
                n, "jpeg", encode(Image.open(io.BytesIO(TURNED)), "JPEG", quality=90))),
            ("orientation 6", 6, lambda n: self.replace_image(n, "jpeg", SIDEWAYS)),
            ("aspect ratio", 6, lambda n: self.replace_image(n, "jpeg", encode(picture(), "JPEG"))),
            ("transparency was lost", 7, lambda n: self.replace_image(n, "png", encode(CLEAR.convert("RGB"), "PNG"))),
            ("cannot be compared", 7, lambda n: self.replace_image(
                n, "png", encode(CLEAR.convert("RGBA"), "PNG")[:-40])),
            ("more than one frame", 4, lambda n: self.replace_image(n, "png", encode(
                PALETTE.convert("RGB"), "PNG", save_all=True, append_images=[picture().rotate(90)])))]

        def spoiled(number, spoil):
            def change(fake):
                spoil(number)
                fake.write_all()
            return change

        self.each([(pattern, spoiled(number, spoil)) for pattern, number, spoil in cases])

    def test_rejected_records(self):
        def spoiled(spoil):
            def change(fake):
                spoil(fake.rejects[0])
                fake.write_all()
            return change

        self.each([("layout", spoiled(lambda r: r.update(reason="made_up"))),
                   ("bad_role, found invalid_json", spoiled(lambda r: r.update(reason="bad_role"))),
                   ("starts at", spoiled(lambda r: r["source"].update(byte=1))),
                   ("raw line", spoiled(lambda r: r.update(raw=r["raw"] + " "))),
                   ("no such input line", spoiled(lambda r: r["source"].update(line=2))),
                   ("no such input line", spoiled(lambda r: r["source"].update(file="x.jsonl"))),
                   ("layout", spoiled(lambda r: r.update(extra=1))),
                   ("layout", spoiled(lambda r: r.update(detail="")))])

    def test_rejected_although_valid(self):
        self.fake.shards[0].pop(0)
        source = {"file": self.fake.input, "line": 1, "byte": 3}
        self.fake.rejects.insert(0, {"source": source, "reason": "invalid_json", "detail": "why", "raw": TEXT.decode()})
        self.fake.write_all()
        self.caught("found valid JSON")

    def test_manifest(self):
        cases = [("xxh128", lambda m: m["shards"][0].update(xxh128="0" * 32)),
                 ("written is 99", lambda m: m["counts"].update(written=99)),
                 ("keys", lambda m: m.pop("profile")),
                 ("counts", lambda m: m["counts"].pop("images_dropped")),
                 ("lines is", lambda m: m["inputs"][0].update(lines=4)),
                 ("bytes is", lambda m: m["inputs"][0].update(bytes=4)),
                 ("rejects", lambda m: m.update(rejects={"bad_role": 2})),
                 ("images is", lambda m: m["counts"].update(images=5)),
                 ("kept", lambda m: m["counts"].update(images_kept=6)),
                 ("number of shards", lambda m: m["shards"].pop()),
                 ("balance", lambda m: m["counts"].update(duplicates=1))]
        self.each([(pattern, lambda fake, spoil=spoil: fake.write_all(spoil)) for pattern, spoil in cases])

    def test_folder(self):
        def spoiled(spoil):
            def change(fake):
                fake.write_all()
                spoil(fake)
            return change

        self.each([("does not belong", spoiled(lambda f: os.mkdir(f.path(".visionshard")))),
                   ("shards are", spoiled(lambda f: os.rename(f.path("train-00000.jsonl"), f.path("train-1.jsonl")))),
                   ("empty", spoiled(lambda f: f.write("train-00001.jsonl", b""))),
                   ("missing", spoiled(lambda f: os.remove(f.path("report.html")))),
                   ("manifest.json: missing", spoiled(lambda f: os.remove(f.path("manifest.json")))),
                   ("written last", spoiled(lambda f: os.utime(f.path("manifest.json"), (1, 1)))),
                   ("neither", spoiled(lambda f: os.remove(f.path("rejected.jsonl"))))])

    def test_rejected_lines_as_input(self):
        fixed = [{**record, "raw": TEXT.decode()} for record in self.fake.rejects]
        for record in fixed:
            record.pop("raw_base64", None)
        self.fake.input = os.path.join(self.base.name, "rejected.jsonl")
        with open(self.fake.input, "wb") as file:
            file.write(b"".join(json.dumps(record).encode() + b"\n" for record in fixed))
        self.fake.shards, self.fake.rejects = [[TEXT] * len(fixed)], []
        self.fake.write_all()
        os.remove(self.fake.path("rejected.jsonl"))
        failures = self.failures()
        self.assertTrue(failures and all(failure.startswith("manifest.json") for failure in failures), failures)

    def test_shard_cut_early(self):
        self.fake.shards = [self.fake.shards[0][:4], self.fake.shards[0][4:]]
        self.fake.write_all()
        self.caught("opened although")

    def test_last_newline_missing(self):
        self.fake.ending = b""
        self.fake.write_all()
        self.caught("no newline")

    def test_limits(self):
        for pattern, *option in [("over 1000 bytes", "--max-shard-bytes", "1KB"),
                                 ("image examples", "--max-image-examples", "3"),
                                 ("over the limit", "--max-image-bytes", "1000"),
                                 ("1 images", "--max-images-per-example", "0")]:
            self.each([(pattern, Fake.write_all)], *option)

    def test_expected_fates(self):
        records = []
        for number, (text, made, fate) in enumerate(LINES, 1):
            what = "blank" if not text else {"rejected": made} if isinstance(made, str) else "written"
            records.append({"file": "in.jsonl", "line": number, "name": str(number), "fate": what,
                            "images": [{"kind": fate}] if fate else []})
        path = os.path.join(self.base.name, "expected.json")
        self.fake.write_all()
        pixels = hashlib.sha256(PALETTE.convert("RGB").tobytes()).hexdigest()
        cases = [("", lambda r: r[6].update(images=[{"kind": "converted", "mode": "RGB", "pixels": pixels}])),
                 ("not the expected pixels", lambda r: r[6]["images"][0].update(mode="RGB", pixels="0")),
                 ("expected RGBA", lambda r: r[6]["images"][0].update(mode="RGBA")),
                 ("relabelled, expected", lambda r: r[4]["images"][0].update(kind="kept")),
                 ("expected no_assistant", lambda r: r[3].update(fate={"rejected": "no_assistant"})),
                 ("written, expected", lambda r: r[0].update(fate={"rejected": "no_assistant"})),
                 ("expected written", lambda r: r[3].update(fate="written")),
                 ("pointer", lambda r: r[3].update(fate={"rejected": "invalid_json", "pointer": "/messages"})),
                 ("not in the inputs", lambda r: r.append({**r[0], "line": 77}))]
        for pattern, change in cases:
            changed = json.loads(json.dumps(records))
            change(changed)
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"lines": changed}, file)
            with self.subTest(pattern):
                if pattern:
                    self.caught(pattern, "--expected", path)
                else:
                    self.assertEqual(self.failures("--expected", path), [])


if __name__ == "__main__":
    unittest.main()
