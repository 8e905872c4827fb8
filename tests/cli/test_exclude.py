"""--exclude, --sample and --max-tokens: what stays out of the training set, and that it is counted."""
import hashlib
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import unittest

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (ANSWER, PROGRAM, CliTest, asked, image_line, line, message, part_image, part_text, parts,
                     text_line, xxh128)
from pictures import data_url, encode, photo
from test_distribute import made

PICTURES = [encode(photo(24, 16, seed), kind) for seed in range(6) for kind in ("PNG", "JPEG")]
GRAY = encode(photo(20, 20, 9, mode="L"), "PNG")  # is converted
URLS = ["https://example.org/a.png", "https://www.example.org/b.png", "http://other.test:8080/c.jpg?x=1",
        "https://user@example.org/d.png"]
HOSTS = {"https://example.org/a.png": "example.org", "https://www.example.org/b.png": "www.example.org",
         "http://other.test:8080/c.jpg?x=1": "other.test", "https://user@example.org/d.png": "example.org"}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def kind_of(data):
    return "jpeg" if data.startswith(b"\xff\xd8") else "png"


def example(rng, number):
    """A line, the images that stand in it, and whether it is an acceptable example."""
    images = [rng.choice([*PICTURES, GRAY, *URLS]) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
    content = [part_text(f"q{number % 40}")] + [
        part_image(image if isinstance(image, str) else data_url(image, kind_of(image))) for image in images]
    rng.shuffle(content)
    return asked(parts(*content)), images


def corpus(seed, lines):
    rng = random.Random(seed)
    out = []
    for number in range(lines):
        if rng.random() < 0.1:
            out.append((rng.choice([b"{", b"[]", b"null"]), None))
        else:
            out.append(example(rng, number))
    return out


def excluded_by_model(lines, entries, name):
    """Numbers of the lines that a list names, by the help text."""
    numbers = set()
    for number, (text, images) in enumerate(lines, 1):
        hits = {("place", f"{name}:{number}"), ("example", sha256(text))}
        for image in images or []:
            hits |= {("url", image), ("host", HOSTS[image])} if isinstance(image, str) else {("image", sha256(image))}
        if hits & entries:
            numbers.add(number)
    return numbers


def spelled(rng, kind, value):
    """An entry in one of its spellings."""
    if kind in ("image", "example"):
        value = rng.choice([value, value.upper()])
        return rng.choice([f"{kind}:{value}", json.dumps({kind: value, "score": 0.5})])
    if kind == "place":
        file, number = value.rsplit(":", 1)
        return rng.choice([value, json.dumps({"file": file, "line": int(number)}),
                           json.dumps({"source": {"file": file, "line": int(number), "byte": 1}, "reason": "x"})])
    return rng.choice([f"host:{value}" if kind == "host" else value, json.dumps({kind: value})])


class ExcludeTest(CliTest):
    def excluded(self, lines, entries, *options, name="input.jsonl", newline="\n"):
        path = self.write(name, b"\n".join(lines) + b"\n")
        entries = self.write("list.txt", newline.join([*entries, ""]).encode())
        return self.convert([path], "--exclude", entries, *options)

    def test_seeded_corpora_and_lists_agree_with_a_slow_model(self):
        for seed in range(40):
            rng = random.Random(seed)
            lines = corpus(seed, rng.randrange(1, 80))
            path = self.write("in.jsonl", b"\n".join(text for text, _ in lines) + b"\n")
            choices = [("image", sha256(data)) for data in (*PICTURES, GRAY)] + [("url", url) for url in URLS]
            choices += [("host", host) for host in set(HOSTS.values())] + [("host", "nowhere.test")]
            choices += [("example", sha256(rng.choice(lines)[0])) for _ in range(3)] + [("example", "0" * 64)]
            choices += [("place", f"{path}:{rng.randrange(1, 120)}") for _ in range(4)]
            entries = set(rng.sample(choices, rng.randrange(0, 6)))
            texts = [spelled(rng, *entry) for entry in entries for _ in range(rng.choice([1, 1, 2]))]
            rng.shuffle(texts)
            newline = rng.choice(["\n", "\r\n"])
            listed = self.write("list", newline.join(["# note", "", *texts, rng.choice(["", "  "])]).encode())
            plain = self.convert([path])
            rejected = {record["source"]["line"] for record in plain.rejected}
            wanted = excluded_by_model(lines, entries, str(path))
            # An example that is rejected before its images are looked at stays rejected.
            wanted = {n for n in wanted if n not in rejected or
                      {("place", f"{path}:{n}"), ("example", sha256(lines[n - 1][0]))} & entries}
            options = ["--exclude", listed, "--threads", str(rng.choice([1, 3]))]
            output = self.convert([path], *options)
            with self.subTest(seed=seed, entries=entries):
                self.assertEqual(output.counts["excluded"], len(wanted))
                written = iter(plain.written)
                kept = [next(written) if n not in rejected else None for n in range(1, len(lines) + 1)]
                self.assertEqual(output.written, [text for n, text in enumerate(kept, 1) if text and n not in wanted])
                self.assertEqual([r["source"]["line"] for r in output.rejected], sorted(rejected - wanted))

    def test_a_bare_digest_is_an_image_or_an_example(self):
        lines = [image_line(data_url(PICTURES[0], "png")), image_line(data_url(PICTURES[2], "png")), text_line(1)]
        for digest, left in ((sha256(PICTURES[0]), lines[1:]), (sha256(lines[2]), lines[:2])):
            self.assertEqual(self.excluded(lines, [digest]).written, left)
            self.assertEqual(self.excluded(lines, [f"sha256:{digest}"]).written, left)
            for key in ("sha256", "digest"):
                self.assertEqual(self.excluded(lines, [json.dumps({key: digest, "boxes": [[1, 2, 3, 4]]})]).written, left)

    def test_the_digest_of_a_written_line_excludes_the_line_it_is_made_of(self):
        lines = [image_line(data_url(GRAY, "png"), 1), image_line(data_url(PICTURES[0], "png"), 2)]
        written = self.convert(lines).written
        self.assertNotEqual(written[0], lines[0])
        self.assertEqual(self.excluded(lines, [f"example:{sha256(written[0])}"]).written, [written[1]])

    def test_a_url_with_blanks_and_escapes_is_known_by_its_value(self):
        lines = [asked(parts(part_image("https:\\/\\/example.org\\/a.png"))), asked(parts(part_image(" https://example.org/a.png "))),
                 asked(parts(part_image("https://example.org/a.png\\u00a0"))), asked(parts(part_image("https://example.org/a.png\u200b"))), asked(parts(part_image("https://example.org/a.png#top"))),
                 asked(parts(part_image("https://example.org/other.png")))]
        for listed in ("https://example.org/a.png", "https://example.org/a.png#other"):
            self.assertEqual(self.excluded(lines, [listed]).written, lines[-1:])

    def test_drop_leaves_out_the_image_alone(self):
        url = data_url(PICTURES[0], "png")
        keep = data_url(PICTURES[2], "png")
        lines = [asked(parts(part_text(), part_image(url), part_image(keep))), asked(parts(part_image(url), part_text())),
                 asked(parts(part_image(url))), text_line(1)]
        output = self.excluded(lines, [f"image:{sha256(PICTURES[0])}", f"example:{sha256(lines[3])}"], "--on-excluded", "drop")
        self.assertEqual(output.written, [asked(parts(part_text(), part_image(keep))), asked(parts(part_text()))])
        self.assertEqual((output.counts["excluded"], output.counts["images_dropped"], output.counts["images"]), (2, 2, 1))

    def test_a_list_that_excludes_everything(self):
        lines = [text_line(number) for number in range(20)]
        output = self.excluded(lines, [f"example:{sha256(text)}" for text in lines])
        self.assertEqual((output.counts["excluded"], output.written, output.shards), (20, [], {}))
        self.assertIn(b"nothing was written", output.stderr)

    def test_an_entry_of_no_known_kind_is_named_with_its_line(self):
        path = self.write("in.jsonl", text_line(1) + b"\n")
        for entry in ("banana", "ftp://example.org/a", "host:", "host:a/b", "image:12", "example:" + "g" * 64, "{}", "{", "[1]",
                      '{"image":5}', '{"file":"x"}', '{"file":"x","line":0}', '{"file":"x","line":"1"}', "file:0", ":5", "a" * 63,
                      "https://", "x" * (2 << 20)):
            listed = self.write("list", b"# fine\r\n" + b"host:example.org\r\n" + entry.encode() + b"\r\n")
            output = self.new_output_dir()
            done = self.run_program("convert", path, "-o", output, "--exclude", listed, "-q")
            with self.subTest(entry[:80]):
                self.assertEqual(done.returncode, 2, done.stderr)
                self.check_message(done, f"{listed}:3: ")
                self.assertLess(len(done.stderr), 1000)
                self.assertFalse(output.exists())

    def test_a_list_that_is_not_there(self):
        done = self.run_program("convert", self.write("in.jsonl", text_line(1)), "-o", self.new_output_dir(), "--exclude", self.dir / "no")
        self.assertEqual(done.returncode, 3)
        self.check_message(done, self.dir / "no")

    def test_lines_of_a_pipe_cannot_be_named(self):
        listed = self.write("list", b"-:2\n")
        done = self.run_program("convert", "-", "-o", self.new_output_dir(), "--exclude", listed, stdin=text_line(1) + b"\n")
        self.assertEqual(done.returncode, 2)
        self.check_message(done, "FILE:LINE")
        listed.write_bytes(sha256(text_line(1)).encode())
        output = self.convert(["-"], "--exclude", listed, stdin=text_line(1) + b"\n" + text_line(2) + b"\n")
        self.assertEqual(output.written, [text_line(2)])

    def test_places_in_files_with_marks_compressed_and_of_other_spellings(self):
        import gzip
        lines = [text_line(number, 50) for number in range(200)]
        plain = self.write("sub/a.jsonl", b"\xef\xbb\xbf" + b"\r\n".join(lines) + b"\r\n")
        packed = self.write("sub/b.jsonl.gz", gzip.compress(b"\n\n".join(lines)))
        listed = self.write("list", f"{plain}:1\n{self.dir}/sub/../sub/a.jsonl:200\n{packed}:3\nelsewhere.jsonl:1\n{plain}:900\n".encode())
        output = self.convert([self.dir / "sub"], "--exclude", listed, "--memory", "1MiB")
        self.assertEqual(output.written, lines[1:199] + lines[:1] + lines[2:])
        self.assertEqual(output.counts["excluded"], 3)
        self.assertIn(b"is no input", output.stderr)

    def test_many_machines_and_a_resumed_run_write_the_same(self):
        lines = corpus(5, 400)
        path = self.write("in.jsonl", b"\n".join(text for text, _ in lines) + b"\n")
        listed = self.write("list", "\n".join(
            [sha256(PICTURES[1]), "host:other.test", *(f"{path}:{number}" for number in range(3, 400, 17)), sha256(lines[0][0])]).encode())
        options = ["--exclude", str(listed), "--sample", "80%", "--seed", "3", "--max-shard-bytes", "20000"]
        wanted = made(self.convert([path], *options).dir)
        for part_bytes in ("1", "3000", "1GiB") if os.environ.get("VISIONSHARD_LONG") else ("700", "1GiB"):
            work = self.new_output_dir()
            for step in (("plan", path, "-o", work, "-q", "--part-bytes", part_bytes, *options), ("map", work, "--task", "0/1", "--no-sync"),
                         ("merge", work), ("pack", work, "--task", "0/1", "--no-sync"), ("seal", work, "-q")):
                if step[0] == "map":
                    listed.rename(self.dir / "gone")  # the plan has what it needs
                done = self.run_program(*step)
                self.assertEqual(done.returncode, 0, done.stderr)
            (self.dir / "gone").rename(listed)
            self.assertEqual(made(work), wanted, part_bytes)
        output = self.new_output_dir()
        command = [PROGRAM, "convert", str(path), "-o", str(output), "-q", *options]
        with subprocess.Popen([*command, "--threads", "1"], stderr=subprocess.PIPE) as run:
            while run.poll() is None and not (output / "train-00001.jsonl").exists():
                time.sleep(0.0005)
            run.send_signal(signal.SIGKILL)
            run.communicate()
        if not (output / "manifest.json").exists():
            changed = self.write("list2", listed.read_bytes() + b"\nhost:a.test")
            other = [str(changed) if option == str(listed) else option for option in command]
            done = subprocess.run([*other, "--resume"], stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(b"exclude", done.stderr)
            subprocess.run([*command, "--resume"], check=True, stderr=subprocess.PIPE)
        self.assertEqual(made(output), wanted)

    def test_the_report_gives_reasons(self):
        lines = [image_line(URLS[0], 1), text_line(2), text_line(3)]
        output = self.excluded(lines, ["host:example.org", f"{self.dir}/input.jsonl:2"])
        page = (output.dir / "report.html").read_text()
        self.assertIn('id="shaping"', page)
        for reason in ("host", "place"):
            self.assertIn(f"<h3>{reason}</h3>", page)
        self.assertNotIn('id="shaping"', (self.convert(lines).dir / "report.html").read_text())
        self.assertIn(b"excluded", output.stdout)

    def test_a_million_entries(self):
        rng = random.Random(1)
        listed = self.write("list", b"\n".join(rng.randbytes(32).hex().encode() for _ in range(1_000_000)))
        output = self.new_output_dir()
        command = ["convert", self.write("in.jsonl", text_line(1) + b"\n"), "-o", output, "--exclude", listed, "-q"]
        self.check_peak(256 << 20, *command, "--threads", "1")
        done = self.run_program(*command, "--memory", "8MiB", "--force")
        self.assertEqual(done.returncode, 2)
        self.check_message(done, "--memory")


class SampleTest(CliTest):
    def keys(self, lines, seed):
        """By the help text and src/base/share.h: XXH3-128 by xxhsum, mixed with the seed and the purpose."""
        mask = (1 << 64) - 1

        def mix(z):
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
            return z ^ (z >> 31)
        for text in lines:
            digest = bytes.fromhex(xxh128(text))
            low, high = (int.from_bytes(half, "little") for half in (digest[:8], digest[8:]))
            yield mix(mix(mix((seed + 0x9E3779B97F4A7C15) & mask) ^ low) ^ high)

    def test_the_keyed_hash_chooses(self):
        lines = [text_line(number) for number in range(150)]
        for seed, share in ((0, "50%"), (7, "12.5%"), (2**64 - 1, "99.999999%")):
            limit = int(float(share[:-1]) * 1e6) * 2**64 // 10**8
            wanted = [text for text, key in zip(lines, self.keys(lines, seed)) if key < limit]
            output = self.convert(lines, "--sample", share, "--seed", seed)
            self.assertEqual(output.written, wanted)
            self.assertEqual(output.counts["excluded"], 150 - len(wanted))

    def test_shares_are_nested_and_none_and_all_are_exact(self):
        lines = [text_line(number) for number in range(3000)]
        before = set()
        for percent in (0, 1, 10, 50, 100):
            now = self.convert(lines, "--sample", f"{percent}%").written
            self.assertLessEqual(before, set(now))
            self.assertAlmostEqual(len(now) / 3000, percent / 100, delta=0.04)
            before = set(now)
        self.assertEqual(now, lines)
        self.assertEqual(self.convert(lines, "--sample", "100%").manifest["options"], self.convert(lines).manifest["options"])

    def test_bad_values(self):
        path = self.write("a.jsonl", text_line(1))
        for option, value in (("--sample", "5"), ("--sample", "101%"), ("--sample", "-1%"), ("--sample", "%"), ("--sample", "1.%"),
                              ("--sample", "0.0000001%"), ("--seed", "x"), ("--seed", "-1"), ("--seed", "1.5"), ("--seed", str(2**64)),
                              ("--seed", ""), ("--on-excluded", "reject")):
            done = self.run_program("convert", path, "-o", self.new_output_dir(), option, value)
            self.assertEqual(done.returncode, 2, (option, value))
            self.check_message(done, option)


class TokensTest(CliTest):
    def bound(self, text):
        """The least --max-tokens with which the example is written, as the reason tells it."""
        path = self.write("one.jsonl", text + b"\n")
        output = self.convert([path], "--max-tokens", 1)
        self.assertEqual(output.reasons, ["too_many_tokens"])
        tokens = int(re.search(r"takes about ([\d,]+) tokens", output.rejected[0]["detail"])[1].replace(",", ""))
        for bound, written in ((tokens, 1), (tokens - 1, 0)):
            self.assertEqual(self.convert([path], "--max-tokens", bound).counts["written"], written)
        return tokens

    def test_images_count_exactly_and_text_by_its_bytes(self):
        # 85 + 170 for each tile of 512 pixels, after a fit into 2048 x 2048 and a short side of 768.
        def tokens(width, height):
            scale = min(1, 2048 / max(width, height))
            scale *= min(1, 768 / min(width * scale, height * scale))
            return 85 + 170 * -(-int(width * scale + 1e-9) // 512) * -(-int(height * scale + 1e-9) // 512)
        text = self.bound(asked(parts(part_text("hello"))))
        for width, height in ((10, 10), (512, 512), (513, 100), (1024, 768), (3000, 100)):
            picture = io.BytesIO()
            Image.new("RGB", (width, height)).save(picture, "PNG")
            url = data_url(picture.getvalue(), "png")
            with self.subTest(size=(width, height)):
                self.assertEqual(self.bound(asked(parts(part_text("hello"), part_image(url)))) - text, tokens(width, height))
                self.assertEqual(self.bound(asked(parts(part_text("hello"), part_image(url, ',"detail":"low"')))) - text, 85)
        self.assertEqual(self.bound(asked(parts(part_text("hello"), part_image(URLS[0])))) - text, 85)

    def test_escapes_count_as_what_they_stand_for(self):
        for plain, spelled in (("é" * 400, "\\u00e9" * 400), ("語" * 400, "\\u8a9e" * 400), ("😀" * 400, "\\ud83d\\ude00" * 400),
                               ("a" * 400, "\\u0061" * 400), ("/" * 400, "\\/" * 400)):
            for content in ('"%s"', '[{"type":"text","text":"%s"}]'):
                self.assertEqual(self.bound(asked(content % plain)), self.bound(asked(content % spelled)), plain[0])
        short, long = self.bound(text_line(1, 0)), self.bound(text_line(1, 4000))
        self.assertEqual(long - short, 1000)

    def test_check_finds_the_same(self):
        lines = [text_line(1, 10), text_line(2, 4000)] * 6
        path = self.write("a.jsonl", b"\n".join(lines) + b"\n")
        bound = self.bound(lines[1])
        self.assertEqual(self.run_program("check", path, "--max-tokens", bound).returncode, 0)
        done = self.run_program("check", path, "--max-tokens", bound - 1, "--json")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"too_many_tokens", done.stdout)


if __name__ == "__main__":
    unittest.main()
