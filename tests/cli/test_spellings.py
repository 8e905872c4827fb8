"""Nonstandard spellings of image URLs: they are corrected, or the fault is named."""
import base64
import json
import os
import re
import sys
import unittest
from urllib.parse import quote

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, asked, image_urls, parts, payload_of
from pictures import TINY_PNG, TINY_URL, data_url, encode, photo

TEXT = base64.b64encode(TINY_PNG).decode()
# With '+' in its base64, as most pictures have.
PHOTO = next(png for png in (encode(photo(24, 16, seed), "PNG") for seed in range(99)) if base64.b64encode(png).count(b"+") > 3)
PHOTO_TEXT = base64.b64encode(PHOTO).decode()
JPEG = encode(photo(24, 16), "JPEG")
JPEG_TEXT = base64.b64encode(JPEG).decode()


def image(url):
    """A line whose image has this URL, JSON-escaped here."""
    return asked(parts('{"type":"image_url","image_url":{"url":%s}}' % json.dumps(url)))


# URL, the image it means, the conversion that is counted.
NORMALIZED = [
    (" " + TINY_URL, TINY_PNG, "media_type"),
    ("\n\t " + TINY_URL, TINY_PNG, "media_type"),
    ("\u00a0" + TINY_URL, TINY_PNG, "media_type"),
    (TINY_URL + " ", TINY_PNG, "base64_spelling"),
    (TINY_URL + "\r\n", TINY_PNG, "base64_spelling"),
    (TINY_URL + "\ufeff", TINY_PNG, "base64_spelling"),
    (TEXT, TINY_PNG, "media_type"),
    (" " + TEXT + "\n", TINY_PNG, "base64_spelling"),
    (JPEG_TEXT, JPEG, "media_type"),
    (PHOTO_TEXT.replace("+", "-").replace("/", "_").rstrip("="), PHOTO, "base64_spelling"),
    (base64.encodebytes(PHOTO).decode(), PHOTO, "base64_spelling"),
    ("image/png;base64," + TEXT, TINY_PNG, "media_type"),
    ("Image/PNG;Base64," + TEXT, TINY_PNG, "media_type"),
    ("base64," + TEXT, TINY_PNG, "media_type"),
    ("data:image/png;base64," + quote(PHOTO_TEXT, safe=""), PHOTO, "base64_spelling"),
    ("data:image/png;base64," + quote(base64.encodebytes(PHOTO).decode(), safe=""), PHOTO, "base64_spelling"),
    ("data:image/png;base64," + "".join("%%%02x" % ord(c) for c in TEXT), TINY_PNG, "base64_spelling"),
    ("data:image%2Fpng;base64," + TEXT, TINY_PNG, "media_type"),
    ("data:image/png;Base64," + TEXT, TINY_PNG, "media_type"),
    ("data:image/png;name=a.png;\tBASE64 ," + TEXT, TINY_PNG, "media_type"),
    ("data:image/png;base64,\t" + TEXT[:40] + "\t" + TEXT[40:], TINY_PNG, "base64_spelling"),
]

# URL, reason, words that name the mistake.
NAMED = [
    ("data:image/png;base64," + PHOTO_TEXT.replace("+", " "), "bad_base64", "'+'"),
    (PHOTO_TEXT.replace("+", " "), "bad_base64", "'+'"),
    ("data:image/jpeg;base64," + TINY_URL, "bad_base64", "twice"),
    ("data:image/jpeg;base64,DATA:image/png;base64," + TEXT, "bad_base64", "twice"),
    (f"data:image/png;base64,b'{TEXT}'", "bad_base64", "b'...'"),
    (f'data:image/png;base64,b"{TEXT}"', "bad_base64", "b'...'"),
    (f"data:image/png;base64,{TEXT}'", "bad_base64", "b'...'"),
    (f"b'{TEXT}'", "bad_url", "b'...'"),
    (f"b'{TINY_URL}'", "bad_url", "b'...'"),
    ("data:image/png;base64," + TEXT.rstrip("=") + "=" * (len(TEXT) - len(TEXT.rstrip("=")) + 1), "bad_base64", "surplus"),
    ("data:image/png;base64," + TEXT.rstrip("=") + "====", "bad_base64", "surplus"),
    ("data:image/png;base64," + TEXT[:41], "bad_base64", "length"),
    ("data:image/png;base64," + TEXT[:40] + "*" + TEXT[40:], "bad_base64", '"*'),
    ("data:image/png;base64," + TEXT[:40] + "\x00" + TEXT[40:], "bad_base64", '"\\u0000' + TEXT[40:50]),
    ("C:\\x\\a.png", "bad_url", "Windows path"),
    ("c:/x/a.png", "bad_url", "Windows path"),
    ("\\\\server\\share\\a.png", "bad_url", "Windows path"),
    ("file:///C:/x/a.png", "bad_url", "Windows path"),
    ("images\\a.png", "bad_url", "Windows path"),
    ("..\\a.png", "bad_url", "Windows path"),
    ("\\images\\a.png", "bad_url", "Windows path"),
    ("https:///a.png", "bad_url", "no host"),
    ("https://example.org/a\x00.png", "bad_url", "U+0000"),
    ("https://example.org/a\n.png", "bad_url", "U+000A"),
    (" https://example.org/a\x7f.png", "bad_url", "U+007F"),
    ("http://:80/a.png", "bad_url", "no host"),
    ("file:/srv/x/a.png", "bad_url", "file:///"),
    ("file:a.png", "bad_url", "file:///"),
    ("file://server/x/a.png", "bad_url", "host"),
    ("//example.org/a.png", "bad_url", "https:"),
    ("www.example.org/a.png", "bad_url", "https://"),
    ("http:/example.org/a.png", "bad_url", "http://"),
    (quote(TINY_URL, safe=""), "bad_url", "percent-encoded"),
    ("data:image/png," + TEXT, "bad_url", ";base64"),
]


class Spellings(CliTest):
    def test_what_is_meant_is_written_as_it_should_be(self):
        lines = [image(url) for url, _, _ in NORMALIZED]
        for (url, meant, conversion), source in zip(NORMALIZED, lines):
            with self.subTest(url[:60]):
                result = self.convert([source])
                self.assertEqual(result.reasons, [], result.rejected)
                self.assertEqual(payload_of(image_urls(result.written[0])[0])[1], meant)
                self.assertEqual(list(result.manifest["conversions"]), [conversion])
                self.assertEqual(result.counts["images_relabelled"], 1)

    def test_percent_escapes_may_stand_anywhere(self):
        """Also in base64 without a header, which is told by its beginning."""
        escaped = []
        for number in range(120):
            escaped.append("".join(f"%{ord(c):02X}" if i % 120 == number or c in "+/" else c for i, c in enumerate(PHOTO_TEXT)))
        for text, outcome in zip(escaped, self.outcomes([image(text) for text in escaped])):
            self.assertEqual(outcome.reason, "written", text[:120])
            self.assertEqual(payload_of(image_urls(outcome.written)[0])[1], PHOTO)

    def test_base64_fields_of_other_layouts_take_data_urls(self):
        text = base64.b64encode(PHOTO).decode()
        for url in (f"DATA:image/png;base64,{text}", f" data:image/png;base64,{text}", f"Data:;base64,{text}\n", text):
            blocks = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": url}}
            gemini = {"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": url}}]},
                                   {"role": "model", "parts": [{"text": "ok"}]}]}
            ask = lambda part: {"messages": [{"role": "user", "content": [part]}, {"role": "assistant", "content": "ok"}]}  # noqa: E731
            lines = [json.dumps(line).encode() for line in (ask(blocks), gemini, ask({"type": "image", "base64": url}))]
            for outcome in self.outcomes(lines):
                self.assertEqual(outcome.reason, "written", outcome.record)
                self.assertEqual(payload_of(image_urls(outcome.written)[0])[1], PHOTO)

    def test_base64_fields_of_other_layouts_take_nothing_else(self):
        for url in ("https://example.org/a.png", "file:///a.png", "a:b"):
            part = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": url}}
            line = {"messages": [{"role": "user", "content": [part]}, {"role": "assistant", "content": "ok"}]}
            self.assertEqual([outcome.reason for outcome in self.outcomes([json.dumps(line).encode()])], ["bad_base64"])

    def test_names_of_files_are_shown_whole(self):
        for name in ("photo #1.jpg", "images/a?b=c.png", "./a#b/logo@2x.png"):
            outcome, = self.outcomes([image(name)])
            self.assertIn(name, outcome.record["detail"])

    def test_no_secret_of_a_url_is_shown(self):
        """What is no secret is: the rejected line itself, which goes to rejected.jsonl alone."""
        urls = [" https://user:pw123@e.org/a.png?sig=SECRET", "http:/user:pw123@e.org/x?sig=SECRET", "//user:pw123@e.org/a?sig=SECRET",
                "www.e.org/a?sig=SECRET", "user:pw123@e.org/a?sig=SECRET", "https:///user:pw123@e.org/x?sig=SECRET"]
        path = self.write("in.jsonl", b"".join(image(url) + b"\n" for url in urls))
        log, out = self.dir / "log", self.new_output_dir()
        shown = b""
        for command in (["check", path], ["check", path, "--list"], ["check", path, "--json"],
                        ["convert", path, "-o", out, "--log-file", log, "--json"]):
            done = self.run_program(*command)
            shown += done.stdout + done.stderr
        self.write("list", b"https:///x?sig=SECRET\n")
        shown += self.run_program("convert", path, "-o", self.new_output_dir(), "--exclude", self.dir / "list").stderr
        shown += log.read_bytes() + (out / "report.html").read_bytes() + (out / "manifest.json").read_bytes()
        for secret in (b"SECRET", b"pw123"):
            at = shown.find(secret)
            self.assertEqual(at, -1, shown[max(0, at - 200):at + 50])
        self.assertIn(b"e.org", shown)

    def test_check_finds_each(self):
        path = self.write("in.jsonl", b"".join(image(url) + b"\n" for url, _, _ in NORMALIZED))
        done = self.run_program("check", path, "--findings", "--json")
        if done.returncode == 2:
            done = self.run_program("check", path, "--json")
        self.assertEqual(done.returncode, 1)
        groups = {group["code"]: group for group in json.loads(done.stdout)["findings"] if group["code"] in ("media_type", "base64_spelling", "url_spelling")}
        self.assertGreaterEqual(sum(group["lines"] for group in groups.values()), len(NORMALIZED))

    def test_what_is_no_url_to_others_is_more_than_a_warning(self):
        """Providers' checks ask whether the URL begins with "data:"."""
        for url, _, _ in NORMALIZED:
            source = image(url)
            done = self.run_program("check", self.write("in.jsonl", (source + b"\n") * 10), "--json")
            codes = [group["code"] for group in json.loads(done.stdout)["findings"] if group["effect"] != "warning"]
            is_url = url.lower().startswith("data:")
            self.assertEqual("url_spelling" in codes, not is_url, url[:60])
            self.assertEqual(done.returncode, int(bool(codes)), url[:60])

    def test_web_urls_lose_the_blanks_around_them(self):
        for url, wanted in ((" https://example.org/a.png", "https://example.org/a.png"), ("https://example.org/a b.png\n", "https://example.org/a b.png"),
                            ("\u00a0Http://x/\u00e9 ", "Http://x/\u00e9")):
            result = self.convert([image(url)])
            self.assertEqual(image_urls(result.written[0]), [wanted])
            self.assertEqual(result.manifest["conversions"], {"url_spelling": 1})
            self.assertEqual(result.counts["images_relabelled"], 1)
            done = self.run_program("check", self.write("in.jsonl", image(url)), "--json")
            self.assertIn("url_spelling", [group["code"] for group in json.loads(done.stdout)["findings"]])
        self.check_written_unchanged([image("https://example.org/a.png"), image("HTTPS://Example.org/A"), image("https://example.org/%20")])

    def test_mistakes_that_cannot_be_put_right_are_named(self):
        for (url, reason, words), outcome in zip(NAMED, self.outcomes([image(url) for url, _, _ in NAMED])):
            with self.subTest(url[:60]):
                self.assertEqual(outcome.reason, reason, outcome.record and outcome.record["detail"])
                self.assertIn(words, outcome.record["detail"])

    def test_a_corrupt_image_with_line_breaks_is_no_lost_plus(self):
        damaged = bytearray(PHOTO)
        damaged[len(PHOTO) // 2] ^= 0x55
        text = base64.b64encode(damaged).decode()
        wrapped = " ".join(text[i:i + 76] for i in range(0, len(text), 76))
        for spelling in (wrapped, text, base64.encodebytes(damaged).decode()):
            record = self.outcomes([image("data:image/png;base64," + spelling)])[0].record
            self.assertEqual(record["reason"], "corrupt_image")
            self.assertNotIn("'+'", record["detail"])

    def test_blanks_that_break_lines_are_legal(self):
        wrapped = " ".join(PHOTO_TEXT[i:i + 76] for i in range(0, len(PHOTO_TEXT), 76))
        result = self.convert([image("data:image/png;base64," + wrapped)])
        self.assertEqual(payload_of(image_urls(result.written[0])[0])[1], PHOTO)


class Messages(CliTest):
    """No message carries more than 80 characters of a value, or a control character."""

    def test_long_and_odd_values_are_cut_and_escaped(self):
        long = "x\n\x1b[31m\u0085" + "y" * 49_000
        spelled = json.dumps(long)
        lines = [
            image(long), image("ftp:" + long), image("file:/" + long), image("data:image/png;base64,*" + long),
            image("data:image/png;base64," + base64.b64encode(b"<html>\n" + long.encode()).decode()), image("C:\\" + long),
            asked(parts('{"type":%s}' % spelled)), asked('"q"').replace(b'"user"', spelled.encode()),
            asked(parts('{"type":"image_url","image_url":{"url":"https://x/y","detail":%s}}' % spelled)),
            asked('"q"').replace(b'{"role":"assistant"', b'{"weight":%s,"role":"assistant"' % spelled.encode()),
            asked('"q"', more=',%s:1' % spelled), b"{" + spelled.encode() + b" 1}", b'{"a":' + b"y" * 49_000 + b"}",
        ]
        path = self.write("in.jsonl", b"".join(line + b"\n" for line in lines))
        root = self.dir / "root"
        root.mkdir()
        for options in ((), ("--image-root", root), ("--profile", "together")):
            result = self.convert([path], *options)
            for record in result.rejected:
                self.check_text(record["detail"])
            done = self.run_program("check", path, "--json", *options[:2] if "--profile" in options else ())
            for group in json.loads(done.stdout)["findings"]:
                for finding in group["first"]:
                    self.check_text(finding["detail"])
                    self.assertLess(len(finding.get("pointer") or ""), 200)

    def check_text(self, detail):
        self.assertLess(len(detail), 400, detail[:500])
        self.assertIsNone(re.search(r"[\x00-\x1f\x7f-\x9f]", detail), repr(detail))
        self.assertNotIn("y" * 81, detail)

    def test_errors_of_the_command_line_are_one_line(self):
        odd = "x\n\x1b[31my" + "z" * 3000
        for arguments in (["convert", odd, "-o", self.dir / "o"], ["convert", "--profile", odd, "x", "-o", "y"], ["convert", "--" + odd, "x"],
                          ["check", "--max-images-per-example", odd, "x"], ["check", "--config", odd, "x"], [odd]):
            done = self.run_program(*arguments)
            self.assertIn(done.returncode, (2, 3))
            text = done.stderr.decode()
            self.assertNotIn("\x1b", text)
            self.assertEqual(len([line for line in text.splitlines() if line.startswith("visionshard: ")]), 1, text[:300])

    def test_null_detail_names_the_option(self):
        source = asked(parts('{"type":"image_url","image_url":{"url":"https://x/y","detail":null}}'))
        self.assertIn("--detail", self.outcomes([source])[0].record["detail"])
        self.assertEqual(self.outcomes([source], "--detail", "auto")[0].reason, "written")


if __name__ == "__main__":
    unittest.main()
