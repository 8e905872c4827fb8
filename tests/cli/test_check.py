"""check: what a provider would refuse, exactly, without writing anything."""
import gzip
import json
import os
import shutil
import subprocess
import sys
import unittest
import zlib

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (ANSWER, PROGRAM, SANITIZED, CliTest, asked, image_line, line, message, part_image, part_text, parts,
                     text_line)
from pictures import TINY_PNG, TINY_URL, chunk, corners, data_url, encode, png, png_header

MOST_CONTEXT_TOKENS = 65_536
LINK = "https://example.com/a.png"
BAD_IMAGE = image_line("data:image/png;base64,!!")


def guide_line(url):
    """The example of the fine-tuning guide: strings for system and user, then the image in a separate message."""
    return line(message("system", '"You are an assistant."'), message("user", '"What is this?"'),
                message("user", parts(part_image(url))), message("assistant", '"A cat."'))


def blank(width, height):
    """A picture of this size in few bytes."""
    return data_url(encode(Image.new("1", (width, height)), "PNG"), "png")


def white(width, height):
    """The same, of a kind that needs no conversion."""
    return data_url(encode(Image.new("RGB", (width, height)), "PNG"), "png")


class CheckTest(CliTest):
    def check(self, inputs, *options):
        """The report, which agrees with itself, with the exit status and with the list."""
        if isinstance(inputs, list) and (not inputs or isinstance(inputs[0], bytes)):
            inputs = b"".join(text + b"\n" for text in inputs)
        if isinstance(inputs, bytes):
            inputs = [self.write("input.jsonl", inputs)]
        done = self.run_program("check", *inputs, "--json", "--list", *options)
        report = json.loads(done.stdout)
        listed = report.pop("list")
        self.assertEqual(done.returncode, 0 if report["accepted"] else 1)
        self.assertEqual(report["accepted"], all(group["effect"] == "warning" for group in report["findings"]))
        for group in report["findings"]:
            same = [found for found in listed if found["code"] == group["code"]]
            self.assertEqual(group["findings"], len(same), group["code"])
            self.assertEqual({found["effect"] for found in same}, {group["effect"]})
            self.assertEqual(group["first"], [{key: found[key] for key in ("file", "line", "pointer", "detail")}
                                              for found in same[:3]])
            places = {(found["file"], found["line"]) for found in same if found["line"]}
            self.assertIn(group["lines"], (len(places), len(same)) if not places else (len(places),))
        self.assertEqual(sum(group["findings"] for group in report["findings"]), len(listed))
        for name in ("lines", "examples", "image_examples", "images"):
            self.assertEqual(report["counts"][name], sum(source[name] for source in report["files"]), name)
        self.assertEqual(report["counts"]["lines"], report["counts"]["examples"] + report["counts"]["blank"])
        self.assertEqual(report["skipped"]["examples"], sum(source["skipped"] for source in report["files"]))
        report["exit"], report["list"] = done.returncode, listed
        return report

    def codes(self, inputs, *options):
        return sorted({found["code"] for found in self.check(inputs, *options)["list"]})

    def finding(self, report, code):
        groups = [group for group in report["findings"] if group["code"] == code]
        self.assertEqual(len(groups), 1, (code, [group["code"] for group in report["findings"]]))
        return groups[0]

    def tokens(self, *images):
        """Of one example with these (width, height, detail)."""
        items = [part_image(blank(width, height), ',"detail":"%s"' % detail if detail else "")
                 for width, height, detail in images]
        return self.check([asked(parts(part_text(), *items))])["files"][0]["most_image_tokens_of_an_example"]


class VerdictTest(CheckTest):
    def test_a_file_of_text_is_accepted(self):
        for profile in ("openai", "azure", "fireworks", "none"):
            report = self.check([text_line(number) for number in range(10)], "--profile", profile)
            self.assertEqual((report["exit"], report["list"]), (0, []), profile)
            self.assertEqual(report["counts"] | {"files": 0}, {
                "files": 0, "lines": 10, "blank": 0, "examples": 10, "image_examples": 0, "images": 0, "urls": 0})

    def test_an_empty_file_is_refused_where_examples_are_wanted(self):
        for data in (b"", b"\n", b"\n \r\n"):
            for profile in ("openai", "azure", "together", "fireworks"):
                report = self.check(data, "--profile", profile)
                self.assertEqual(self.finding(report, "no_examples")["effect"], "refused")
                self.assertEqual(report["exit"], 1)
            self.assertEqual(self.check(data, "--profile", "none")["exit"], 0)

    def test_too_few_examples_keep_the_job_from_starting(self):
        for profile, fewest in (("openai", 10), ("azure", 10), ("fireworks", 3), ("together", 1), ("none", 0)):
            for count in {max(fewest - 1, 1), max(fewest, 1)}:
                report = self.check([asked('"%d"' % number) for number in range(count)], "--profile", profile)
                self.assertEqual(report["exit"], int(count < fewest))
                self.assertEqual([(found["code"], found["effect"]) for found in report["list"]],
                                 [("too_few_examples", "refused")] if count < fewest else [], profile)

    def test_few_examples_count_by_file(self):
        names = [self.write(f"{name}.jsonl", b"\n".join([text_line(1)] * count))
                 for name, count in (("few", 9), ("enough", 10))]
        self.assertEqual([found["file"] for found in self.check(names)["list"]], [str(names[0])])

    def test_the_guides_example(self):
        for profile in ("openai", "azure", "none"):
            report = self.check([guide_line(LINK)] * 10, "--profile", profile)
            self.assertEqual((report["exit"], report["list"], report["counts"]["urls"]), (0, [], 10), profile)
        for profile in ("together", "fireworks"):
            report = self.check([guide_line(LINK)], "--profile", profile)
            first, = self.finding(report, "url_not_allowed")["first"]
            self.assertEqual((report["exit"], first["line"], first["pointer"]), (1, 1, "/messages/2/content/0"))

    def test_the_guides_example_for_together_is_mended_by_convert(self):
        report = self.check([guide_line(TINY_URL)], "--profile", "together")
        self.assertEqual(report["exit"], 1)
        self.assertTrue(self.finding(report, "same_role")["repairable"])
        self.assertTrue(self.finding(report, "string_content")["repairable"])
        self.assertEqual(report["skipped"], {"examples": 1, "repairable": 1, "over_200": False})
        result = self.convert([guide_line(TINY_URL)], "--profile", "together")
        self.assertEqual([m["role"] for m in json.loads(result.written[0])["messages"]],
                         ["system", "user", "assistant"])
        self.assertEqual(self.check([result.dir], "--profile", "together")["list"], [])

    def test_more_than_200_skipped_examples_in_a_file(self):
        for bad, over in ((200, False), (201, True)):
            report = self.check([BAD_IMAGE] * bad + [image_line(TINY_URL)] * 10)
            self.assertEqual(report["skipped"], {"examples": bad, "repairable": 0, "over_200": over})
            self.assertEqual(self.finding(report, "bad_base64")["findings"], bad)
            self.assertEqual(len(self.finding(report, "bad_base64")["first"]), 3)
        two = [self.write(f"{name}.jsonl", b"\n".join([BAD_IMAGE] * 101)) for name in "ab"]
        self.assertEqual(self.check(two)["skipped"], {"examples": 202, "repairable": 0, "over_200": False})

    def test_an_example_is_skipped_once_whatever_is_wrong_with_it(self):
        bad = part_image("data:image/png;base64,!!")
        report = self.check([asked(parts(bad, bad, part_image(blank(4, 4)), bad))] * 100)
        self.assertEqual(report["skipped"], {"examples": 100, "repairable": 0, "over_200": False})
        self.assertEqual(self.finding(report, "bad_base64")["findings"], 300)
        self.assertEqual(self.finding(report, "bad_base64")["lines"], 100)
        self.assertEqual(self.finding(report, "png_grey")["findings"], 100)

    def test_images_that_fill_the_context(self):
        def example(count, more=""):
            return [asked(parts(part_text(), *[part_image(white(1280, 720), more)] * count))]
        self.assertGreater(60 * 1105, MOST_CONTEXT_TOKENS)
        self.assertLess(59 * 1105, MOST_CONTEXT_TOKENS)
        report = self.check(example(60), "--profile", "azure")
        self.assertEqual((report["exit"], self.finding(report, "context")["effect"]), (1, "cut"))
        self.assertEqual(self.finding(report, "context")["first"][0]["line"], 1)
        self.assertIn("66300", self.finding(report, "context")["first"][0]["detail"])
        self.assertEqual(self.codes(example(59), "--profile", "azure"), ["too_few_examples"])
        self.assertEqual(self.codes(example(60, ',"detail":"low"'), "--profile", "azure"), ["too_few_examples"])
        self.assertEqual(self.codes(example(60), "--profile", "none"), [])
        # 40 x 23 patches, times 1.62: 1491 each.
        self.assertEqual(self.codes(example(44), "--profile", "azure"), ["too_few_examples"])
        self.assertEqual(self.codes(example(44), "--profile", "azure", "--model", "gpt-4.1-mini"),
                         ["context", "too_few_examples"])
        self.assertEqual(self.codes(example(43), "--profile", "azure", "--model", "gpt-4.1-mini"),
                         ["too_few_examples"])

    def test_whole_files_over_a_limit(self):
        lines = [image_line(TINY_URL)] * 12 + [text_line(1)] * 3
        size = sum(len(text) + 1 for text in lines)
        for options, codes in ((("--max-shard-bytes", size), []), (("--max-shard-bytes", size - 1), ["file_too_large"]),
                               (("--max-image-examples", 12), []),
                               (("--max-image-examples", 11), ["too_many_image_examples"])):
            report = self.check(lines, *options)
            self.assertEqual([group["code"] for group in report["findings"]], codes)
            self.assertEqual({group["effect"] for group in report["findings"]}, {"refused"} if codes else set())

    def test_images_in_an_example(self):
        for profile, most in (("openai", 10), ("azure", 64), ("together", 10)):
            for count in (most, most + 1):
                codes = self.codes([asked(parts(*[part_image(TINY_URL)] * count, part_text()))] * 10,
                                   "--profile", profile)
                self.assertEqual("too_many_images" in codes, count > most, profile)

    def test_image_bytes(self):
        limit = len(TINY_PNG)
        self.assertEqual(self.codes([image_line(TINY_URL)] * 10, "--max-image-bytes", limit), [])
        report = self.check([image_line(TINY_URL)] * 10, "--max-image-bytes", limit - 1)
        self.assertTrue(self.finding(report, "image_too_large")["repairable"])

    def test_trifles_of_a_file_are_warnings(self):
        lines = [text_line(number) for number in range(10)]
        plain = b"".join(text + b"\n" for text in lines)
        for data, code in ((plain + b"\n \n", "blank_line"), (plain.replace(b"\n", b"\r\n"), "carriage_return"),
                           (b"\xef\xbb\xbf" + plain, "byte_order_mark"), (gzip.compress(plain), "compressed")):
            report = self.check(data)
            self.assertEqual([(found["code"], found["effect"]) for found in report["list"]], [(code, "warning")])
            self.assertEqual(report["counts"]["examples"], 10)
        self.assertEqual(self.check(plain[:-1])["list"], [])

    def test_what_fails_a_whole_file_at_together(self):
        plain = b"".join(asked('"%d"' % number) + b"\n" for number in range(3))
        for data, code in ((plain + b"\n \n", "blank_line"), (b"\xef\xbb\xbf" + plain, "byte_order_mark")):
            report = self.check(data, "--profile", "together")
            self.assertEqual([(found["code"], found["effect"]) for found in report["list"]], [(code, "refused")])
            self.assertEqual(report["exit"], 1)
        self.assertEqual(self.check(plain.replace(b"\n", b"\r\n"), "--profile", "together")["exit"], 0)
        path = self.write("bad.jsonl", plain + b"{\n")
        text = self.run_program("check", path, "--profile", "together").stdout.decode()
        self.assertIn("fail the whole file", text)
        self.assertNotIn("200", text)

    def test_fireworks_takes_no_webp(self):
        webp = image_line(data_url(encode(corners(20, 10), "WEBP"), "webp"))
        self.assertEqual(self.codes([webp] * 10), [])
        self.assertEqual(self.codes([webp] * 10, "--profile", "fireworks"), ["webp_format"])


class ToleranceTest(CheckTest):
    def mendable(self):
        picture, exif = corners(24, 16), Image.Exif()
        exif[274] = 6
        wrapped = TINY_URL.replace(",", ",\\n")
        return {"png_grey": data_url(encode(picture.convert("L"), "PNG"), "png"),
                "png_palette": data_url(encode(picture.convert("P"), "PNG"), "png"),
                "png_16_bit": data_url(png(1, 16, 2, [1, 2, 3]), "png"),
                "jpeg_grey": data_url(encode(picture.convert("L"), "JPEG"), "jpeg"),
                "jpeg_cmyk": data_url(encode(picture.convert("CMYK"), "JPEG"), "jpeg"),
                "orientation": data_url(encode(picture, "JPEG", exif=exif.tobytes()), "jpeg"),
                "webp_animated": data_url(encode(picture, "WEBP", save_all=True,
                                                  append_images=[picture.rotate(180)]), "webp"),
                "gif": data_url(encode(picture.convert("P"), "GIF"), "gif"),
                "media_type": data_url(TINY_PNG, "jpeg"), "base64_spelling": wrapped}

    def test_what_convert_would_mend_is_a_finding_or_a_warning(self):
        images = self.mendable()
        report = self.check([image_line(url) for url in images.values()])
        found = [(found["line"], found["code"], found["pointer"]) for found in report["list"] if found["line"]]
        self.assertEqual(found, [(number, code, "/messages/0/content/1") for number, code in enumerate(images, 1)])
        warnings = {group["code"] for group in report["findings"] if group["effect"] == "warning"}
        self.assertEqual(warnings, {"orientation", "webp_animated", "media_type"})
        bad = len(images) - len(warnings)
        self.assertEqual(report["skipped"], {"examples": bad, "repairable": bad, "over_200": False})
        self.assertEqual(report["exit"], 1)

    def test_what_no_provider_names_as_a_reason_is_a_warning(self):
        """Together's checker requires the exact media type."""
        answer = message("assistant", parts(part_text()))
        for code in ("orientation", "webp_animated", "media_type"):
            source = line(message("user", parts(part_image(self.mendable()[code]))), answer)
            for profile in ("openai", "azure", "together", "none"):
                report = self.check([source] * 10, "--profile", profile)
                self.assertEqual({found["code"] for found in report["list"]}, {code})
                self.assertEqual(report["exit"], int(code == "media_type" and profile == "together"), (code, profile))
                self.assertEqual(report["skipped"]["examples"], 10 * report["exit"])

    def test_escapes_in_a_data_url_are_no_finding(self):
        """They are the same string to every reader of JSON."""
        jpeg = data_url(encode(corners(24, 16), "JPEG"), "jpeg")
        self.assertIn("/", jpeg.split(",")[1])
        answer = message("assistant", parts(part_text()))
        for url in (jpeg.replace("/", "\\/"), jpeg.replace("/", "\\u002f"), jpeg.replace("d", "\\u0064", 1),
                    TINY_URL.replace("=", "\\u003D"), TINY_URL.replace("image/", "image\\/")):
            for profile in ("openai", "azure", "together", "fireworks", "none"):
                report = self.check([line(message("user", parts(part_image(url))), answer)] * 10, "--profile", profile)
                self.assertEqual((report["exit"], report["list"]), (0, []), (url[:40], profile))
        for odd in (jpeg.replace("/", "\\/") + "\\n", jpeg.replace("/", "\\/").replace("+", "-"),
                    TINY_URL.replace("=", "").replace("/", "\\/")):
            self.assertEqual(self.codes([image_line(odd)] * 10), ["base64_spelling"])

    def test_what_convert_wrote_is_accepted(self):
        lines = [image_line(url) for url in self.mendable().values()] + [b"{", BAD_IMAGE]
        result = self.convert(lines)
        self.assertEqual(len(result.rejected), 2)
        report = self.check([result.dir])
        self.assertEqual((report["exit"], report["list"]), (0, []))
        self.assertEqual(report["counts"]["examples"], len(lines) - 2, "what was rejected is no part of the run")

    def test_each_finding_says_what_it_means(self):
        picture = corners(24, 16)
        others = [encode(picture, "PPM"), encode(picture, "BMP"), encode(picture, "TIFF"), encode(picture.convert("L"), "PPM")]
        report = self.check([image_line(url) for url in (*self.mendable().values(), *(data_url(data, "png") for data in others))])
        self.assertIn("netpbm", [group["code"] for group in report["findings"]])
        self.assertEqual([group["code"] for group in report["findings"] if not group["meaning"]], [])

    def test_a_line_of_very_many_unknown_keys_is_checked_at_once(self):
        """Looking each of them up among all others took a minute for 300,000."""
        keys = b"".join(b'"k%d":1,' % number for number in range(100_000))
        report = self.check([b"{" + keys + asked(parts(part_text()))[1:]], "--profile", "together")
        group, = [group for group in report["findings"] if group["code"] == "unknown_key"]
        self.assertEqual(group["findings"], 100_000)
        self.assertLess(report["seconds"], 15 if SANITIZED else 3)

    def test_an_image_given_as_a_string(self):
        self.assertIn("url_object", self.codes([asked(parts('{"type":"image_url","image_url":"%s"}' % TINY_URL))]))

    def test_orientation_may_be_kept(self):
        line = image_line(self.mendable()["orientation"])
        self.assertEqual(self.codes([line] * 10), ["orientation"])
        self.assertEqual(self.check([line] * 10)["exit"], 0)
        self.assertEqual(self.codes([line] * 10, "--orient", "keep"), [])

    def test_every_image_is_decoded(self):
        # A sound file but for its pixels: rows for a height of 3, where the header says 4.
        rows = chunk(b"IDAT", zlib.compress(bytes(3 * (1 + 4 * 3))))
        short = png_header(4, 4) + rows + chunk(b"IEND", b"")
        self.assertIn("corrupt_image", self.codes([image_line(data_url(short, "png"))]))

    def test_all_that_is_wrong_with_a_line_is_told(self):
        text = asked(parts(part_image(blank(3, 3)), part_image("data:image/png;base64,!!"), '{"type":"odd"}',
                           part_image(data_url(TINY_PNG, "webp"))))
        found = [(found["code"], found["pointer"]) for found in self.check([text])["list"] if found["line"]]
        self.assertEqual(found, [("png_grey", "/messages/0/content/0"), ("bad_base64", "/messages/0/content/1"),
                                 ("bad_part", "/messages/0/content/2/type"), ("media_type", "/messages/0/content/3")])

    def test_the_same_image_again_has_the_same_fault(self):
        damaged = data_url(encode(corners(40, 40), "PNG")[:-30], "png")
        lines = [asked(parts(part_image(damaged), part_image(damaged)))] * 30
        for threads in (1, 4):
            found = [(found["line"], found["pointer"]) for found in self.check(lines, "--threads", threads)["list"]]
            self.assertEqual(found, [(number, f"/messages/0/content/{part}") for number in range(1, 31)
                                     for part in (0, 1)])


class TokensTest(CheckTest):
    def test_tiles(self):
        for width, height, detail, tokens in ((1024, 1024, "high", 765), (1024, 1024, None, 765),
                                              (1024, 1024, "auto", 765), (2048, 4096, None, 1105),
                                              (4096, 8192, "high", 1105), (4096, 8192, "low", 85),
                                              (1280, 720, None, 1105), (512, 512, None, 255), (513, 1, None, 425),
                                              (1, 1, None, 255), (1, 1, "low", 85)):
            found = self.tokens((width, height, detail))
            self.assertEqual((found["gpt-4o"], found["gpt-4.1"]), (tokens, tokens), (width, height, detail))

    def test_patches(self):
        for width, height, mini, nano in ((1800, 2400, 2353, 3572), (1024, 1024, 1659, 2520), (32, 32, 2, 3),
                                          (33, 32, 4, 5)):
            for detail in ("low", "high"):
                found = self.tokens((width, height, detail))
                self.assertEqual((found["gpt-4.1-mini"], found["gpt-4.1-nano"]), (mini, nano), (width, height))

    def test_they_add_up(self):
        self.assertEqual(self.tokens((1024, 1024, None), (1280, 720, "low"))["gpt-4o"], 850)
        lines = [image_line(white(1024, 1024)), image_line(white(512, 512)), image_line(LINK), text_line(1)]
        report = self.check(lines)
        self.assertEqual(report["image_tokens"]["gpt-4o"], 765 + 255)
        self.assertEqual(report["files"][0]["image_tokens"]["gpt-4o"], 765 + 255)
        self.assertEqual(report["files"][0]["most_image_tokens_of_an_example"]["gpt-4o"], 765)


class FinishedRunTest(CheckTest):
    def run_of_three(self):
        lines = [image_line(TINY_URL, number) for number in range(30)]
        return self.convert(lines + [b"{"], "--max-image-examples", "10", output=self.dir / "run")

    def test_it_is_as_its_manifest_says(self):
        result = self.run_of_three()
        report = self.check([result.dir])
        self.assertEqual((report["exit"], report["list"], len(report["files"])), (0, [], 3))

    def test_a_shard_that_changed(self):
        # The digest; bytes as well; all of bytes, examples, examples with images, images.
        for change, kinds in ((lambda data: data.replace(b'"hi"', b'"ho"', 1), 1), (lambda data: data[:-1], 2),
                              (lambda data: data + data[:data.index(b"\n") + 1], 5), (lambda data: b"", 5)):
            result = self.run_of_three()
            path = result.dir / "train-00001.jsonl"
            path.write_bytes(change(path.read_bytes()))
            report = self.check([result.dir])
            group = self.finding(report, "manifest_mismatch")
            self.assertEqual((report["exit"], group["effect"], group["findings"]), (1, "refused", kinds))
            self.assertEqual({first["file"] for first in group["first"]}, {str(path)})
            shutil.rmtree(result.dir)

    def test_a_manifest_of_version_1_and_one_with_both_digests(self):
        for digests in (("sha256",), ("xxh128", "sha256")):
            result = self.convert([image_line(TINY_URL, number) for number in range(10)], "--digest", "sha256",
                                  output=self.dir / "run")
            manifest = json.loads((result.dir / "manifest.json").read_text())
            shard, = manifest["shards"]
            if "xxh128" not in digests:
                manifest["visionshard"]["manifest"] = 1
                del shard["xxh128"], manifest["options"]["digest"]
            for digest in (None, *digests):
                was = shard.get(digest)
                if digest:
                    shard[digest] = "0" * len(was)
                (result.dir / "manifest.json").write_text(json.dumps(manifest))
                report = self.check([result.dir])
                self.assertEqual(report["exit"], 1 if digest else 0, (digests, digest))
                if digest:
                    group = self.finding(report, "manifest_mismatch")
                    self.assertEqual(group["findings"], 1)
                    self.assertIn({"sha256": "SHA-256", "xxh128": "XXH3-128"}[digest], group["first"][0]["detail"])
                    shard[digest] = was
            shutil.rmtree(result.dir)

    def test_a_shard_that_is_gone(self):
        result = self.run_of_three()
        (result.dir / "train-00001.jsonl").unlink()
        report = self.check([result.dir])
        first, = self.finding(report, "missing_shard")["first"]
        self.assertEqual((report["exit"], first["file"]), (1, str(result.dir / "train-00001.jsonl")))
        self.assertEqual(report["counts"]["examples"], 20)

    def test_a_file_that_the_manifest_does_not_name(self):
        result = self.run_of_three()
        other = result.dir / "validation.jsonl"
        other.write_bytes((result.dir / "train-00000.jsonl").read_bytes())
        report = self.check([result.dir])
        group = self.finding(report, "not_in_manifest")
        self.assertEqual((report["exit"], group["effect"], group["first"][0]["file"]), (0, "warning", str(other)))
        other.write_bytes(b"{\n")
        self.assertIn("invalid_json", [found["code"] for found in self.check([result.dir])["list"]],
                      "it would be uploaded with the others")

    def test_several_runs(self):
        one = self.run_of_three()
        other = self.convert([image_line(TINY_URL)] * 10)
        (one.dir / "train-00002.jsonl").unlink()
        first, = self.finding(self.check([one.dir, other.dir]), "missing_shard")["first"]
        self.assertIn(str(one.dir / "manifest.json"), first["detail"])

    def test_rejected_lines_that_are_gone_or_are_others(self):
        result = self.run_of_three()
        path = result.dir / "rejected.jsonl"
        whole = path.read_bytes()
        for data in (None, b"", whole * 2):
            path.unlink() if data is None else path.write_bytes(data)
            report = self.check([result.dir])
            group = self.finding(report, "rejected_lines")
            self.assertEqual((report["exit"], group["effect"], group["first"][0]["file"]), (0, "warning", str(path)))
        for data in (whole, whole[:-1]):  # an editor may drop the last newline
            path.write_bytes(data)
            self.assertEqual(self.check([result.dir])["findings"], [])

    def test_counts_of_a_manifest_that_contradict_each_other(self):
        result = self.run_of_three()
        path, good = result.dir / "manifest.json", json.loads(result.manifest_bytes)
        removed = good["shards"][-1]["path"]
        for change in ({"written": 31, "lines": 32}, {"lines": 99}, {"excluded": 1}, None):
            wrong = dict(good, counts=dict(good["counts"], **change)) if change else dict(good, shards=good["shards"][:-1])
            if not change:
                (result.dir / removed).unlink()
            path.write_text(json.dumps(wrong))
            report = self.check([result.dir])
            self.assertEqual((report["exit"], self.finding(report, "manifest_mismatch")["first"][0]["file"]), (1, str(path)))

    def test_a_manifest_of_a_later_version(self):
        result = self.run_of_three()
        manifest = json.loads(result.manifest_bytes)
        manifest["visionshard"]["manifest"] = 3
        (result.dir / "manifest.json").write_text(json.dumps(manifest))
        done = self.run_program("check", result.dir)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"version 3", done.stderr)

    def test_manifests_that_cannot_be_used(self):
        result = self.run_of_three()
        path, good = result.dir / "manifest.json", json.loads(result.manifest_bytes)
        self.write("secret.jsonl", b"secret\n")
        broken = [b"", b"{", b"[]", b"{}", b'{"shards":{}}', b'{"shards":[1]}', b"\xff", b"\0" * 9,
                  b'{"shards":[{"path":"train-00000.jsonl"}]}']
        for name in ("../secret.jsonl", "/etc/passwd", "..", "", "a/../../secret.jsonl", "a\0b"):
            shard = dict(good["shards"][0], path=name)
            broken.append(json.dumps(dict(good, shards=[shard])).encode())
        for data in broken:
            path.write_bytes(data)
            done = self.run_program("check", result.dir)
            self.assertEqual((done.returncode, done.stdout), (3, b""), data)
            self.check_message(done, path)
            self.assertNotIn(b"secret\n", done.stderr)

    def test_an_unfinished_run(self):
        result = self.run_of_three()
        (result.dir / ".visionshard").mkdir()
        self.assertTrue(self.check([result.dir])["accepted"])  # it was killed after its manifest, which is written last
        (result.dir / "manifest.json").unlink()
        done = self.run_program("check", result.dir)
        self.assertEqual(done.returncode, 3)
        self.check_message(done, result.dir)


class ReportTest(CheckTest):
    def text(self, lines, *options):
        path = self.write("input.jsonl", b"".join(text + b"\n" for text in lines))
        done = self.run_program("check", path, *options)
        return path, done.returncode, done.stdout.decode()

    def test_verdict_places_and_table_in_text(self):
        lines = [image_line(TINY_URL)] * 3 + [BAD_IMAGE, image_line(blank(30, 20)), b"{"]
        path, status, text = self.text(lines)
        self.assertEqual(status, 1)
        self.assertTrue(text.startswith("not accepted"), text)
        for wanted in (f"{path}:4 /messages/0/content/1", f"{path}:5 /messages/0/content/1", f"{path}:6: ",
                       "bad_base64", "png_grey", "invalid_json", "PNG 4", "RGB 3", "32: 1", "gpt-4o", "200"):
            self.assertIn(wanted, text)
        _, status, text = self.text(lines[:1] * 10)
        self.assertEqual(status, 0)
        self.assertTrue(text.startswith("accepted"), text)

    def test_the_list_has_every_finding_on_a_line(self):
        path, _, text = self.text([BAD_IMAGE] * 50, "--list", "-q")
        self.assertEqual(sum(row.startswith(f"{path}:") for row in text.splitlines()), 50)
        self.assertEqual(len(text.splitlines()), 50)

    def test_the_same_report_whatever_the_settings(self):
        lines = ([image_line(url, n) for n, url in enumerate(ToleranceTest().mendable().values())] +
                 [BAD_IMAGE, b"{", b"", text_line(1), guide_line(LINK)]) * 6
        reports = []
        for options in (("--threads", 1), ("--threads", 2), ("--threads", 4, "--memory", "16MiB")):
            report = self.check(lines, *options)
            reports.append({key: report[key] for key in report if key not in ("seconds", "threads")})
        self.assertEqual(reports[0], reports[1])
        self.assertEqual(reports[0], reports[2])

    def test_nothing_is_written(self):
        result = self.convert([image_line(TINY_URL), b"{"])
        before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in self.dir.rglob("*") if path.is_file()}
        self.run_program("check", result.dir, cwd=self.dir)
        self.run_program("check", self.dir / "input.jsonl", cwd=self.dir)
        after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in self.dir.rglob("*") if path.is_file()}
        self.assertEqual(before, after)

    def test_no_control_character_reaches_the_terminal(self):
        nasty = "\x1b]0;owned\x07\x1b[31m\x9b1m\u202e"
        path = self.write("a\x1b[2Jb\nc\x7f.jsonl", b"\n".join([
            line(message("us\x1b[31mer\x9b", '"q"'), ANSWER),
            asked(parts(part_image("\\u001b[31m"), '{"type":%s}' % json.dumps(nasty))),
            asked('"q"', more=',%s:1' % json.dumps(nasty, ensure_ascii=False)),
            image_line("data:image/\\u001b[5m;base64," + TINY_URL.split(",")[1])]))
        for options in ((), ("--list",), ("--profile", "together", "--list")):
            done = self.run_program("check", path, *options)
            self.assertEqual(done.returncode, 1)
            text = done.stdout.decode() + done.stderr.decode()
            odd = {char for char in text if char != "\n" and (ord(char) < 32 or 127 <= ord(char) < 160)}
            self.assertEqual(odd, set())
        self.check([path], "--profile", "together")

    def test_names_that_are_not_utf8(self):
        path = os.fsencode(self.dir) + b"/\xff\xc3.jsonl"
        with open(path, "wb") as file:
            file.write(b"{\n")
        done = subprocess.run([PROGRAM, "check", "--json", "--list", path], capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        json.loads(done.stdout.decode())

    def test_lines_that_are_too_long(self):
        lines = [text_line(1), text_line(2, 5000), text_line(3)]
        report = self.check(lines, "--max-line-bytes", "1000")
        self.assertEqual([(found["code"], found["line"]) for found in report["list"] if found["line"]],
                         [("line_too_long", 2)])

    def test_standard_input(self):
        data = b"".join(text + b"\n" for text in [image_line(TINY_URL)] * 10)
        for stdin in (data, gzip.compress(data)):
            done = self.run_program("check", "-", "--json", stdin=stdin)
            self.assertEqual((done.returncode, json.loads(done.stdout)["counts"]["examples"]), (0, 10))


class FailureTest(CheckTest):
    def test_inputs_that_cannot_be_read(self):
        (self.dir / "empty").mkdir()
        whole = gzip.compress(text_line(1) * 100)
        for path in (self.dir / "none.jsonl", self.dir / "empty", self.write("cut.jsonl", whole[:-12])):
            done = self.run_program("check", path)
            self.assertEqual((done.returncode, done.stdout), (3, b""), path)
            self.check_message(done, path)

    def test_standard_output_is_json_or_nothing_when_an_input_fails(self):
        good = self.write("good.jsonl", BAD_IMAGE)
        cut = self.write("cut.jsonl", gzip.compress(BAD_IMAGE)[:-9])
        for options in (("--json",), ("--json", "--list")):
            for inputs in ((self.dir / "none.jsonl",), (good, cut)):
                done = self.run_program("check", *inputs, *options)
                self.assertEqual(done.returncode, 3)
                if done.stdout:
                    json.loads(done.stdout)

    def test_a_file_that_may_not_be_read(self):
        user = self.unprivileged_user()
        path = self.write("input.jsonl", text_line(1))
        path.chmod(0)
        done = self.run_program("check", path, user=user)
        self.assertEqual(done.returncode, 3)
        self.check_message(done, path)

    def test_usage(self):
        path = self.write("input.jsonl", text_line(1))
        for args in ((), (path, "--profile", "nobody"), (path, "--model", "gpt-2"), (path, "--output", "x"),
                     (path, "--max-shard-bytes", "0"), (path, "--threads", "0")):
            done = self.run_program("check", *args)
            self.assertEqual((done.returncode, done.stdout), (2, b""), args)
            self.check_message(done)

    def test_a_standard_output_that_takes_nothing(self):
        path = self.write("input.jsonl", b"\n".join([BAD_IMAGE] * 300))
        for options in ((), ("--json",), ("--list",), ("--json", "--list"), ("--json", *[path] * 30)):
            for to in (">/dev/full", ">&-", "| head -c 1 >/dev/null"):
                done = subprocess.run(["bash", "-c", f'"$0" check "$@" {to}; exit ${{PIPESTATUS[0]}}', PROGRAM, path,
                                       *options], capture_output=True, timeout=60)
                with self.subTest(options=options[:2], to=to):
                    self.assertIn(done.returncode, (1, 3) if "head" in to else (3,), done.stderr[-300:])
                    self.assertNotIn(b"internal error", done.stderr)


if __name__ == "__main__":
    unittest.main()
