#!/usr/bin/python3
"""Runs over files in Python: reports, progress, interruption, and workers of multiprocessing."""
import json
import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

from cases import GRAY, PACKAGE, PHOTO, InFolder, encoded, images_by_json, line_of, opened, url_of
from PIL import Image

import visionshard


class CheckTest(InFolder):
    def test_files_are_counted(self):
        self.write("a.jsonl", *[line_of(url_of(PHOTO))] * 12)
        calls = []
        report = visionshard.check(pathlib.Path("a.jsonl"), progress=calls.append, threads=2, memory=100_000_000)
        self.assertTrue(report.accepted)
        self.assertEqual((report.counts.lines, report.counts.images), (12, 12))
        self.assertEqual(calls[-1].done_bytes, os.path.getsize("a.jsonl"))
        self.assertFalse(visionshard.check(["a.jsonl"], max_images_per_example=0).accepted)
        with self.assertRaisesRegex(visionshard.RunError, "nowhere.jsonl.*No such file"):
            visionshard.check(["nowhere.jsonl"])


class ConvertTest(InFolder):
    def long_corpus(self):
        """Seconds of work: every image is another one."""
        pixels = Image.effect_noise((500, 500), 60)
        lines = []
        for i in range(200):
            pixels.putpixel((i, 0), 255 - pixels.getpixel((i, 0)))
            lines.append(line_of(url_of(encoded(pixels, "PNG", compress_level=0), "png")))
        return self.write("long.jsonl", *lines)

    def test_every_line_ends_in_one_place_and_the_report_says_where(self):
        self.write("a.jsonl", line_of(url_of(PHOTO)), line_of(url_of(GRAY, "png")), "no JSON", "")
        calls = []
        report = visionshard.convert("a.jsonl", pathlib.Path("out"), progress=calls.append, threads=2, prefix="x",
                                     digest="sha256")
        manifest = json.loads(pathlib.Path("out/manifest.json").read_bytes())
        self.assertEqual(report.counts, manifest["counts"])
        self.assertEqual((report.counts.written, report.rejects), (2, {"invalid_json": 1}))
        self.assertEqual([shard.path for shard in report.shards], ["x-00000.jsonl"])
        self.assertIn("sha256", report.shards[0])
        shard = pathlib.Path("out/x-00000.jsonl").read_text().splitlines()
        self.assertEqual(shard[0], line_of(url_of(PHOTO)))
        self.assertEqual(opened(images_by_json(shard[1])[0]).mode, "RGB")
        self.assertEqual((calls[-1].lines, calls[-1].total_bytes), (4, os.path.getsize("a.jsonl")))
        with self.assertRaises(AttributeError):
            report.no_such_key

    def test_what_cannot_be_done_raises_and_says_why(self):
        self.write("a.jsonl", line_of(url_of(PHOTO)))
        visionshard.convert("a.jsonl", "out", threads=1)
        with self.assertRaisesRegex(visionshard.RunError, "^out") as caught:
            visionshard.convert("a.jsonl", "out", threads=1)
        self.assertEqual(caught.exception.status, "refused")
        self.assertEqual(visionshard.convert("a.jsonl", "out", threads=1, force=True).counts.written, 1)
        for words, options in [("force and resume", {"force": True, "resume": True}), ("prefix", {"prefix": "a/b"}),
                               ("threads must be from 1 to 1024", {"threads": 0}),
                               ("max_shard_bytes must be at least 1", {"max_shard_bytes": 0})]:
            with self.subTest(words), self.assertRaisesRegex(ValueError, words):
                visionshard.convert("a.jsonl", "other", **options)
        self.assertFalse(os.path.exists("other"))

    def test_paths_that_cannot_be(self):
        self.write("a.jsonl", line_of(url_of(PHOTO)))
        for call in (lambda path: visionshard.convert("a.jsonl", path), lambda path: visionshard.convert(path, "other"),
                     lambda path: visionshard.check(path), visionshard.iter_shard,
                     lambda path: visionshard.convert("a.jsonl", "other", image_root=path)):
            for path in ("a.jsonl\0x", b"a.jsonl\0", ""):
                with self.assertRaises(ValueError):
                    call(path)
        self.assertEqual(os.listdir(), ["a.jsonl"])
        with self.assertRaises(TypeError):
            visionshard.convert("a.jsonl", "other", sample=True)
        with self.assertRaisesRegex(ValueError, "sample must be from 0 to 100"):
            visionshard.convert("a.jsonl", "other", sample=10**400)

    def test_messages_name_files_whose_names_are_no_utf8(self):
        self.write("a.jsonl", line_of(url_of(PHOTO)))
        os.mkdir(b"d\xff")
        pathlib.Path(os.fsdecode(b"d\xff/x")).write_bytes(b"")
        for call in (lambda: visionshard.check(b"n\xffope.jsonl"), lambda: visionshard.convert("a.jsonl", b"d\xff"),
                     lambda: visionshard.convert("a.jsonl", "other", image_root=b"n\xff")):
            with self.assertRaises(visionshard.RunError) as caught:
                call()
            self.assertIn("\udcff", str(caught.exception))

    def test_a_process_ends_though_daemon_threads_are_at_work(self):
        self.write("a.jsonl", *[line_of(url_of(PHOTO))] * 300)
        code = ("import visionshard\ndef lines():\n  it = visionshard.iter_shard('a.jsonl')\n  try: yield next(it)\n  finally: print(sum(1 for _ in it))\n"
                "g = lines()\nnext(g)\nfit, data = visionshard.fit_image, open('photo.jpg', 'rb').read()\n"
                "class C:\n  def __del__(self, fit=fit, data=data): print(fit(data) is data)\nc = C()\n")
        pathlib.Path("photo.jpg").write_bytes(PHOTO)
        done = subprocess.run([sys.executable, "-c", code], env=dict(os.environ, PYTHONPATH=str(PACKAGE)), capture_output=True, timeout=60)
        self.assertEqual((done.returncode, sorted(done.stdout.split())), (0, [b"299", b"True"]), done.stderr)
        code = ("import atexit\natexit.register(lambda: print(visionshard.convert('a.jsonl', 'none').counts.written))\nimport visionshard\n")
        done = subprocess.run([sys.executable, "-c", code], env=dict(os.environ, PYTHONPATH=str(PACKAGE)), capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, b"300\n"), done.stderr)
        loops = {"progress": "visionshard.convert('a.jsonl', 'none', threads=1, progress=lambda p: [time.sleep(.0005) for _ in range(2000)])",
                 "iter_shard": "list(visionshard.iter_shard('a.jsonl'))", "check_line": "visionshard.check_line(line)",
                 "convert": "visionshard.convert('a.jsonl', 'none', threads=2)"}
        for name, call in loops.items():
            code = ("import threading, time, visionshard\nline = open('a.jsonl').readline()\ndef loop():\n  while True: %s\n"
                    "for _ in range(3): threading.Thread(target=loop, daemon=True).start()\ntime.sleep(.2)" % call)
            for _ in range(4):
                done = subprocess.run([sys.executable, "-c", code], env=dict(os.environ, PYTHONPATH=str(PACKAGE)), stderr=subprocess.PIPE, timeout=60)
                self.assertEqual((name, done.returncode), (name, 0), done.stderr)

    def test_urls_are_an_option_and_a_rule(self):
        self.write("a.jsonl", line_of("https://example.org/a.png"))
        self.assertEqual(visionshard.convert("a.jsonl", "kept", urls="keep").counts.written, 1)
        self.assertEqual(visionshard.convert("a.jsonl", "refused", urls=False).rejects, {"url_not_allowed": 1})
        with self.assertRaisesRegex(visionshard.RunError, "nowhere"):
            visionshard.convert("a.jsonl", "inlined", urls="inline", store="nowhere")
        with self.assertRaisesRegex(TypeError, "urls must be a bool"):
            visionshard.check("a.jsonl", urls="inline")

    def test_options_that_contradict_each_other_are_refused(self):
        self.write("a.jsonl", line_of(url_of(PHOTO)))
        for words, options in [("--keep-split needs --validation", {"keep_split": "nowhere/manifest.json"}),
                               ("--split-by needs --validation", {"split_by": "/user"}),
                               ("--layout is for local trainers", {"profile": "together", "layout": "trl"}),
                               ("--shards", {"shards": 1, "images": "files"}), ("JSON pointer", {"split_by": "/~x", "validation": 1}),
                               ("--prefix", {"prefix": "a\nb"})]:
            with self.subTest(words), self.assertRaisesRegex(visionshard.RunError, words) as caught:
                visionshard.convert("a.jsonl", "other", **options)
            self.assertEqual(caught.exception.status, "refused")
        with self.assertRaisesRegex(ValueError, "validation"):
            visionshard.convert("a.jsonl", "other", validation=0.0)
        with self.assertRaisesRegex(visionshard.RunError, "no input"):
            visionshard.convert([], "other")
        self.assertFalse(os.path.exists("other"))

    def test_a_signal_handler_stops_it_and_it_can_be_resumed(self):
        corpus = self.long_corpus()

        def ring(*_):
            raise InterruptedError("the alarm rang")

        before = signal.signal(signal.SIGALRM, ring)
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with self.assertRaisesRegex(InterruptedError, "the alarm rang"):
            visionshard.convert(corpus, "out", threads=1)
        self.assertFalse(os.path.exists("out/manifest.json"))
        self.assertEqual(visionshard.convert(corpus, "out", threads=1, resume=True).counts.written, 200)
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with self.assertRaisesRegex(InterruptedError, "the alarm rang"):
            visionshard.check(corpus, threads=1)

    def test_what_progress_raises_stops_it(self):
        def fail(_):
            raise LookupError("enough")

        with self.assertRaisesRegex(LookupError, "enough"):
            visionshard.convert(self.write("a.jsonl", line_of(url_of(PHOTO))), "out", progress=fail)

    def test_control_c_twice_leaves_a_read_that_hangs(self):
        program = "import visionshard; visionshard.convert('-', 'out', progress=lambda p: print('at work', flush=True))"
        process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": PACKAGE})
        with process:
            self.addCleanup(process.kill)
            process.stdin.write(f"{line_of(url_of(PHOTO))}\n".encode() * 300)
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), b"at work\n")
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            self.assertIn(b"KeyboardInterrupt", process.stderr.read())


def fitted_mode(data):
    return opened(visionshard.fit_image(data)).mode


def lines_of_part(arguments):
    return [(line, [bytes(image) for image in images]) for line, images in visionshard.iter_shard(*arguments)]


def converted_lines(arguments):
    output, options = arguments
    try:
        return visionshard.convert("a.jsonl", output, **options).counts.written
    except RuntimeError as error:
        return str(error)


class WorkersTest(InFolder):
    def test_images_are_fitted_in_workers(self):
        for method in ("fork", "spawn"):
            with self.subTest(method), multiprocessing.get_context(method).Pool(2) as pool:
                self.assertEqual(pool.map(fitted_mode, [PHOTO, GRAY] * 4), ["RGB"] * 8)

    def test_a_fault_arrives_from_a_worker(self):
        with multiprocessing.get_context("fork").Pool(1) as pool, self.assertRaises(visionshard.Fault) as caught:
            pool.map(fitted_mode, [b"text"])
        self.assertEqual(caught.exception.code, "unknown_format")

    def test_workers_read_disjoint_parts_of_a_shard(self):
        self.write("a.jsonl", *[line_of(*[url_of(PHOTO)] * (i % 3), f"https://example.org/{i}") for i in range(20)])
        whole = [(line, images_by_json(line)) for line in pathlib.Path("a.jsonl").read_bytes().splitlines()]
        with multiprocessing.get_context("fork").Pool(2) as pool:
            for of in (1, 2, 3, 7, 50):
                parts = pool.map(lines_of_part, [("a.jsonl", part, of) for part in range(of)])
                self.assertEqual([line for part in parts for line in part], whole, of)

    def test_a_forked_process_converts_with_one_thread(self):
        self.write("a.jsonl", line_of(url_of(GRAY, "png")))
        self.assertEqual(converted_lines(("parent", {"threads": 2})), 1)
        with multiprocessing.get_context("fork").Pool(1) as pool:
            self.assertEqual(pool.map(converted_lines, [("one", {"threads": 1})]), [1])
            self.assertIn("threads=1", pool.map(converted_lines, [("two", {"threads": 2})])[0])


if __name__ == "__main__":
    unittest.main()
