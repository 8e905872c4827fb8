"""visionshard-screen: lists images in which faces are seen, for convert --exclude and for a person to look at."""
import gzip
import html.parser
import json
import os
import sys

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from faces import face
from harness import asked, image_line, part_image, parts, text_line
from pictures import data_url, encode
from screen_test import AT, FACE, NO_FACE, SIDE, SMALL_FACE, ScreenTest, line_of, sha256
from store_files import write_store


class ListTest(ScreenTest):
    def test_an_image_with_a_face_is_listed_with_its_digest_box_score_and_place(self):
        entries, summary = self.list_of([line_of(NO_FACE), line_of(FACE), text_line(1)])
        [entry] = entries
        self.assertEqual(entry["image"], sha256(FACE))
        self.assertEqual((entry["width"], entry["height"]), (400, 300))
        [found] = entry["faces"]
        self.check_box(found, SIDE, AT, (400, 300))
        self.assertGreater(found["score"], 0)
        self.assertEqual((entry["lines"], entry["places"]), (1, [f"{self.dir}/raw.jsonl:2"]))
        self.assertEqual((summary["lines"], summary["images"], summary["looked_at"], summary["faces"]), (3, 2, 2, 1))

    def test_convert_leaves_out_what_the_list_names_and_nothing_else(self):
        lines = [line_of(NO_FACE, number=1), line_of(FACE, number=2), text_line(3), line_of(SMALL_FACE, "png", 4)]
        entries, _ = self.list_of(lines)
        self.assertEqual([entry["image"] for entry in entries], [sha256(FACE), sha256(SMALL_FACE)])
        result = self.convert(lines, "--exclude", self.dir / "faces.jsonl")
        self.assertEqual(result.written, [lines[0], lines[2]])
        self.assertEqual(result.counts["excluded"], 2)

    def test_equal_images_are_looked_at_once_and_every_line_is_counted(self):
        lines = [line_of(FACE, number=number) for number in range(8)]
        lines[3:3] = [asked(parts(part_image(data_url(FACE, "jpeg")), part_image(data_url(FACE, "jpeg"))))]
        [entry], summary = self.list_of(lines)
        self.assertEqual(summary["detections"], 1)
        self.assertEqual((summary["images"], summary["images_with_faces"], summary["lines_with_faces"]), (10, 1, 9))
        self.assertEqual(entry["lines"], 9)
        self.assertEqual(entry["places"], [f"{self.dir}/raw.jsonl:{number}" for number in range(1, 6)])

    def test_the_list_is_the_same_for_any_number_of_threads(self):
        pictures = [(FACE, "jpeg"), (NO_FACE, "jpeg"), (SMALL_FACE, "png")]
        pictures += [(encode(face(100 + 9 * number, at=(60 + 5 * number, 50)), "PNG"), "png") for number in range(6)]
        lines = [line_of(*pictures[number * 5 % len(pictures)], number) for number in range(30)]
        lists = []
        for options in (("--threads", 1), ("--threads", 2), ("--threads", 5, "--memory", "32MiB")):
            entries, _ = self.list_of(lines, *options, "--page", self.dir / "page.html")
            lists.append(((self.dir / "faces.jsonl").read_bytes(), (self.dir / "page.html").read_bytes()))
        self.assertEqual(len(entries), 8)
        self.assertEqual(lists[0], lists[1])
        self.assertEqual(lists[0], lists[2])

    def test_boxes_are_in_the_upright_picture(self):
        # 6: the first row of the file is the right side of the picture (Exif 2.32).
        exif = Image.Exif()
        exif[0x0112] = 6
        turned = encode(face(SIDE, at=AT).transpose(Image.Transpose.ROTATE_90), "JPEG", quality=92, exif=exif)
        [entry], _ = self.list_of([line_of(turned)])
        self.assertEqual((entry["width"], entry["height"]), (400, 300))
        [found] = entry["faces"]
        self.check_box(found, SIDE, AT, (400, 300))

    def test_boxes_are_in_the_pixels_of_large_and_small_pictures(self):
        for size, side, at in (((3200, 2400), 900, (1100, 700)), ((160, 120), 70, (40, 25))):
            with self.subTest(size=size):
                data = encode(face(side, size, at), "JPEG", quality=92)
                [entry], _ = self.list_of([line_of(data)])
                self.assertEqual((entry["width"], entry["height"]), size)
                [found] = entry["faces"]
                self.check_box(found, side, at, size)

    def test_faces_are_seen_in_every_kind_of_picture(self):
        picture = face(SIDE, at=AT)
        transparent = picture.convert("RGBA")
        transparent.putalpha(Image.new("L", picture.size, 255))
        pictures = [(encode(picture.convert("L"), "PNG"), "png"), (encode(picture.convert("CMYK"), "JPEG"), "jpeg"),
                    (encode(picture.quantize(200), "GIF"), "gif"), (encode(picture, "WEBP"), "webp"),
                    (encode(transparent, "PNG"), "png"), (encode(picture, "JPEG", progressive=True), "jpeg"),
                    (encode(picture, "TIFF"), "tiff")]
        entries, _ = self.list_of([line_of(*each) for each in pictures])
        self.assertEqual([entry["image"] for entry in entries], [sha256(data) for data, _ in pictures])

    def test_a_higher_smallest_score_lists_fewer_faces(self):
        [entry], _ = self.list_of([line_of(FACE)])
        [found] = entry["faces"]
        self.assertEqual(len(self.list_of([line_of(FACE)], "--min-score", found["score"] - .01)[0]), 1)
        self.assertEqual(self.list_of([line_of(FACE)], "--min-score", found["score"] + .01)[0], [])


class InputTest(ScreenTest):
    def test_images_are_found_in_every_layout(self):
        url = data_url(FACE, "jpeg")
        base64 = url.split(",")[1]
        lines = [
            {"messages": [{"role": "user", "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": base64}}]},
                {"role": "assistant", "content": "ok"}]},
            {"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/jpeg", "data": base64}}]},
                          {"role": "model", "parts": [{"text": "ok"}]}]},
            {"image": url, "conversations": [{"from": "human", "value": "<image>who"}, {"from": "gpt", "value": "ok"}]},
            {"input": {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]},
             "preferred_output": [{"role": "assistant", "content": "a"}],
             "non_preferred_output": [{"role": "assistant", "content": "b"}]}]
        [entry], _ = self.list_of([json.dumps(line).encode() for line in lines])
        self.assertEqual(entry["image"], sha256(FACE))
        self.assertEqual(entry["places"], [f"{self.dir}/raw.jsonl:{number}" for number in (1, 2, 3, 4)])

    def test_files_compressed_files_folders_and_standard_input_are_read(self):
        raw = line_of(FACE) + b"\n"
        self.write("in/a.jsonl", raw)
        self.write("in/b.jsonl.gz", gzip.compress(raw))
        self.screen(self.dir / "in", "-", "-o", self.dir / "faces.jsonl", stdin=b"\n" + raw)
        [entry] = map(json.loads, (self.dir / "faces.jsonl").read_text().splitlines())
        self.assertEqual(entry["places"], [f"{self.dir}/in/a.jsonl:1", f"{self.dir}/in/b.jsonl.gz:1", "-:2"])

    def test_local_files_are_looked_at_below_the_image_root(self):
        self.write("images/face.jpg", FACE)
        lines = [image_line("face.jpg"), image_line("../raw.jsonl")]
        [entry], summary = self.list_of(lines, "--image-root", self.dir / "images")
        self.assertEqual(entry["image"], sha256(FACE))
        self.assertEqual(summary["unreadable"], {"outside_root": 1})
        self.assertEqual(self.list_of(lines)[1]["unreadable"], {"bad_url": 2})

    def test_images_by_url_are_looked_at_in_a_store_and_counted_without_one(self):
        url = "https://example.org/face.jpg"
        lines = [image_line(url), image_line("https://example.org/none.jpg")]
        entries, summary = self.list_of(lines)
        self.assertEqual((entries, summary["urls_not_looked_at"], summary["looked_at"]), ([], 2, 0))
        done = self.screen(self.dir / "raw.jsonl", "-o", self.dir / "faces.jsonl")
        self.assertIn(b"not looked at: 2 images by URL", done.stdout)
        write_store(self.dir / "store", {url: FACE})
        [entry], summary = self.list_of(lines, "--store", self.dir / "store")
        self.assertEqual(entry["image"], sha256(FACE))
        self.assertEqual((summary["urls_not_looked_at"], summary["unreadable"]), (0, {"url_missing": 1}))

    def test_damaged_images_and_lines_are_counted_and_the_rest_is_looked_at(self):
        lines = [line_of(FACE[:len(FACE) // 2]), b"{", image_line("data:image/png;base64,????"), b"", line_of(FACE),
                 line_of(b"not an image")]
        for threads in (1, 2):
            [entry], summary = self.list_of(lines, "--threads", threads)
            self.assertEqual(entry["places"], [f"{self.dir}/raw.jsonl:5"])
            self.assertEqual(summary["unreadable"], {"bad_base64": 1, "corrupt_image": 1, "unknown_format": 1})
            self.assertEqual((summary["unreadable_lines"], summary["blank"]), (1, 1))

    def test_an_image_over_the_limit_of_pixels_is_counted(self):
        _, summary = self.list_of([line_of(FACE)], "--max-pixels", 400 * 300 - 1)
        self.assertEqual(summary["unreadable"], {"too_many_pixels": 1})

    def test_an_empty_input_gives_an_empty_list(self):
        entries, summary = self.list_of([])
        self.assertEqual((entries, summary["lines"], summary["faces"]), ([], 0, 0))


class PageTest(ScreenTest):
    class Parser(html.parser.HTMLParser):
        def __init__(self):
            super().__init__()
            self.tags, self.text = [], ""

        def handle_starttag(self, tag, attributes):
            self.tags.append((tag, dict(attributes)))

        def handle_data(self, data):
            self.text += data

    def test_the_page_marks_each_face_on_its_picture_and_needs_nothing_else(self):
        name = "<b>&\"'.jsonl"
        raw = self.write(name, line_of(FACE) + b"\n" + line_of(NO_FACE) + b"\n")
        self.screen(raw, "-o", self.dir / "faces.jsonl", "--page", self.dir / "faces.html")
        [entry] = map(json.loads, (self.dir / "faces.jsonl").read_text().splitlines())
        page = self.Parser()
        text = (self.dir / "faces.html").read_text()
        page.feed(text)
        [image] = [attributes for tag, attributes in page.tags if tag == "image"]
        self.assertTrue(image["href"].startswith("data:image/jpeg;base64,"))
        [mark] = [attributes for tag, attributes in page.tags if tag == "rect" and attributes.get("class") == "mark"]
        scale = float(image["width"]) / 400
        [found] = entry["faces"]
        for attribute, key in (("x", "left"), ("y", "top"), ("width", "width"), ("height", "height")):
            self.assertAlmostEqual(float(mark[attribute]), found[key] * scale, delta=.1)
        self.assertIn(f"{raw}:1", page.text)
        self.assertIn(f"{found['score']:.2f}", page.text)
        self.assertNotIn("b", [tag for tag, _ in page.tags])
        self.assertNotRegex(text, r"(src|href)=\"(?!data:|#)|@import|<script")

    def test_a_page_without_faces_says_so(self):
        self.list_of([line_of(NO_FACE)], "--page", self.dir / "faces.html")
        self.assertIn("No faces were seen.", (self.dir / "faces.html").read_text())
