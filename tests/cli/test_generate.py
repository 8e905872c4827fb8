"""The corpora that the program makes itself: what is in them, that they are the same again, and what is refused."""
import collections
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
import unittest

from PIL import Image, ImageStat

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, CliTest, image_urls, payload_of
from pictures import encode, photo

MIXES = ("photos", "compliant", "mixed", "convert", "heavy", "urls")
COMPLIANT = {("JPEG", "RGB"), ("PNG", "RGB"), ("WEBP", "RGB"), ("PNG", "RGBA")}
CONVERT = {("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "P"), ("PNG", "L"), ("PNG", "LA"), ("PNG", "I;16")}
HEAVY = {("JPEG", "RGB"), ("PNG", "RGB")}
BAD_OPTIONS = [
    ["--mix", "other"], ["--mix"], ["--examples", "0"], ["--examples", "-1"], ["--examples", "many"],
    ["--examples", "1.5"], ["--bytes", "0"], ["--bytes", "10XB"], ["--bytes", "-5"], ["--seed", "x"], ["--seed", "-1"],
    ["--bank", "-1"], ["--bank", "x"], ["--bank", "5000000000"], ["--threads", "0"], ["--threads", "two"],
    ["--no-such-option"],
]


def opened(data):
    """The picture, fully decoded, and (format, mode)."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture, (picture.format, "I;16" if picture.mode == "I" else picture.mode)


class GenerateTest(CliTest):
    def generate(self, *options, status=0):
        """The bytes written to standard output."""
        done = self.run_program("generate", "-o", "-", *options)
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        return done.stdout

    def images(self, corpus):
        """The decoded bytes of every image value, in order."""
        return [payload_of(url)[1] for line in corpus.splitlines() for url in image_urls(line)]

    def noise(self, side=310):
        """A folder of one small photograph, of which corpora of many lines are small too."""
        self.write("noise/a.png",
                   encode(Image.merge("RGB", [Image.effect_noise((side, side), 60) for _ in range(3)]), "PNG"))
        self.assertGreater((self.dir / "noise/a.png").stat().st_size, 250_000)
        return self.dir / "noise"

    def check_kinds(self, images, expected):
        kinds = collections.Counter()
        for data in images:
            picture, kind = opened(data)
            kinds[kind] += 1
            # Not by way of "L", to which Pillow clips 16 bits.
            least, most = (picture if "I" in picture.mode else picture.convert("L")).getextrema()
            self.assertGreater(most, least + 20, "a picture is no plain area")
        self.assertLessEqual(set(kinds), expected)
        return kinds


class SameBytesTest(GenerateTest):
    def test_threads_change_nothing(self):
        for mix in ("compliant", "convert", "mixed"):
            for bank in ([], ["--bank", "6" if mix != "mixed" else "3"]):
                options = ["--mix", mix, "--examples", "30", *bank]
                one = self.generate(*options, "--threads", "1")
                self.assertEqual(one.count(b"\n"), 30)
                for threads in ("2", "5"):
                    self.assertTrue(self.generate(*options, "--threads", threads) == one, options)

    def test_threads_change_nothing_where_pictures_are_drawn_again(self):
        # Images as large as the only photograph and of one tone in 32,768: among so many some coincide.
        options = ["--mix", "convert", "--examples", "300", "--photos", self.noise()]
        self.assertTrue(self.generate(*options, "--threads", "1") == self.generate(*options, "--threads", "3"))

    def test_other_seed_other_images(self):
        options = ["--mix", "convert", "--examples", "10"]
        one, two = (self.images(self.generate(*options, "--seed", seed)) for seed in ("1", "2"))
        self.assertFalse(set(one) & set(two))

    def test_a_shorter_corpus_is_the_beginning_of_a_longer_one(self):
        for bank in ([], ["--bank", "9"]):
            long = self.generate("--mix", "compliant", "--examples", "40", *bank)
            self.assertTrue(long.startswith(self.generate("--mix", "compliant", "--examples", "7", *bank)))

    def test_bytes_ends_with_the_line_that_reaches_it(self):
        options = ["--mix", "compliant", "--bank", "9"]
        long = self.generate(*options, "--examples", "40")
        first = long.index(b"\n") + 1
        for size in (1, first, first + 1, 1_000_000):
            with self.subTest(size):
                corpus = self.generate(*options, "--bytes", str(size))
                self.assertTrue(long.startswith(corpus) and corpus.endswith(b"\n"))
                self.assertGreaterEqual(len(corpus), size)
                self.assertLess(corpus.rfind(b"\n", 0, -1) + 1, size)

    def test_size_suffix(self):
        self.assertGreaterEqual(len(self.generate("--mix", "urls", "--bytes", "1MiB")), 1 << 20)


class ContentTest(GenerateTest):
    def test_lines(self):
        lines = self.generate("--mix", "convert", "--examples", "60", "--bank", "3").splitlines()
        for number, line in enumerate(lines, 1):
            example = json.loads(line)
            self.assertEqual([message["role"] for message in example["messages"]], ["system", "user", "assistant"])
            kinds = [part["type"] for part in example["messages"][1]["content"]]
            self.assertIn(kinds, [["text"] + ["image_url"] * count for count in (1, 2, 3)])
            self.assertIn(f" {number}:", example["messages"][1]["content"][0]["text"])

    def test_two_and_three_images_occur(self):
        lines = self.generate("--mix", "convert", "--examples", "200", "--bank", "3").splitlines()
        counts = collections.Counter(len(image_urls(line)) for line in lines)
        self.assertEqual(set(counts), {1, 2, 3})
        self.assertGreater(counts[1], counts[2] + counts[3])

    def test_every_mix_is_accepted(self):
        for mix, bank in (("photos", "0"), ("compliant", "40"), ("mixed", "4"), ("convert", "30"), ("urls", "1")):
            with self.subTest(mix):
                corpus = self.generate("--mix", mix, "--examples", "60", "--bank", bank)
                counts = self.convert(corpus).counts
                self.assertEqual((counts["lines"], counts["written"]), (60, 60))
                if mix == "compliant":
                    self.assertEqual(counts["images_kept"], counts["images"])
                if mix == "convert":
                    self.assertEqual(counts["images_converted"], counts["images"])

    def test_compliant(self):
        kinds = self.check_kinds(self.images(self.generate("--mix", "compliant", "--examples", "130", "--bank", "70")),
                                 COMPLIANT)
        self.assertEqual(set(kinds), COMPLIANT)
        self.assertGreater(kinds["JPEG", "RGB"], sum(kinds.values()) / 2)

    def test_convert(self):
        kinds = self.check_kinds(self.images(self.generate("--mix", "convert", "--examples", "130", "--bank", "60")),
                                 CONVERT)
        self.assertEqual(set(kinds), CONVERT)

    def shares(self, mix, lines):
        """Of the lines: how many are to be converted, and the images over the limit."""
        corpus = self.generate("--mix", mix, "--examples", str(lines), "--bank", "3", "--photos", self.noise())
        images = [[payload_of(url)[1] for url in image_urls(line)] for line in corpus.splitlines()]
        self.assertEqual(len(images), lines)
        over = [line for line in images if len(line[0]) > 10_000_000]
        self.assertTrue(all(len(line) == 1 for line in over))
        converted = sum(Image.open(io.BytesIO(line[0])).mode not in ("RGB", "RGBA") for line in images)
        return converted / lines, [line[0] for line in over]

    def test_photos_is_the_default(self):
        self.assertEqual(self.generate("--examples", "4"), self.generate("--examples", "4", "--mix", "photos"))

    def test_photos(self):
        # One line in a thousand is over the limit, wherever a thousand begins with a multiple of it.
        converted, over = self.shares("photos", 1000)
        self.assertTrue(0.16 < converted < 0.26, converted)
        self.assertEqual(len(over), 1)

    def test_mixed(self):
        converted, over = self.shares("mixed", 501)
        self.assertTrue(0.15 < converted < 0.28, converted)
        self.assertEqual(len(over), 3)

    def test_heavy(self):
        corpus = self.generate("--mix", "heavy", "--examples", "6")
        images = self.images(corpus)
        sizes = [len(data) for data in images]
        self.assertEqual(len(set(images)), 6)
        self.assertGreater(min(sizes), 10_000_000)
        self.assertLess(max(sizes), 26_000_000)
        self.assertGreater(max(sizes) - min(sizes), 4_000_000, sizes)
        self.check_kinds(images, HEAVY)
        counts = self.convert(corpus).counts
        self.assertEqual((counts["written"], counts["images_shrunk"]), (6, 6))

    def test_large_jpegs_are_as_cameras_write_them(self):
        def tables(data, marker):
            found, at = [], 2
            while data[at + 1] != 0xDA:
                size = int.from_bytes(data[at + 2:at + 4], "big")
                if data[at + 1] == marker:
                    found.append(data[at + 4:at + 2 + size])
                at += 2 + size
            return b"".join(found)

        # libjpeg writes the codes of T.81 annex K, and Pillow uses others only with optimize=True.
        standard = encode(photo(64, 64), "JPEG", quality=90)
        corpus = self.generate("--mix", "heavy", "--examples", "4", "--photos", self.noise())
        jpegs = [data for data in self.images(corpus) if data[:2] == b"\xff\xd8"]
        self.assertGreater(len(jpegs), 1)
        finest = tables(encode(photo(64, 64), "JPEG", quality=98), 0xDB)
        coarsest = tables(standard, 0xDB)
        for data in jpegs:
            self.assertEqual(tables(data, 0xC4), tables(standard, 0xC4))
            steps = tables(data, 0xDB)
            self.assertTrue(all(a <= b <= c for a, b, c in zip(finest, steps, coarsest)))
            self.assertIn(Image.open(io.BytesIO(data)).layer[0][1:3], ((1, 1), (2, 1), (2, 2)))

    def test_urls(self):
        urls = [image_urls(line) for line in self.generate("--mix", "urls", "--examples", "3000").splitlines()]
        self.assertEqual(sum(len(line) for line in urls), 2000)
        self.assertEqual(len({url for line in urls for url in line}), 2000)
        self.assertTrue(all(url.startswith("https://") for line in urls for url in line))

    def test_sizes_are_those_of_photographs(self):
        bits = collections.defaultdict(list)
        for mix in ("compliant", "convert"):
            for data in self.images(self.generate("--mix", mix, "--examples", "40", "--bank", "24")):
                picture, kind = opened(data)
                self.assertTrue(95_000 < picture.width * picture.height <= 1_200_000, picture.size)
                bits[kind].append(len(data) * 8 / (picture.width * picture.height))
        for kind, least, most in ((("JPEG", "RGB"), 0.8, 2.6), (("PNG", "RGB"), 11, 16), (("JPEG", "L"), 0.6, 2)):
            mean = sum(bits[kind]) / len(bits[kind])
            self.assertTrue(least < mean < most, f"{kind}: {mean:.2f} bits a pixel")


class UniqueTest(GenerateTest):
    def check_all_differ(self, corpus):
        images = self.images(corpus)
        self.assertEqual(len(set(images)), len(images))
        pictures = [opened(data)[0] for data in images]
        self.assertEqual(len({(picture.mode, picture.size, picture.tobytes()) for picture in pictures}), len(pictures))

    def test_no_picture_twice(self):
        for mix in ("compliant", "convert"):
            self.check_all_differ(self.generate("--mix", mix, "--examples", "80"))

    def test_no_picture_twice_of_one_small_photograph(self):
        self.check_all_differ(self.generate("--mix", "convert", "--examples", "600", "--photos", self.noise()))

    def test_the_files_are_sound(self):
        corpus = self.generate("--mix", "compliant", "--examples", "50")
        self.check_kinds(self.images(corpus), COMPLIANT)
        for options in ([], ["--verify", "pixels"]):
            counts = self.convert(corpus, *options).counts
            self.assertEqual((counts["rejected"], counts["images_kept"]), (0, counts["images"]))

    def test_a_bank_lets_images_repeat(self):
        images = self.images(self.generate("--mix", "convert", "--examples", "100", "--bank", "5"))
        self.assertEqual(len(set(images)), 5)
        self.assertGreater(len(images), 100)

    def test_a_bank_of_none_is_the_default(self):
        options = ["--mix", "convert", "--examples", "10"]
        self.assertEqual(self.generate(*options), self.generate(*options, "--bank", "0"))


class PhotosTest(GenerateTest):
    def setUp(self):
        super().setUp()
        red = Image.merge("RGB", [band.point(table) for band, table in zip(
            photo(900, 700, grain=0.3).split(), ([128 + i // 2 for i in range(256)], [i // 4 for i in range(256)],
                                                 [i // 4 for i in range(256)]))])
        self.photos = self.dir / "my photos"
        self.write("my photos/sub/a b.JPG", encode(red, "JPEG", quality=97))
        self.write("my photos/c.png", encode(red, "PNG"))
        self.write("my photos/d.webp", encode(red, "WEBP", quality=100))
        for path in self.photos.rglob("*.*"):
            self.assertGreater(path.stat().st_size, 250_000)

    def test_crops_of_photographs(self):
        options = ["--examples", "20", "--bank", "10", "--photos", self.photos]
        for mix, expected in (("compliant", COMPLIANT), ("convert", CONVERT)):
            corpus = self.generate("--mix", mix, *options)
            images = self.images(corpus)
            self.check_kinds(images, expected)
            for data in images:
                picture, (_, mode) = opened(data)
                self.assertTrue(picture.width <= 900 and picture.height <= 700)
                if mode in ("RGB", "RGBA", "P", "CMYK"):
                    red, green, blue = ImageStat.Stat(picture.convert("RGB")).mean
                    self.assertGreater(red, 2 * max(green, blue))
            self.assertTrue(self.generate("--mix", mix, *options, "--threads", "1") == corpus)

    def test_heavy(self):
        corpus = self.generate("--mix", "heavy", "--examples", "2", "--photos", self.photos)
        for data in self.images(corpus):
            self.assertGreater(len(data), 10_000_000)

    def test_files_that_are_no_photograph_are_passed_over(self):
        self.write("my photos/broken.jpg", b"\xff\xd8\xff" + bytes(300_000))
        self.write("my photos/text.txt", bytes(300_000))
        self.write("my photos/small.png", encode(photo(64, 64), "PNG"))
        self.generate("--examples", "2", "--mix", "compliant", "--photos", self.photos)

    def test_nothing_to_cut(self):
        self.write("empty/a.png", encode(photo(64, 64), "PNG"))
        for directory in ("empty", "nowhere"):
            done = self.run_program("generate", "-o", self.dir / "x.jsonl", "--photos", self.dir / directory)
            self.assertEqual(done.returncode, 3)
            self.check_message(done, directory)
            self.assertFalse((self.dir / "x.jsonl").exists())


class OutputFileTest(GenerateTest):
    SMALL = ["--mix", "urls", "--examples", "20"]

    def files(self):
        return sorted(path.name for path in self.dir.iterdir())

    def refused(self, *options, names, status=2):
        done = self.run_program("generate", *options)
        self.assertEqual((done.returncode, done.stdout), (status, b""), done.stderr)
        self.check_message(done, *names)

    def test_file_and_summary(self):
        target = self.dir / "a corpus é.jsonl"
        done = self.run_program("generate", "-o", target, *self.SMALL)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout.count(b"\n"), 1)
        self.assertIn(b"20 examples", done.stdout)
        self.assertEqual(target.read_bytes(), self.generate(*self.SMALL))
        self.assertEqual(self.files(), [target.name])
        self.assertEqual(self.run_program("generate", "-q", "-o", self.dir / "b", *self.SMALL).stdout, b"")

    def test_existing_file(self):
        target = self.write("a.jsonl", b"mine")
        self.refused("-o", target, *self.SMALL, names=[target, "--force"])
        self.assertEqual(target.read_bytes(), b"mine")
        self.assertEqual(self.run_program("generate", "-o", target, "--force", *self.SMALL).returncode, 0)
        self.assertEqual(target.read_bytes(), self.generate(*self.SMALL))

    def test_existing_partial_file(self):
        partial = self.write("a.jsonl.partial", b"mine")
        target = self.dir / "a.jsonl"
        self.refused("-o", target, *self.SMALL, names=[partial, "--force"])
        self.assertEqual(partial.read_bytes(), b"mine")
        self.assertEqual(self.run_program("generate", "-o", target, "--force", *self.SMALL).returncode, 0)
        self.assertEqual(self.files(), [target.name])

    def test_what_is_no_file(self):
        os.mkfifo(self.dir / "fifo")
        for path in (self.dir, self.dir / "fifo", "/dev/null"):
            for force in ([], ["--force"]):
                self.refused("-o", path, *force, *self.SMALL, names=[path])
        self.assertEqual(self.files(), ["fifo"])

    def test_parent_that_is_not_there(self):
        self.refused("-o", self.dir / "no/where.jsonl", *self.SMALL, names=["no/where.jsonl"], status=3)

    def test_options(self):
        target = self.dir / "a.jsonl"
        for bad in BAD_OPTIONS:
            with self.subTest(bad):
                self.refused("-o", target, *bad, names=[bad[0]])
        self.refused("-o", target, "--examples", "5", "--bytes", "5MB", names=["--examples", "--bytes"])
        self.refused(*self.SMALL, names=["--output", "generate --help"])
        self.assertEqual(self.files(), [])

    def test_help(self):
        shown = self.run_program("generate", "--help").stdout.decode()
        for word in ("--output", "--mix", "--examples", "--bytes", "--seed", "--photos", "--bank", "--threads",
                     "--force", *MIXES):
            self.assertIn(word, shown)
        self.assertIn("generate", self.run_program("--help").stdout.decode())

    def test_config_file(self):
        config = self.write("options.toml", b'mix = "urls"\nexamples = 20\n')
        self.assertEqual(self.generate("--config", config), self.generate(*self.SMALL))
        self.assertEqual(self.generate("--config", config, "--examples", "3").count(b"\n"), 3)

    def test_full_device(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "generate", "-o", "-", *self.SMALL], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 3)
        self.check_message(done, "standard output", "No space left")

    def test_write_that_fails_midway_leaves_nothing(self):
        # A limit on the file's size stands in for a full disk; its signal stays ignored, as Python has it.
        done = subprocess.run([PROGRAM, "generate", "-o", self.dir / "a.jsonl", "--mix", "urls", "--bytes", "50MB"],
                              capture_output=True, restore_signals=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)))
        self.assertEqual(done.returncode, 3)
        self.check_message(done, "a.jsonl", "cannot write")
        self.assertEqual(self.files(), [])

    def test_reader_that_goes_away(self):
        with subprocess.Popen([PROGRAM, "generate", "-o", "-", "--mix", "urls", "--bytes", "50MB"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            running.stdout.read(10)
            running.stdout.close()
            self.assertIn(b"Broken pipe", running.stderr.read())
        self.assertEqual(running.returncode, 3)

    def test_interruption_leaves_nothing(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            command = [PROGRAM, "generate", "-o", self.dir / "a.jsonl", "--mix", "convert", "--examples", "100000"]
            with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
                deadline = time.monotonic() + 30
                while not (self.dir / "a.jsonl.partial").exists() and time.monotonic() < deadline:
                    time.sleep(0.01)
                running.send_signal(number)
                message = running.stderr.read()
            self.assertEqual(running.returncode, status, message)
            self.assertIn(b"interrupted", message)
            self.assertEqual(self.files(), [])


if __name__ == "__main__":
    unittest.main()
