"""Images in texts: the example is written unchanged, counted, and warned of once."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import ANSWER, CliTest, answered, asked, image_line, line, message, part_image, part_text, parts, text_line
from pictures import TINY_URL

PARTS = [{"type": "text", "text": "q"}, {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]


def text(value):
    return json.dumps(value)


# Line and the pointer to where the image is hidden.
HIDING = [
    (asked(text(f"![x]({TINY_URL})")), "/messages/0/content"),
    (asked(text("look: " + TINY_URL)), "/messages/0/content"),
    (asked(text(TINY_URL).replace("/", r"\/")), "/messages/0/content"),
    (asked(text(TINY_URL.replace("data:image/png;base64", "DATA:IMAGE/PNG;BASE64"))), "/messages/0/content"),
    (asked(parts(part_text(), part_text(f"<img src='{TINY_URL}'>"))), "/messages/0/content/1"),
    (asked(parts(part_image(TINY_URL), part_text(TINY_URL))), "/messages/0/content/1"),
    (answered(text(TINY_URL)), "/messages/1/content"),
    (asked(text(json.dumps(PARTS))), "/messages/0/content"),
    (asked(text(json.dumps(PARTS, indent=2))), "/messages/0/content"),
    (asked(text(" \n" + json.dumps(PARTS[1]))), "/messages/0/content"),
    (asked(text(str(PARTS))), "/messages/0/content"),
    (asked(text(json.dumps([{"type": "image", "image": "a.png"}]))), "/messages/0/content"),
    *[(asked(text(TINY_URL).replace(plain, escaped)), "/messages/0/content") for plain, escaped in (
        ("data:", r"\u0064ata:"), (";base64", r"\u003bbase64"), ("base64,", r"base64\u002c"), ("base64,i", "base64, i"),
        (";base64", "; base64"), (";base64", ";name=" + "a" * 200 + ";base64"), ("iVBOR", "%69VBOR"), ("i", r"\u0069"))],
    (asked(text(json.dumps(PARTS)).replace("[", r"\u005b", 1)), "/messages/0/content"),
    (asked(text("é: " + TINY_URL)), "/messages/0/content"),
    (asked(text("look:\n" + TINY_URL)), "/messages/0/content"),
    (asked(text(r"\u0064ata: " + TINY_URL)), "/messages/0/content"),
]
# With --from chat.
LISTING = [
    (asked('"<image>q"', more=',"images":["a.png"]'), "/images"),
    (asked('"<image>q"', more=',"image":"a.png"'), "/image"),
    (asked('"q"', more=',"images":[{"path":"a.png"}]'), "/images"),
    (asked(parts(part_text(r"<image> q"))).replace(b"<image>", rb"\u003cimage\u003e").replace(b"{", b'{"images":["a.png"],', 1), "/images"),
]
HIDING_NOTHING = [
    asked('"plain"'), image_line(TINY_URL), asked('"a data URL begins with data:image/png;base64, and goes on"'),
    asked('";base64,AAAAAAAAAAAAAAAAAAAAAAAAAAAA"'), asked('"type: image"'), asked(text(json.dumps({"type": "text"}))),
    asked('"<image> is a mark"'), asked('"q"', more=',"images":[]'), asked('"q"', more=',"image":""'), asked('"q"', more=',"image":null'),
    asked(parts(part_text(), part_image(TINY_URL)), more=',"images":["a.png"]'), asked('"the [type] of \\"image\\""'),
    asked('"Which may stand in multipart form-data: 7bit, 8bit; base64, quoted-printable?"'),
    asked('"Types of data: strings; base64, hexadecimal/binary encodings"'),
    asked('"data:image/png;base64, internationalization is another word"'),
    asked('"metadata:image/png;base64,iVBORw0KGgoAAAANSUhEUg"'),
    asked(text("é: [" + json.dumps({"type": "text"}))), asked(text(r"\u0064ata: nothing")),
    asked('"q"', more=',"note":"%s"' % TINY_URL), asked(text(json.dumps({"image": "a.png"}))),
]
# Of other interfaces, in no layout that is read, or in two at once; only the profile without rules takes them.
OTHER_LAYOUTS = [
    asked(parts('{"type":"input_text","text":"q"}', '{"type":"image","source":{"type":"url","url":"%s"}}' % TINY_URL)),
    asked(parts(part_text(), '{"type":"image_file","image_file":{"file_id":"f"}}')),
    asked(parts(part_text(), '{"inline_data":{"mime_type":"image/png","data":"iVBORw0KGgo="}}')),
]


class HiddenImages(CliTest):
    def hidden(self, result):
        told = [line for line in result.stderr.decode().splitlines() if "hidden_image" in line]
        self.assertLessEqual(len(told), 1)
        return result.manifest["conversions"].get("hidden_image", 0), told

    def test_example_is_written_as_it_is_counted_and_told_of(self):
        for source, pointer in HIDING:
            with self.subTest(source[:120]):
                result = self.convert([text_line(1), source])
                self.assertEqual(result.written, [text_line(1), source])
                number, told = self.hidden(result)
                self.assertEqual(number, 1)
                self.assertIn(f"input.jsonl:2 {pointer}: ", told[0])

    def test_once_for_a_run_with_the_number_and_the_first_place(self):
        paths = [self.write("a.jsonl", text_line(1) + b"\n"), self.write("b.jsonl", b"\n".join([text_line(2), *[s for s, _ in HIDING]]))]
        for threads in ("1", "4"):
            result = self.convert(paths, "--threads", threads)
            number, told = self.hidden(result)
            self.assertEqual(number, len(HIDING))
            self.assertIn(f"{len(HIDING)} examples", told[0])
            self.assertIn("b.jsonl:2 ", told[0])
            summary = self.run_program("convert", *paths, "-o", self.new_output_dir(), "--json")
            self.assertEqual(json.loads(summary.stdout)["conversions"]["hidden_image"], len(HIDING))

    def test_duplicates_that_are_left_out_do_not_count(self):
        source = HIDING[0][0]
        self.assertEqual(self.hidden(self.convert([source, source, source], "--duplicates", "drop"))[0], 1)

    def test_text_that_hides_none(self):
        for source in HIDING_NOTHING:
            with self.subTest(source[:120]):
                self.assertEqual(self.hidden(self.convert([source])), (0, []))

    def test_parts_of_other_interfaces_where_no_rule_refuses_them(self):
        for source in OTHER_LAYOUTS:
            self.assertEqual(self.hidden(self.convert([source], "--profile", "none"))[0], 1, source)
            self.assertEqual(self.hidden(self.convert([source]))[0], 0, "a rejected line hides nothing")

    def test_images_beside_the_messages_of_a_line_that_is_taken_for_chat(self):
        for source, pointer in LISTING:
            with self.subTest(source[:120]):
                result = self.convert([source], "--from", "chat")
                self.assertEqual(result.written, [source])
                number, told = self.hidden(result)
                self.assertEqual(number, 1)
                self.assertIn(f"input.jsonl:1 {pointer}: ", told[0])

    def test_check_warns_and_accepts(self):
        texts = [source for source, _ in HIDING[:6] if any(mark in source for mark in (b"![", b'"look', b"<img"))]
        path = self.write("in.jsonl", b"".join(source + b"\n" for source in texts * 4))
        done = self.run_program("check", path, "--json")
        report = json.loads(done.stdout)
        group = next(group for group in report["findings"] if group["code"] == "hidden_image")
        self.assertEqual((group["effect"], group["findings"]), ("warning", path.read_bytes().count(b"\n")))
        self.assertEqual(group["first"][0]["pointer"], "/messages/0/content")
        self.assertEqual(done.returncode, 0, done.stdout[:2000])


if __name__ == "__main__":
    unittest.main()
