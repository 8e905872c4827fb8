#!/usr/bin/python3
"""report.html of a small mixed corpus: its text, its pictures, and that nothing from the corpus is active in it."""
import base64
import gzip
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unittest

from PIL import Image, ImageChops, ImageStat

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.cli.harness import (  # noqa: E402
    PROGRAM, CliTest, asked, image_line, line, message, part_image, part_text, parts, text_line)
from tests.cli.pictures import GREY, data_url, decode, encode, photo, png  # noqa: E402

SECTIONS = ["summary", "images", "formats", "conversions", "rejects", "gallery", "shards", "inputs", "options", "time"]
HOSTILE_NAME = b"a\"'><script>alert(1)</script>\x1b[2J\xe2\x80\xae\xe2\x80\x8b\xff&amp;.jsonl"
HOSTILE_ROLE = "<img src=x onerror=alert(1)>"
VOID = {"meta", "img", "i", "br"}
# Controls, zero-width characters, separators, bidirectional marks: by the Unicode Character Database's Cc, Cf, Zl, Zp.
UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                    "\U000e0000-\U000e0fff]")
CHROMIUM = shutil.which("chromium")


class Page(html.parser.HTMLParser):
    """The elements of a page, its text by section, and whether each element that is opened is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.faults, self.section = [], [], [], None
        self.text = {}
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), self.section))
        if tag == "section":
            self.section = dict(attributes)["id"]
        if tag not in VOID or tag == "i":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")
        if tag == "section":
            self.section = None

    def handle_data(self, data):
        self.text[self.section] = self.text.get(self.section, "") + data + " "

    def all(self, tag, section=None):
        return [attributes for name, attributes, where in self.elements
                if name == tag and section in (None, where)]


def grouped(number):
    return f"{number:,}"


class Report(CliTest):
    @classmethod
    def setUpClass(cls):
        cls.kept = encode(photo(96, 64, seed=1), "JPEG", quality=90)
        cls.palette = encode(photo(400, 300, seed=2).quantize(32), "PNG")
        cls.cmyk = encode(photo(120, 80, seed=3).convert("CMYK"), "JPEG")
        cls.large = encode(photo(700, 500, seed=4), "JPEG", quality=95)
        cls.alpha = encode(photo(90, 120, seed=6, mode="RGBA"), "PNG")
        cls.deep = png(8, 16, GREY, [i * 1000 % 65536 for i in range(64)])

    def corpus(self):
        kept = [self.kept] * 3
        lines = [image_line(data_url(image, "jpeg")) for image in kept]
        lines += [image_line(data_url(self.palette, "png")), image_line(data_url(self.cmyk, "jpeg")),
                  image_line(data_url(self.large, "jpeg")), image_line(data_url(self.alpha, "png")),
                  image_line(data_url(self.deep, "png")), image_line("https://example.com/a.png"), text_line(1)]
        rejected = [line(message(HOSTILE_ROLE, '"x"')),
                    asked(parts('{"type":"<script>alert(2)</script>\\u202e"}')),
                    asked(parts(part_text(), part_image("file:///etc/<b>x</b>"))),
                    image_line(data_url(self.palette[:300], "png")),
                    line(message("user", '"q"'), message("assistant", parts(part_image(data_url(self.kept, "jpeg"))))),
                    b'{"messages":"\xff"}', b"{]"]
        return lines, rejected

    def mixed(self, *options):
        lines, rejected = self.corpus()
        path = os.fsencode(self.dir) + b"/" + HOSTILE_NAME
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(b"".join(text + b"\n" for text in lines + rejected))
        result = self.convert([os.fsdecode(path)], "--max-image-bytes", "60000", "--measure", *options)
        return result, (result.dir / "report.html").read_bytes()

    def command(self, *more):
        return [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
                "--enable-logging=stderr", f"--user-data-dir={self.dir}/profile", *more]

    def browse(self, page, *more):
        done = subprocess.run(self.command(*more, f"file://{page}"), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        console = [text for text in done.stderr.splitlines() if "CONSOLE" in text]
        self.assertEqual(console, [])
        return done.stdout


class Contents(Report):
    def test_every_section_and_its_numbers(self):
        result, data = self.mixed()
        page = Page(data.decode())
        self.assertEqual(page.faults, [])
        self.assertEqual([section["id"] for section in page.all("section")], SECTIONS)
        self.assertEqual([link["href"] for link in page.all("a")][1:], ["#" + name for name in SECTIONS])
        lines, rejected = self.corpus()
        self.assertEqual((result.counts["written"], result.counts["rejected"]), (len(lines), len(rejected)))
        summary = page.text["summary"]
        for number in (len(lines), len(rejected), result.counts["images"]):
            self.assertIn(grouped(number), summary)
        for reason in set(result.reasons):
            self.assertIn(reason, page.text["rejects"])
        for record in result.rejected:
            self.assertIn(f":{record['source']['line']} ", page.text["rejects"])
            self.assertIn(record["pointer"], page.text["rejects"])
        for kind, images in result.manifest["conversions"].items():
            self.assertRegex(page.text["conversions"], rf"{kind}\s+{images}\b")
        for shard in result.manifest["shards"]:
            for value in (shard["path"], shard["xxh128"], grouped(shard["bytes"])):
                self.assertIn(value, page.text["shards"])
        for name in ("max_image_bytes", "60,000", "min_quality", "openai"):
            self.assertIn(name, page.text["options"])
        self.assertIn("not looked at: 1.", page.text["images"])

    def test_formats_and_sizes_before_and_after(self):
        result, data = self.mixed()
        page = Page(data.decode())
        text = re.sub(r"\s+", " ", page.text["formats"])
        # Three kept, the large one shrunk, and CMYK that became RGB.
        self.assertIn("JPEG RGB 4 5", text)
        self.assertIn("JPEG CMYK 1 0", text)
        self.assertIn("PNG palette 1 0", text)
        self.assertIn("PNG gray, 16 bit 1 0", text)
        self.assertIn("PNG RGB 0 2", text)
        self.assertIn("PNG RGBA 1 1", text)
        images = [self.kept] * 3 + [self.palette, self.cmyk, self.large, self.alpha, self.deep]
        sizes = re.sub(r"\s+", " ", page.text["images"])
        self.assertIn(f"bytes of images {grouped(sum(map(len, images)))} ", sizes)
        self.assertIn("longest side, in pixels 700 700", sizes)
        # OpenAI's rule: 85 and 170 for each square of 512; only the large one touches two.
        self.assertIn(f"tokens {grouped(8 * 255 + 170)} {grouped(8 * 255 + 170)} ", sizes)
        self.assertEqual(len(page.all("table", "images")), 4)

    def test_gallery(self):
        _, data = self.mixed()
        page = Page(data.decode())
        text = page.text["gallery"]
        for title in ("Converted", "Made smaller", "Rejected", "png_palette", "jpeg_cmyk", "PSNR", "quality",
                      "assistant_image", ":4 /messages/0/content/1", ":6 /messages/0/content/1"):
            self.assertIn(title, text)
        pictures = page.all("img")
        # Before and after of palette, CMYK, 16 bit and the large one, and the assistant's.
        self.assertEqual(len(pictures), 4 * 2 + 1)
        for picture in pictures:
            thumbnail = decode(base64.b64decode(picture["src"].removeprefix("data:image/jpeg;base64,"), validate=True))
            self.assertEqual((thumbnail.format, thumbnail.mode), ("JPEG", "RGB"))
            self.assertEqual(thumbnail.size, (int(picture["width"]), int(picture["height"])))
            self.assertLessEqual(max(thumbnail.size), 160)
            self.assertTrue(picture["alt"])
        self.assertEqual(len({alt["alt"] for alt in pictures}), len(pictures))
        places = [int(number) for number in re.findall(r":(\d+) /messages", text)]
        converted = places[:3]
        self.assertEqual(converted, sorted(converted))

    def test_gallery_is_bounded(self):
        lines = [image_line(data_url(encode(photo(300, 200, seed=seed).quantize(16), "PNG"), "png"))
                 for seed in range(40)]
        result = self.convert(lines)
        page = Page((result.dir / "report.html").read_text())
        self.assertEqual(len(page.all("figure")), 3)
        # A slow machine may have no time for a picture.
        self.assertLessEqual(len(page.all("img")), 6)
        self.assertLess((result.dir / "report.html").stat().st_size, 2_000_000)

    def test_pictures_of_progressive_jpegs_look_like_them(self):
        for seed, mode in ((7, "L"), (8, "CMYK")):
            image, shown = photo(1300, 1000, seed=seed).convert(mode), []
            for progressive in (True, False):
                url = data_url(encode(image, "JPEG", quality=90, progressive=progressive), "jpeg")
                pictures = Page((self.convert([image_line(url)]).dir / "report.html").read_text()).all("img")
                self.assertIn("before: JPEG", pictures[0]["alt"])
                shown.append(decode(base64.b64decode(pictures[0]["src"].removeprefix("data:image/jpeg;base64,"))))
                self.assertEqual(shown[-1].size, (160, 123))
            wanted = image.convert("RGB").resize((160, 123), Image.Resampling.BOX)
            difference = lambda a, b: sum(ImageStat.Stat(ImageChops.difference(a, b)).mean) / 3
            self.assertLess(difference(*shown), 10)
            if mode == "L":  # Pillow takes ink for light of another color
                self.assertLess(difference(shown[0], wanted), 10)

    def test_inputs_that_cannot_be_read_again(self):
        lines, rejected = self.corpus()
        text = b"".join(line + b"\n" for line in lines + rejected)
        plain = self.convert([self.write("plain.jsonl", text)], "--max-image-bytes", "60000")
        wanted = Page((plain.dir / "report.html").read_text()).all("img")
        for source, given in ((self.write("packed.jsonl.gz", gzip.compress(text)), None), ("-", text)):
            result = self.convert([source], "--max-image-bytes", "60000", stdin=given)
            self.assertEqual(Page((result.dir / "report.html").read_text()).all("img"), wanted, source)

    def test_an_image_on_many_lines_is_shown_once(self):
        result = self.convert([image_line(data_url(self.palette, "png"), number) for number in range(30)])
        page = Page((result.dir / "report.html").read_text())
        self.assertEqual(len(page.all("figure")), 1)
        self.assertIn("input.jsonl:1 /messages/0/content/1", page.text["gallery"])

    def test_nothing_of_anything(self):
        result = self.convert([text_line(1)])
        page = Page((result.dir / "report.html").read_text())
        self.assertEqual([section["id"] for section in page.all("section")], SECTIONS)
        self.assertEqual(page.all("img"), [])


class Safety(Report):
    def test_text_of_the_corpus_is_data(self):
        _, data = self.mixed()
        text = data.decode()  # valid UTF-8 whatever the file's name is
        self.assertIsNone(UNSEEN.search(text))
        page = Page(text)
        tags = {tag for tag, _, _ in page.elements}
        self.assertEqual(tags & {"script", "iframe", "object", "embed", "link", "form", "base"}, set())
        for tag, attributes, _ in page.elements:
            self.assertEqual([name for name in attributes if name.startswith("on")], [], tag)
        self.assertIn("<script>alert(1)</script>\\u{1B}[2J\\u{202E}\\u{200B}\ufffd&amp;.jsonl", page.text["inputs"])
        self.assertIn("&lt;script&gt;", text)

    def test_page_needs_nothing_else(self):
        _, data = self.mixed()
        page = Page(data.decode())
        for _, attributes, _ in page.elements:
            for name in ("src", "href"):
                self.assertRegex(attributes.get(name, "#"), r"^(#|data:image/jpeg;base64,)")
        self.assertNotRegex(data.decode(), r"@import|url\(")
        policy = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
        self.assertEqual(policy, ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"])

    def test_structure_for_everyone(self):
        _, data = self.mixed()
        page = Page(data.decode())
        ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(len(page.all("h1")), 1)
        self.assertEqual(len(page.all("main")), 1)
        self.assertEqual(len(page.all("caption")), len(page.all("table")))
        self.assertEqual(page.all("a")[0], {"class": "skip", "href": "#main"})
        for header in page.all("th"):
            self.assertIn(header["scope"], ("row", "col"))
        for section in page.all("section"):
            self.assertIn(section["aria-labelledby"], ids)


class OtherRuns(Report):
    def test_one_thread_and_many_say_the_same(self):
        pages = []
        for threads in ("1", "3"):
            _, data = self.mixed("--threads", threads)
            text = Page(data.decode()).text
            pages.append([text[section] for section in SECTIONS if section not in ("time", "summary")])
        self.assertEqual(pages[0], pages[1])

    def test_run_json_has_the_stages(self):
        for threads in ("1", "2"):
            result, _ = self.mixed("--threads", threads)
            run = json.loads((result.dir / "run.json").read_text())
            for stage in ("read", "parse", "convert", "assemble", "commit", "write", "digest"):
                self.assertGreater(run["stages"][stage]["steps"], 0)
                self.assertGreaterEqual(run["stages"][stage]["busy_seconds"], 0)
            busy = sum(stage["busy_seconds"] for stage in run["stages"].values())
            self.assertLess(busy, run["seconds"] * int(threads) + 1)

    def test_parts_add_up_to_the_same_numbers(self):
        lines, rejected = self.corpus()
        source = self.write("corpus.jsonl", b"".join(text + b"\n" for text in lines + rejected))
        whole = self.convert([source])
        work = self.dir / "work"
        steps = [("plan", source, "-o", work, "--part-bytes", "30000"), ("map", work, "--task", "0/1"),
                 ("merge", work), ("pack", work, "--task", "0/1"), ("seal", work)]
        for step in steps:
            done = self.run_program(*step)
            self.assertEqual(done.returncode, 0, done.stderr.decode())
        one, many = (Page((folder / "report.html").read_text()).text for folder in (whole.dir, work))
        for section in ("images", "formats", "conversions", "rejects", "shards"):
            self.assertEqual(one[section], many[section], section)
        self.assertIn("parts", many["gallery"])
        self.assertIn("parts", many["time"])


    def test_a_resumed_run_counts_what_was_done_before(self):
        urls = [data_url(encode(photo(90, 60, seed=seed, mode="L"), "PNG"), "png") for seed in range(40)]
        lines = [image_line(urls[number % 40], number) if number % 9 else b"{" for number in range(3000)]
        source = self.write("long.jsonl", b"\n".join(lines))
        limit = ("--max-shard-bytes", "200000")
        whole, out = self.convert([source], *limit), self.dir / "stopped"
        with subprocess.Popen([PROGRAM, "convert", source, "-o", out, *limit, "-q", "--threads", "1"]) as run:
            while run.poll() is None and not (out / "train-00004.jsonl").exists():
                time.sleep(0.0005)
            run.kill()
        self.assertFalse((out / "manifest.json").exists(), "the run was over before it was killed")
        self.convert([source], *limit, "--resume", output=out)
        one, two = (Page((folder / "report.html").read_text()).text for folder in (whole.dir, out))
        for section in ("images", "formats", "conversions", "rejects", "shards"):
            self.assertEqual(one[section], two[section], section)
        self.assertIn("was resumed after", two["gallery"])
        self.assertIn("since the run was resumed", two["time"])


@unittest.skipUnless(CHROMIUM, "chromium is not installed")
class Browser(Report):
    def test_light_dark_and_narrow(self):
        result, _ = self.mixed()
        page = result.dir / "report.html"
        brightness = {}
        for name, size, scheme in (("light", "1280,2400", 1), ("dark", "1280,2400", 0), ("narrow", "390,2400", 1)):
            shot = self.dir / f"{name}.png"
            self.browse(page, f"--window-size={size}", f"--blink-settings=preferredColorScheme={scheme}",
                        f"--screenshot={shot}")
            image = decode(shot.read_bytes()).convert("L")
            brightness[name] = sum(image.resize((16, 16)).getdata()) / 256
        self.assertGreater(brightness["light"], 200)
        self.assertGreater(brightness["narrow"], 200)
        self.assertLess(brightness["dark"], 80)

    def test_what_the_browser_makes_of_it(self):
        result, data = self.mixed()
        dom = self.browse(result.dir / "report.html", "--dump-dom")
        page, seen = Page(data.decode()), Page(dom)
        self.assertEqual([section["id"] for section in seen.all("section")], SECTIONS)
        self.assertEqual(len(seen.elements), len(page.elements))
        self.assertEqual(seen.all("script"), [])

    def test_printed(self):
        result, _ = self.mixed()
        paper = self.dir / "report.pdf"
        self.browse(result.dir / "report.html", f"--print-to-pdf={paper}", "--no-pdf-header-footer")
        self.assertTrue(paper.read_bytes().startswith(b"%PDF-"))


if __name__ == "__main__":
    unittest.main()
