#!/usr/bin/python3
"""Images, lines and shards in Python, with Pillow, json and base64 as the judges; and the documentation."""
import ast
import doctest
import inspect
import mmap
import os
import pathlib
import pickle
import sys
import threading
import time
import unittest

from cases import GRAY, PHOTO, InFolder, encoded, line_of, noise, opened, url_of
from PIL import Image, ImageChops, ImageOps

import visionshard

HERE = pathlib.Path(__file__).resolve().parent


class FitImageTest(InFolder):
    def test_an_acceptable_image_is_the_object_that_came_in(self):
        pathlib.Path("photo.jpg").write_bytes(PHOTO)
        with open("photo.jpg", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            for data in (PHOTO, bytearray(PHOTO), memoryview(PHOTO), mapped):
                self.assertIs(visionshard.fit_image(data), data, type(data))

    def test_a_gray_png_becomes_rgb_with_the_same_values(self):
        fitted = visionshard.fit_image(GRAY)
        self.assertIs(type(fitted), bytes)
        self.assertEqual(opened(fitted).mode, "RGB")
        self.assertIsNone(ImageChops.difference(opened(fitted), opened(GRAY).convert("RGB")).getbbox())

    def test_a_gray_jpeg_becomes_rgb(self):
        gray = encoded(noise().convert("L"), "JPEG", quality=80)
        fitted = opened(visionshard.fit_image(gray))
        self.assertEqual((fitted.format, fitted.mode), ("JPEG", "RGB"))
        difference = ImageChops.difference(fitted, opened(gray).convert("RGB"))
        self.assertLessEqual(max(high for _, high in difference.getextrema()), 1)

    def test_limits_override_the_profile(self):
        small = visionshard.fit_image(PHOTO, max_image_bytes=len(PHOTO) // 2)
        self.assertLessEqual(len(small), len(PHOTO) // 2)
        self.assertEqual(opened(small).size, (160, 120))
        self.assertIs(visionshard.fit_image(PHOTO, "azure", max_image_bytes=None), PHOTO)
        webp = encoded(noise(), "WEBP", lossless=True)
        self.assertIs(visionshard.fit_image(webp), webp)
        self.assertNotEqual(opened(visionshard.fit_image(webp, webp=False)).format, "WEBP")

    def test_exif_orientation_is_applied_or_kept(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        turned = encoded(noise(), "JPEG", quality=90, subsampling=0, exif=exif)
        fitted = opened(visionshard.fit_image(turned))
        self.assertEqual(fitted.size, (120, 160))
        difference = ImageChops.difference(fitted, ImageOps.exif_transpose(opened(turned)))
        self.assertLessEqual(max(high for _, high in difference.getextrema()), 4)
        self.assertIs(visionshard.fit_image(turned, orient="keep"), turned)

    def test_a_model_of_tiles_sees_no_more(self):
        large = encoded(noise(1200, 900), "JPEG")
        self.assertEqual(opened(visionshard.fit_image(large, fit_model="tiles")).size, (1024, 768))
        self.assertEqual(opened(visionshard.fit_image(large, fit_model="tiles", detail="low")).size, (512, 384))

    def test_what_is_no_image_raises_a_fault(self):
        cut = PHOTO[:len(PHOTO) // 2]
        for data, code, limits in [(b"", "empty_image", {}), (b"text", "unknown_format", {}),
                                   (cut, "corrupt_image", {}), (PHOTO, "too_many_pixels", {"max_pixels": 160 * 120 - 1}),
                                   (PHOTO, "cannot_fit", {"max_image_bytes": 10})]:
            with self.subTest(code), self.assertRaises(visionshard.Fault) as caught:
                visionshard.fit_image(data, **limits)
            self.assertEqual(caught.exception.code, code)
            self.assertIn(caught.exception.detail, str(caught.exception))
            again = pickle.loads(pickle.dumps(caught.exception))
            self.assertEqual((again.code, again.detail), (code, caught.exception.detail))

    def test_wrong_arguments_are_named(self):
        for error, words, arguments, limits in [
                (TypeError, "bytes-like", ["photo.jpg"], {}), (TypeError, "'threads'", [PHOTO], {"threads": 2}),
                (ValueError, "'opnai'; take openai", [PHOTO, "opnai"], {}),
                (ValueError, "orient must be 'bake' or 'keep'", [PHOTO], {"orient": "up"}),
                (TypeError, "max_image_bytes must be an int", [PHOTO], {"max_image_bytes": 1e6}),
                (TypeError, "max_pixels must be an int", [PHOTO], {"max_pixels": True}),
                (TypeError, "webp must be a bool", [PHOTO], {"webp": 0}),
                (ValueError, "max_pixels must be at least 0", [PHOTO], {"max_pixels": -1}),
                (ValueError, "max_pixels must be from 0 to 18446744073709551615", [PHOTO], {"max_pixels": 2**64}),
                (ValueError, "orient must be a str that can be written as UTF-8", [PHOTO], {"orient": "\ud800"}),
                (ValueError, "min_quality must be from 1 to 95", [PHOTO], {"min_quality": 96})]:
            with self.subTest(words), self.assertRaisesRegex(error, words):
                visionshard.fit_image(*arguments, **limits)

    def test_other_threads_run_meanwhile(self):
        large = encoded(noise(2000, 2000).convert("L"), "PNG")
        done = threading.Event()
        worker = threading.Thread(target=lambda: (visionshard.fit_image(large), done.set()))
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1000)  # a thread that has the GIL keeps it until it gives it away
        self.addCleanup(sys.setswitchinterval, interval)
        worker.start()
        steps = 0
        while not done.is_set():
            steps += 1
            time.sleep(0.001)
        worker.join()
        self.assertGreater(steps, 5)


class CheckTest(InFolder):
    def test_a_line_as_text_or_as_bytes_has_the_same_findings(self):
        line = line_of(url_of(PHOTO), url_of(GRAY, "png"))
        [finding] = visionshard.check_line(line)
        self.assertEqual(finding[:5], ("png_grey", "skipped", True, 1, "/messages/0/content/1"))
        for data in (line.encode(), bytearray(line.encode()), memoryview(line.encode())):
            self.assertEqual(visionshard.check_line(data), [finding])
        self.assertEqual(visionshard.check_line(line_of(url_of(PHOTO))), [])
        self.assertEqual(visionshard.check_line('{"messages":[]} ä'.encode("latin-1"))[0].code, "invalid_utf8")
        with self.assertRaises(UnicodeEncodeError):
            visionshard.check_line("\ud800")

    def test_a_line_is_held_to_the_limits_given(self):
        line = line_of(*[url_of(PHOTO)] * 3)
        codes = [finding.code for finding in visionshard.check_line(line, max_images_per_example=2)]
        self.assertEqual(codes, ["too_many_images"])
        self.assertEqual(visionshard.check_line(line, max_image_tokens=700, model="gpt-4.1-mini"), [])
        self.assertEqual([f.effect for f in visionshard.check_line(line, max_image_tokens=700, model="gpt-4o")], ["cut"])


class IterShardTest(InFolder):
    def test_each_byte_can_be_where_parts_meet(self):
        for end in ("", "\n", "\n\n"):
            self.write("a.jsonl", '{"a":1}', "", '{"b":22}\r', '{"c":333}', end=end)
            size = os.path.getsize("a.jsonl")
            for of in range(1, size + 3):
                lines = [line for part in range(of) for line, images in visionshard.iter_shard("a.jsonl", part, of)]
                self.assertEqual(lines, [b'{"a":1}', b'{"b":22}\r', b'{"c":333}'], (end, of))

    def test_views_outlive_the_iterator(self):
        self.write("a.jsonl", line_of(url_of(PHOTO), url_of(GRAY, "png")))
        [(line, images)] = visionshard.iter_shard("a.jsonl")
        self.assertEqual(line, line_of(url_of(PHOTO), url_of(GRAY, "png")).encode())
        self.assertEqual([(type(view), view.readonly) for view in images], [(memoryview, True)] * 2)
        self.assertEqual([bytes(view) for view in images], [PHOTO, GRAY])

    def test_a_line_that_cannot_be_read_raises_and_the_next_one_follows(self):
        self.write("a.jsonl", "no JSON", line_of("data:image/png;base64,AAA!"), line_of("/etc/passwd"),
                   line_of(url_of(PHOTO)))
        lines = visionshard.iter_shard("a.jsonl")
        for code, place in [("invalid_json", "line at byte 0: "),
                            ("bad_base64", "line at byte 8, /messages/0/content/0: character 3 "),
                            ("url_not_allowed", "/messages/0/content/0: ")]:
            with self.assertRaises(visionshard.Fault) as caught:
                next(lines)
            self.assertEqual(caught.exception.code, code)
            self.assertIn(place, caught.exception.detail)
        self.assertEqual(len(list(lines)), 1)

    def test_wrong_arguments_are_named(self):
        self.write("a.jsonl", "{}")
        for part, of in [(1, 1), (-1, 2), (0, 0), (0, 2**32)]:
            with self.assertRaisesRegex(ValueError, "part must be from 0 to of - 1"):
                visionshard.iter_shard("a.jsonl", part, of)
        for part, of in [(0.9, 1), ("0", 1)]:
            with self.assertRaises(TypeError):
                visionshard.iter_shard("a.jsonl", part, of)
        with self.assertRaisesRegex(ValueError, "0 of 0"):
            visionshard._native.ShardIterator("a.jsonl", 0, 0)
        with self.assertRaisesRegex(FileNotFoundError, "nowhere"):
            visionshard.iter_shard("nowhere")
        with self.assertRaises(IsADirectoryError):
            visionshard.iter_shard(".")


class DocumentationTest(InFolder):
    def run_examples(self, text, name):
        test = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
        self.assertGreater(len(test.examples), 1, name)
        results = doctest.DocTestRunner(verbose=False).run(test)
        self.assertEqual(results.failed, 0, name)

    def test_a_new_users_session(self):
        self.run_examples((HERE / "new_user.txt").read_text(), "new_user.txt")

    def test_the_examples_of_docstrings(self):
        pathlib.Path("photo.jpg").write_bytes(encoded(noise(400, 300), "JPEG", quality=90))
        self.write("raw.jsonl", line_of(url_of(GRAY, "png")), line_of(url_of(PHOTO)),
                   '{"messages": [{"role": "user", "content": "x"}]}')
        for name in ("fit_image", "check_line", "check", "convert", "iter_shard"):
            self.run_examples(inspect.getdoc(getattr(visionshard, name)), name)

    def test_stubs_and_module_have_the_same_names_and_keywords(self):
        package = pathlib.Path(visionshard.__file__).parent
        self.assertTrue((package / "py.typed").exists())
        body = ast.parse((package / "__init__.pyi").read_text()).body
        named = {node.name: node for node in body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
        self.assertEqual({name for name in named if not name.startswith("_")}, set(visionshard.__all__))

        def keys(node):
            bases = [named[base.id] for base in node.bases if base.id in named]
            return {item.target.id for item in node.body if isinstance(item, ast.AnnAssign)}.union(*map(keys, bases))

        every = set().union(*(keys(named[name]) for name in ("_FitImage", "_CheckLine", "_Check", "_Convert")))
        self.assertGreater(len(every), 45)
        self.write("a.jsonl", "{}")
        calls = {"_FitImage": lambda **o: visionshard.fit_image(PHOTO, **o),
                 "_CheckLine": lambda **o: visionshard.check_line("{}", **o),
                 "_Check": lambda **o: visionshard.check("a.jsonl", **o),
                 "_Convert": lambda **o: visionshard.convert("a.jsonl", "out", **o)}
        for stub, call in calls.items():
            for key in every:
                with self.subTest(stub, key=key), self.assertRaises(TypeError) as caught:
                    call(**{key: object()})
                unknown = "unexpected keyword" in str(caught.exception)
                self.assertEqual(unknown, key not in keys(named[stub]), str(caught.exception))


if __name__ == "__main__":
    unittest.main()
