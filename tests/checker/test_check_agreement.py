#!/usr/bin/python3
"""`visionshard check` against an oracle that shares nothing with it, and against `visionshard convert`.

MUTATIONS=n checks n mutated lines under each profile, MUTATION_SEED=n other ones.
"""
import dataclasses
import functools
import gzip
import json
import os
import pathlib
import re
import sys
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "cli"), str(HERE.parent / "truth")]
from PIL import Image  # noqa: E402
import cases  # noqa: E402
from base_lines import LINK, as_node, data_url, image, written  # noqa: E402
from check_run import check, convert  # noqa: E402
from line_mutations import lines  # noqa: E402
from provider_rules import PROFILES, judge  # noqa: E402
from sample_payloads import TINY_PNG, encode  # noqa: E402
from test_accepted import ACCEPTED  # noqa: E402
from test_reasons import DUPLICATES, FIRST_WINS, IMAGES, IMAGES_OF_MORE_FORMATS, STRUCTURE  # noqa: E402
from test_splice import BAD_LINES, SPELLINGS, UNTOUCHED  # noqa: E402
from verdict import disagreements  # noqa: E402

COUNT = int(os.environ.get("MUTATIONS", "4000"))
SEED = int(os.environ.get("MUTATION_SEED", "20240611"))
SHOWN = 8
REPAIRS = {
    "media_type", "base64_spelling", "url_object", "trailing_bytes", "jpeg_grey", "jpeg_cmyk", "jpeg_first_picture",
    "jpeg_metadata", "jpeg_arithmetic", "jpeg_end_marker", "png_palette", "png_grey", "png_16_bit", "png_animated",
    "png_metadata", "webp_animated", "webp_format", "gif", "bmp", "tiff", "heif", "jpeg_2000", "jpeg_xl", "netpbm",
    "orientation", "image_too_large", "same_role", "string_content", "unknown_key", "developer_role",
    "url_spelling", "byte_order_mark", "blank_line", "layout_responses", "layout_blocks", "layout_contents",
    "layout_conversations", "layout_marked", "layout_parts"}
# No provider names these as a reason to skip an example.
WARNINGS = {"orientation", "png_animated", "webp_animated", "media_type", "hidden_image", "byte_order_mark", "blank_line"}
# But Together's own check does these.
TOGETHER_REFUSES = {"media_type", "byte_order_mark", "blank_line"}
# Small limits, so that small lines pass and break them.
TIGHT = ("--orient", "keep", "--max-images-per-example", "2", "--max-image-bytes", "400", "--max-pixels", "72",
         "--max-line-bytes", "2500")
TIGHT_RULES = {"bake": False, "images": 2, "image_bytes": 400, "max_pixels": 72, "line_bytes": 2500}
RUNS = {name: (name, (), rules) for name, rules in PROFILES.items()}
RUNS |= {f"{name}, tight": (name, TIGHT, dataclasses.replace(PROFILES[name], **TIGHT_RULES))
         for name in ("azure", "together")}
# Those of the odd files that Pillow reads.
ODD = [path for path in sorted((HERE.parent / "cli" / "odd").iterdir())
       if not re.match(r"dmg_|tif_|defl_|jpg_adobe|jpg_d_d|jpg_d_tem|jpg_sofpatch|heif", path.name)]


def asked(*parts):
    answer = {"role": "assistant", "content": [{"type": "text", "text": "a"}]}
    return written(as_node({"messages": [{"role": "user", "content": list(parts)}, answer]})).encode()


GOOD = asked({"type": "text", "text": "q"}, image(data_url(TINY_PNG)))


def table_lines():
    """The lines of the tests of convert, which know the answer under openai."""
    rows = [row[2] for row in STRUCTURE + IMAGES + IMAGES_OF_MORE_FORMATS + FIRST_WINS]
    urls = [asked(image("@")).replace(b"@", url.encode()) for url in SPELLINGS.values()]
    templates = [template.replace(b"%s", data_url(TINY_PNG).encode()) for template in UNTOUCHED]
    return rows + DUPLICATES + ACCEPTED + urls + templates + [text for text in BAD_LINES if text.strip()]


def is_for_a_grader(text):
    """One file has one training method, and this corpus is supervised; tests/cli/test_methods.py has the others."""
    try:
        example = json.loads(text)
        roles = [message.get("role") for message in example["messages"]]
        return roles[-1] == "user" and "assistant" not in roles and not example.keys() <= {"messages", "tools", "weight"}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return False


@functools.cache
def corpus():
    odd = [asked(image(data_url(path.read_bytes()))) for path in ODD]
    mutated = [text for text in lines(SEED, COUNT + COUNT // 20) if not is_for_a_grader(text)]
    return [text for text in table_lines() + odd if b"\n" not in text and not is_for_a_grader(text)] + mutated[:COUNT]


def same(one, other):
    """By value, whatever the escapes; keys that stand twice, too."""
    return one == other or (b"\\" in other and
                            json.loads(one, object_pairs_hook=tuple) == json.loads(other, object_pairs_hook=tuple))


def serious(told, profile):
    """The codes that are more than warnings under the profile."""
    return {code for code, _ in told} - (WARNINGS - TOGETHER_REFUSES if profile == "together" else WARNINGS)


def name_of(number):
    """Where the line of this number (from 1) comes from."""
    before = len(corpus()) - COUNT
    return f"line_mutations.py {SEED} {number - before}" if number > before else f"line {number} of the tables"


def shown(text):
    """The line, with the middle of long base64 left out."""
    short = re.sub(rb"([A-Za-z0-9+/_-]{20})[A-Za-z0-9+/_=-]{60,}", rb"\1~", text)
    return short[:1500].decode(errors="backslashreplace")


@functools.cache
def checked(run):
    profile, options, _ = RUNS[run]
    return check(b"".join(text + b"\n" for text in corpus()), profile, *options)


@functools.cache
def converted(run):
    profile, options, _ = RUNS[run]
    return convert(corpus(), profile, *options)


@functools.cache
def verdicts(run):
    return [judge(text, RUNS[run][2]) for text in corpus()]


class AgreementTest(unittest.TestCase):
    def report(self, faults, run):
        """A few of the disagreements, in full, and how many there are."""
        if faults:
            self.fail(f"{len(faults)} lines under {run}:\n\n" + "\n\n".join(faults[:SHOWN]))

    def test_every_finding_is_the_oracles(self):
        for run in RUNS:
            with self.subTest(run):
                faults = []
                for number, (text, readings) in enumerate(zip(corpus(), verdicts(run)), 1):
                    told = disagreements(readings, checked(run).of(number))
                    if told:
                        faults.append(f"{name_of(number)}: {shown(text)}\n  " + "\n  ".join(told))
                self.report(faults, run)

    def test_a_line_passes_when_convert_would_leave_it_as_it_is(self):
        """Also where the specification leaves open which of two keys counts: check and convert must read the line alike."""
        for run in RUNS:
            with self.subTest(run):
                faults = []
                for number, (text, fate) in enumerate(zip(corpus(), converted(run)), 1):
                    told = checked(run).of(number)
                    codes = {code for code, _ in told}
                    if isinstance(fate, tuple):
                        # What can be made to fit is known to him alone who tries.
                        agree = fate in told or fate[0] == "cannot_fit" and any(
                            code in REPAIRS and pointer == fate[1] for code, pointer in told)
                    else:
                        # Escapes in a data URL, which convert takes out, are the same to every reader.
                        agree = not codes if same(fate, text) else codes and codes <= REPAIRS
                    if not agree:
                        did = f"rejected {fate}" if isinstance(fate, tuple) else "left" if fate == text else "mended"
                        faults.append(f"{name_of(number)}: {shown(text)}\n  convert: {did}\n  check: "
                                      f"{sorted(told) or 'nothing'}")
                self.report(faults, run)

    def test_what_convert_writes_passes(self):
        for run, (profile, options, _) in RUNS.items():
            with self.subTest(run):
                output = [fate for fate in converted(run) if isinstance(fate, bytes)]
                found = check(b"".join(text + b"\n" for text in output), profile, *options)
                for text in output:
                    self.assertTrue(any(not one.wanted for one in judge(text, RUNS[run][2])), shown(text))
                faults = [f"{shown(output[number - 1])}\n  {sorted(told)}" for number, told in found.lines.items()]
                self.report(faults, run)
                self.assertEqual((found.status, found.report["accepted"]), (0, True))

    def test_any_number_of_threads_finds_the_same(self):
        """In the same order."""
        def told(found):
            return [(one["line"], one["code"], one["pointer"], one["detail"]) for one in found.listed]

        whole = b"".join(text + b"\n" for text in corpus())
        for threads in ("1", "3"):
            self.assertEqual(told(check(whole, "together", "--threads", threads, "--memory", "64MiB")),
                             told(checked("together")))

    def test_the_report_sums_up_the_list(self):
        for run in RUNS:
            with self.subTest(run):
                found, report = checked(run), checked(run).report
                self.assertEqual([one["line"] for one in found.listed if one["line"]],
                                 sorted(one["line"] for one in found.listed if one["line"]), "input order")
                for kind in report["findings"]:
                    mine = [one for one in found.listed if one["code"] == kind["code"]]
                    self.assertEqual((kind["findings"], kind["lines"]), (len(mine), len({one["line"] for one in mine})),
                                     kind["code"])
                    first = [{key: one[key] for key in ("file", "line", "pointer", "detail")} for one in mine]
                    self.assertEqual(kind["first"], first[:len(kind["first"])], kind["code"])
                    self.assertTrue(kind["first"] and kind["meaning"], kind["code"])
                    self.assertTrue(all(one["detail"] for one in mine), kind["code"])
                    if kind["effect"] != "warning":
                        self.assertEqual(kind["repairable"], kind["code"] in REPAIRS, kind["code"])
                self.assertEqual({kind["code"] for kind in report["findings"]}, {one["code"] for one in found.listed})
                for kind in report["findings"]:
                    self.assertEqual(kind["effect"] == "warning", not serious([(kind["code"], "")], RUNS[run][0]))
                self.check_sums(found, report, RUNS[run][0])

    def check_sums(self, found, report, profile):
        """An example is skipped, or only to be repaired, by all of its findings that are no warnings."""
        self.assertEqual((found.status, report["accepted"]), (1, False))
        counts = report["counts"]
        with_faults = {number for number in found.lines if number and serious(found.of(number), profile)}
        self.assertEqual((counts["lines"], counts["blank"]), (len(corpus()), 0))
        mendable = {number for number in with_faults if serious(found.of(number), profile) <= REPAIRS}
        self.assertEqual(report["skipped"]["examples"], len(with_faults))
        self.assertEqual(report["skipped"]["repairable"], len(mendable))

    def test_exit_status_of_a_file(self):
        """0 for all lines without a fault together, 1 as soon as one with a fault is among them."""
        for run, (profile, options, _) in RUNS.items():
            good = [(text, one) for text, (one, *others) in zip(corpus(), verdicts(run))
                    if not (others or one.wanted or one.tolerated or one.open)]
            texts = [text for text, _ in good]
            self.assertGreater(len(good), COUNT // 20, run)
            found = check(b"".join(text + b"\n" for text in texts), profile, *options)
            listed = [one for one in found.listed if one["code"] != "hidden_image"]  # a warning
            self.assertEqual((found.status, found.report["accepted"], listed), (0, True, []), run)
            self.check_counts(found.report, [one for _, one in good])
            bad = [text for text, readings in zip(corpus(), verdicts(run))
                   if all(any(not WARNINGS.intersection(one.codes) for one in verdict.wanted) for verdict in readings)]
            for text in bad[::max(1, len(bad) // 12)]:
                found = check(b"\n".join([*texts[:12], text, *texts[:3]]), profile, *options)
                self.assertEqual((found.status, found.report["accepted"], set(found.lines)), (1, False, {13}),
                                 shown(text))

    def check_counts(self, report, good):
        counts = report["counts"]
        self.assertEqual((counts["examples"], counts["image_examples"], counts["images"]),
                         (len(good), sum(one.images > 0 for one in good), sum(one.images for one in good)))
        self.assertEqual(report["image_tokens"]["gpt-4o"], sum(one.tokens for one in good))


class ImageTest(unittest.TestCase):
    def test_truth_table(self):
        """Every mode, depth and container of tests/truth, under each profile and each limit they are made for."""
        made = list(cases.cases())
        lines = [asked(image(data_url(case.data))) for case in made]
        limits = sorted({case.options[1] for case in made if "--max-image-bytes" in case.options})
        runs = [(profile, (), {}) for profile in PROFILES]
        runs += [("openai", ("--max-image-bytes", limit), {"image_bytes": int(limit)}) for limit in limits]
        runs += [("azure", ("--orient", "keep"), {"bake": False})]
        for profile, options, changes in runs:
            rules = dataclasses.replace(PROFILES[profile], **changes)
            found = check(b"".join(text + b"\n" for text in lines), profile, *options)
            for number, (case, text) in enumerate(zip(made, lines), 1):
                with self.subTest(case.name, profile=profile, options=options):
                    self.assertEqual(disagreements(judge(text, rules), found.of(number)), [])

    def test_images_that_fill_the_context(self):
        wide, small = (data_url(encode(Image.new("RGB", size), "WEBP", lossless=True))
                       for size in ((2048, 768), (9, 9)))
        texts = [asked(*[image(wide, **detail)] * count, *[image(small)] * 3, image(LINK))
                 for count in (44, 45, 60) for detail in ({}, {"detail": "high"}, {"detail": "low"})]
        options = ("--max-images-per-example", "64")
        for profile in ("openai", "azure"):
            found = check(b"\n".join(texts), profile, *options)
            rules = dataclasses.replace(PROFILES[profile], images=64)
            for number, text in enumerate(texts, 1):
                self.assertEqual(disagreements(judge(text, rules), found.of(number)), [], (profile, number))
        self.assertEqual(check(b"\n".join(texts[-2:]), "none").listed, [])

    def test_url_too_long(self):
        """White space makes it long, so that the image stays within its own limit."""
        url = data_url(TINY_PNG)
        texts = [asked(image(url + " " * (length - len(url)))) for length in (13_981_036, 13_981_037)]
        for profile in ("together", "openai"):
            found = check(b"\n".join(texts), profile)
            for number, text in enumerate(texts, 1):
                self.assertEqual(disagreements(judge(text, PROFILES[profile]), found.of(number)), [], (profile, number))


class FileTest(unittest.TestCase):
    def codes(self, data, profile="openai", *options):
        found = check(data, profile, *options)
        self.assertEqual(set(found.lines) - {0}, set())
        warnings = {kind["code"] for kind in found.report["findings"] if kind["effect"] == "warning"}
        codes = {code for code, _ in found.of(0)}
        self.assertEqual(found.status, 1 if codes - warnings else 0)
        self.assertEqual(found.report["accepted"], not found.status)
        return {(code, "warning" if code in warnings else "refused") for code in codes}

    def test_number_of_examples(self):
        for profile, fewest in (("openai", 10), ("azure", 10), ("fireworks", 3)):
            self.assertEqual(self.codes((GOOD + b"\n") * fewest, profile), set())
            self.assertEqual(self.codes((GOOD + b"\n") * (fewest - 1), profile), {("too_few_examples", "refused")})
        self.assertEqual(self.codes(GOOD, "together"), set())
        for profile in ("openai", "azure", "together", "fireworks"):
            self.assertIn(("no_examples", "refused"), self.codes(b"", profile))
            self.assertIn(("no_examples", "refused"), self.codes(b"\n \n", profile))

    def test_what_only_warns(self):
        ten = [GOOD] * 10
        self.assertEqual(self.codes(b"\n".join([*ten, b"", b" "])), {("blank_line", "warning")})
        self.assertEqual(self.codes(b"\r\n".join([*ten, b""])), {("carriage_return", "warning")})
        self.assertEqual(self.codes(b"\xef\xbb\xbf" + b"\n".join(ten)), {("byte_order_mark", "warning")})
        self.assertEqual(self.codes(gzip.compress(b"\n".join(ten))), {("compressed", "warning")})

    def test_what_fails_a_file_at_together(self):
        self.assertEqual(self.codes(b"\n".join([GOOD, b"", b" "]), "together"), {("blank_line", "refused")})
        self.assertEqual(self.codes(b"\xef\xbb\xbf" + GOOD, "together"), {("byte_order_mark", "refused")})
        self.assertEqual(self.codes(GOOD + b"\r\n", "together"), {("carriage_return", "warning")})

    def test_limits_of_a_file(self):
        data = (GOOD + b"\n") * 10
        for options, wanted in ((("--max-shard-bytes", len(data)), set()), (("--max-image-examples", 10), set()),
                                (("--max-shard-bytes", len(data) - 1), {("file_too_large", "refused")}),
                                (("--max-image-examples", 9), {("too_many_image_examples", "refused")})):
            self.assertEqual(self.codes(data, "openai", *options), wanted, options)

    def test_long_lines(self):
        found = check(b"\n".join([GOOD, b"x" * 5_000_000, GOOD]), "openai", "--max-line-bytes", str(len(GOOD)))
        self.assertEqual({number: {code for code, _ in told} for number, told in found.lines.items() if number},
                         {2: {"line_too_long"}})

    def test_report_is_json_whatever_the_line_holds(self):
        for text in (b'{"\\u0000\\"\x7f\\ud800":1}', "{\"role\":\"é\u2028\"}".encode(), b"\xff\xfe\x00"):
            found = check(text, "together")
            self.assertTrue(found.listed and json.dumps(found.report))


if __name__ == "__main__":
    unittest.main()
