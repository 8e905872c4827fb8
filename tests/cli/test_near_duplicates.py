"""--near-duplicates: pictures whose likeness is known by how they were made."""
import base64
import json
import os
import random
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from harness import asked, image_line, part_image, part_text, parts, text_line
from near_pictures import chain, corpus, flat, lines_of, saved, scene
from pictures import data_url, encode
from shaping_model import ShapingTest
from store_files import write_store
from test_distribute import made


def found(output):
    return json.loads((output.dir / "run.json").read_text())["near_duplicates"]


def one_image(url, number=0):
    return asked(parts(part_text(f"q{number}"), part_image(url)))


class ReportTest(ShapingTest):
    def test_one_picture_saved_again_and_resized_and_another(self):
        lines = [one_image(url) for url in (saved(1, 0), saved(1, 1), saved(1, 3), saved(2, 0))]
        output = self.convert(lines, "--near-duplicates", "report")
        self.assertEqual(output.written, lines)
        numbers = found(output)
        self.assertEqual({key: numbers[key] for key in ("hashed_images", "pictures", "pairs", "near_pictures", "near_examples", "groups", "largest_group")},
                         {"hashed_images": 4, "pictures": 4, "pairs": 3, "near_pictures": 3, "near_examples": 3, "groups": 1, "largest_group": 3})
        self.assertIn(b"3 pairs of near-duplicates; 3 pictures in 1 group and 3 examples", output.stdout)
        pair, = numbers["shown"]
        self.assertLessEqual(pair["distance"], 31)
        self.assertLessEqual({pair["first"]["line"], pair["second"]["line"]}, {1, 2, 3})
        self.assertEqual({pair["first"]["file"], pair["second"]["file"]}, {str(self.dir / "input.jsonl")})
        self.assertEqual(json.loads(self.run_program("convert", self.dir / "input.jsonl", "-o", self.new_output_dir(), "-q", "--json",
                                                     "--near-duplicates", "report").stdout)["near_duplicates"], numbers)

    def test_equal_bytes_are_no_near_duplicates(self):
        lines = [one_image(saved(1, 0), number) for number in range(3)] + [asked(parts(part_image(saved(1, 0)), part_image(saved(1, 0))))]
        for option in ("report", "drop"):
            output = self.convert(lines, "--near-duplicates", option)
            self.assertEqual((output.written, found(output)["pairs"], found(output)["pictures"]), (lines, 0, 1))
            self.assertIn(b"no near-duplicates", output.stdout)

    def test_equal_pixels_in_other_bytes_are_near_duplicates_at_no_distance(self):
        picture = scene(1)
        lines = [one_image(data_url(encode(picture, "PNG", compress_level=level), "png")) for level in (1, 6, 9)]
        output = self.convert(lines, "--near-duplicates", "report")
        self.assertEqual((found(output)["pairs"], found(output)["largest_group"]), (3, 3))
        pair, = found(output)["shown"]
        self.assertEqual((pair["distance"], pair["first"]["line"], pair["second"]["line"]), (0, 1, 2))

    def test_what_has_no_features_or_no_bytes_is_counted_and_not_compared(self):
        lines = [one_image(flat(10)), one_image(flat(11)), one_image("https://example.org/a.png"), text_line(1), one_image(saved(1, 0))]
        output = self.convert(lines, "--near-duplicates", "report")
        numbers = found(output)
        self.assertEqual([numbers[key] for key in ("hashed_images", "flat_images", "images_by_url", "undecodable_images", "pairs")], [1, 2, 1, 0, 0])
        self.assertEqual(output.written, lines)

    def test_an_acceptable_image_that_cannot_be_decoded_is_written(self):
        data = base64.b64decode(saved(1, 0).split(",")[1])
        lines = [one_image(data_url(data[:len(data) // 2] + b"\xff\xd9", "jpeg")), one_image(saved(1, 1))]
        self.assertEqual(self.convert(lines).written, lines)
        output = self.convert(lines, "--near-duplicates", "drop")
        self.assertEqual(output.written, lines)
        self.assertEqual([found(output)[key] for key in ("hashed_images", "undecodable_images")], [1, 1])

    def test_a_few_shot_prefix_makes_no_example_like_another(self):
        lines = [asked(parts(part_text(f"{n}"), part_image(saved(1, 0)), part_image(saved(n + 10, 0)))) for n in range(60)]
        lines.append(one_image(saved(1, 1)))
        for option in ("report", "drop"):
            output = self.convert(lines, "--near-duplicates", option)
            self.assertEqual((output.written, found(output)["pairs"], found(output)["frequent_pictures"]), (lines, 0, 1))

    def test_input_bytes_are_hashed_before_they_are_converted(self):
        picture = scene(1)
        lines = [one_image(data_url(encode(picture.convert("L"), "PNG"), "png")), one_image(data_url(encode(picture, "BMP"), "bmp")),
                 one_image(data_url(encode(picture.rotate(90), "JPEG", quality=95, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"), "jpeg"))]
        output = self.convert(lines, "--near-duplicates", "report")
        self.assertEqual(output.written, self.convert(lines).written)
        self.assertEqual((found(output)["near_pictures"], found(output)["groups"]), (3, 1))

    def test_local_files_are_hashed_too_and_written_as_ever(self):
        for name, url in (("a.jpg", saved(1, 0)), ("b.webp", saved(1, 2)), ("c.jpg", saved(2, 0))):
            self.write("images/" + name, base64.b64decode(url.split(",")[1]))
        lines = [one_image(name) for name in ("a.jpg", "b.webp", "c.jpg", "a.jpg")] + [one_image(saved(1, 0), 9)]
        root = ["--image-root", self.dir / "images"]
        for threads in (1, 3):
            output = self.convert(lines, *root, "--near-duplicates", "report", "--threads", threads)
            self.assertEqual(output.written, self.convert(lines, *root).written)
            self.assertEqual((found(output)["pairs"], found(output)["pictures"], found(output)["hashed_images"]), (1, 3, 5))

    def test_images_of_a_store_are_hashed_and_the_urls_that_stay_are_not(self):
        names = {f"https://example.org/{seed}/{kind}": (seed, kind) for seed in range(4) for kind in range(3)}
        write_store(self.dir / "store", {url: base64.b64decode(saved(*name).split(",")[1]) for url, name in names.items()})
        inline = ["--urls", "inline", "--store", self.dir / "store"]
        for option in ("report", "drop"):
            by_url = self.convert([one_image(url) for url in names], *inline, "--near-duplicates", option)
            by_data = self.convert([one_image(saved(*name)) for name in names.values()], "--near-duplicates", option)
            self.assertEqual(by_url.written, by_data.written)
            self.assertEqual(found(by_url), found(by_data))
            self.assertEqual((found(by_url)["pairs"], len(by_url.written)), (12, 12 if option == "report" else 4))
        kept = found(self.convert([one_image(url) for url in names], "--near-duplicates", "report"))
        self.assertEqual((kept["images_by_url"], kept["hashed_images"]), (12, 0))

    def test_the_page_shows_pairs_with_pictures_and_places(self):
        lines = [one_image(saved(seed, kind)) for kind in (0, 4) for seed in range(30)]
        output = self.convert(lines, "--near-duplicates", "report")
        page = (output.dir / "report.html").read_text()
        section = page[page.index("Near-duplicates that differ most"):page.index('id="gallery"')]
        self.assertEqual(section.count("<figure>"), 24)
        self.assertEqual(section.count("<img "), 48)
        distances = [int(n) for n in re.findall(r"(\d+) of 256 bits differ", section)]
        self.assertEqual(distances, sorted(distances, reverse=True))
        places = [int(n) for n in re.findall(r"input.jsonl:(\d+), image 1, quality \d+", section)]
        for first, second in zip(places[::2], places[1::2]):
            self.assertEqual(second - first, 30)

    def test_pictures_of_the_page_where_images_are_files_or_of_other_layouts(self):
        rows = [{"messages": [{"role": "user", "content": "<image>?"}, {"role": "assistant", "content": "Yes."}], "images": [saved(1, kind)]}
                for kind in (0, 1)]
        path = self.write("in.jsonl", b"".join(json.dumps(row).encode() + b"\n" for row in rows))
        for options in (["--layout", "llamafactory", "--images", "files"], ["--layout", "llamafactory"], ["--layout", "trl", "--images", "files"],
                        ["--images", "files"], []):
            output = self.new_output_dir()
            done = self.run_program("convert", path, "-o", output, "--near-duplicates", "report", *options)
            self.assertEqual(done.returncode, 0, done.stderr)
            page = (output / "report.html").read_text()
            self.assertEqual(page[page.index("Near-duplicates that differ most"):page.index('id="gallery"')].count("<img "), 2, options)


class DropAndGroupTest(ShapingTest):
    def test_drop_keeps_the_first_and_counts_the_others(self):
        lines = [one_image(saved(1, 0)), one_image(saved(2, 0)), one_image(saved(1, 1)), b"{", one_image(saved(2, 3)), text_line(5)]
        output = self.convert(lines, "--near-duplicates", "drop")
        self.assertEqual(output.written, [lines[0], lines[1], lines[5]])
        self.assertEqual((output.counts["excluded"], output.counts["rejected"], output.counts["images"]), (2, 1, 2))
        summary = json.loads((output.dir / "run.json").read_text())
        self.assertEqual(summary["exclusions"], {"near_duplicate": 2})
        page = (output.dir / "report.html").read_text()
        for number in (3, 5):
            self.assertIn(f"input.jsonl:{number}</span>", page)
        checked = self.run_program("check", output.dir)
        self.assertIn(checked.returncode, (0, 1), checked.stderr)

    def test_of_a_chain_drop_keeps_the_ends_and_group_keeps_it_together(self):
        lines = [one_image(chain(link)) for link in range(3)]
        self.assertEqual(found(self.convert(lines, "--near-duplicates", "report"))["pairs"], 2)
        self.assertEqual(self.convert(lines, "--near-duplicates", "drop").written, [lines[0], lines[2]])
        self.assertEqual(self.convert([lines[1], lines[0], lines[2]], "--near-duplicates", "drop").written, [lines[1]])
        for seed in range(4):
            output = self.convert(lines + [text_line(number) for number in range(20)], "--near-duplicates", "group", "--validation", "50%",
                                  "--seed", seed)
            self.assertIn(len(set(lines) & set(output.written)), (0, 3))

    def test_a_dropped_example_drops_no_other(self):
        # The second is dropped for its first image; the third is like its second image alone.
        lines = [asked(parts(part_image(saved(1, 0)))), asked(parts(part_image(saved(1, 1)), part_image(saved(2, 0)))),
                 asked(parts(part_image(saved(2, 1))))]
        self.assertEqual(self.convert(lines, "--near-duplicates", "drop").written, [lines[0], lines[2]])

    def test_pictures_that_are_alike_within_one_example_stay(self):
        lines = [asked(parts(part_image(saved(1, 0)), part_image(saved(1, 1)))), one_image(saved(1, 0)), one_image(saved(1, 2)), one_image(saved(3, 0))]
        # Of the second the bytes are known, but the other picture of the first example is like it.
        self.assertEqual(self.convert(lines, "--near-duplicates", "drop").written, [lines[0], lines[3]])

    def test_duplicates_are_left_out_before(self):
        lines = [one_image(saved(1, 1)), one_image(saved(2, 0)), one_image(saved(2, 0)), one_image(saved(1, 2))]
        output = self.convert(lines, "--near-duplicates", "drop", "--duplicates", "drop")
        self.assertEqual(output.written, lines[:2])
        self.assertEqual((output.counts["duplicates"], output.counts["excluded"]), (1, 1))

    def test_too_little_memory_is_named_and_more_goes_on(self):
        path = self.write("in.jsonl", b"\n".join(lines_of(corpus(random.Random(3), 30))))
        output = self.new_output_dir()
        command = ["convert", path, "-o", output, "-q", "--near-duplicates", "report"]
        done = self.run_program(*command, "--memory", "1MiB")
        self.assertEqual(done.returncode, 3)
        self.check_message(done, "--near-duplicates", "1048576", "--memory 2MB", "--resume")
        self.assertEqual(self.run_program(*command, "--memory", "2MB", "--resume").returncode, 0)
        self.assertEqual(made(output), made(self.convert([path], "--near-duplicates", "report").dir))

    def test_what_cannot_be_done_is_refused(self):
        path = self.write("in.jsonl", image_line(saved(1, 0)) + b"\n")
        near = "--near-duplicates"
        self.refused(path, near, "group", words=[near, "--validation"])
        self.refused(path, near, "group", "--shuffle", words=[near, "--validation"])
        self.refused(path, near, "group", "--validation", "50%", "--split-by", "example", words=[near, "--split-by"])
        self.refused(path, near, "drop", "--images", "files", words=[near, "--images files"])
        self.refused(path, near, "report", "--shards", 3, words=[near, "--shards"])
        self.refused("-", near, "report", stdin=text_line(1), words=[near, "only once"])
        self.refused(path, near, "all")
        done = self.run_program("plan", path, "-o", self.new_output_dir(), near, "group")
        self.assertEqual(done.returncode, 2)
        self.check_message(done, near)

    def test_the_manifest_names_the_option_and_the_version_of_the_hash(self):
        lines = [one_image(saved(1, 0))]
        self.assertNotIn(b"near", self.convert(lines).manifest_bytes)
        self.assertNotIn(b"near", self.convert(lines, "--near-duplicates", "off").manifest_bytes)
        options = self.convert(lines, "--near-duplicates", "report").manifest["options"]
        self.assertEqual((options["near_duplicates"], options["near_duplicates_decode_version"]), ("report", 1))

    def test_nothing_to_compare(self):
        for lines in ([], [text_line(1)], [b"{"]):
            for option in ("report", "drop"):
                output = self.convert(b"".join(line + b"\n" for line in lines), "--near-duplicates", option)
                self.assertEqual((found(output)["pictures"], found(output)["pairs"], found(output)["shown"]), (0, 0, []))


if __name__ == "__main__":
    unittest.main()
