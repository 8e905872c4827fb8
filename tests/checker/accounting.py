"""Every input line against what the run made of it: the next record of rejected.jsonl or the next example."""
import collections
import hashlib
import json
import multiprocessing
import os
import threading
import layouts
import run_output
from corpus_reader import Source, input_files, read_lines
from image_judge import is_link, judge
from json_spans import image_values, parse

IN_FLIGHT = 16


class Ahead:
    """An iterator whose next items can be looked at."""

    def __init__(self, items):
        self.items, self.seen = iter(items), collections.deque()

    def peek(self, distance=0):
        while len(self.seen) <= distance:
            self.seen.append(next(self.items, None))
        return self.seen[distance]

    def pop(self):
        item = self.peek()
        self.seen.popleft()
        return item


def without_urls(value):
    if isinstance(value, dict):
        return {key: None if key == "url" else without_urls(each) for key, each in value.items()}
    return [without_urls(each) for each in value] if isinstance(value, list) else value


class Look:
    """A line as its parts: the bytes around its image values, and those values."""

    def __init__(self, text):
        self.text, self.values, self.around, self.problem, self.chat = text, [], [], "", None
        try:
            record = parse(text)
            if isinstance(record, dict) and layouts.layout_of(record) != "chat":
                self.chat = layouts.chat_of(record)[1]
                self.text = text = json.dumps(self.chat).encode()
            self.values = list(image_values(text))
        except layouts.Mismatch:
            self.values = []
        except UnicodeDecodeError:
            self.problem = "invalid_utf8"
        except ValueError:
            self.problem = "invalid_json"
        at = 0
        for value in self.values:
            self.around.append(text[at:value.url_start])
            at = value.url_end
        self.around.append(text[at:])

    def token(self, value):
        return self.text[value.url_start:value.url_end]

    def written_around(self):
        """`around` as it must be written: image values that are plain strings stand in an object."""
        around = list(self.around)
        for number, value in enumerate(self.values):
            if value.is_string_form:
                around[number] += b'{"url":'
                around[number + 1] = b"}" + around[number + 1]
        return around

    def may_become(self, other):
        if self.chat is not None:  # the text of another layout is not that of its chat line
            return not other.problem and without_urls(self.chat) == without_urls(parse(other.text))
        return self.written_around() == other.around


class Checker:
    def __init__(self, options, report):
        self.options, self.report = options, report
        self.images = collections.Counter()
        self.reasons = collections.Counter()
        self.written = self.rejected = self.blank = 0
        self.pool = multiprocessing.Pool(2)
        self.gate = threading.Semaphore(IN_FLIGHT)
        self.pending, self.known = [], {}
        self.expected = {}
        if options.expected:
            with open(options.expected, encoding="utf-8") as file:
                self.expected = {(line["file"], line["line"]): line for line in json.load(file)["lines"]}
        self.met = set()

    def expectation(self, line):
        path = os.path.realpath(line.source.path).split(os.sep)
        for depth in (1, 2, 3):
            key = "/".join(path[-depth:]), line.number
            if key in self.expected:
                self.met.add(key)
                return self.expected[key]
        self.report.check(not self.expected, f"{line}: not in the expected fates")
        return None

    def run(self):
        report, options = self.report, self.options
        sources = [Source(path) for path in input_files(options.inputs)]
        self.lines = Ahead((line, Look(line.text.removesuffix(b"\r"))) for line in self.lines_with_content(sources))
        self.examples = Ahead((shard, text, Look(text.rstrip(b"\r\n")))
                              for shard, text in run_output.read_shards(options.folder, options.prefix, report))
        rejects = Ahead(run_output.read_rejected(options.folder, report))
        cutter = run_output.ShardCutter(report, options.max_shard_bytes, options.max_image_examples)
        while self.lines.peek():
            line, look = self.lines.pop()
            if rejects.peek() and self.is_about(rejects.peek(), line):
                self.check_rejected(rejects.pop(), line, look)
            elif self.find_example(line, look):
                self.check_written(line, look, *self.examples.pop(), cutter)
        left = rejects.peek()
        report.check(left is None, f"rejected.jsonl:{left and left.number}: no such input line here")
        report.check(self.examples.peek() is None, "the last examples of the shards are no input lines")
        self.finish_images()
        run_output.check_folder(report, options.folder, options.prefix)
        tally = {"blank": self.blank, "written": self.written, "rejected": self.rejected,
                 "reasons": dict(self.reasons), "images": self.images}
        run_output.check_manifest(report, options.folder, sources, cutter.shards, tally)
        missed = len(set(self.expected) - self.met)
        report.check(not missed, f"{missed} expected lines are not in the inputs")

    def lines_with_content(self, sources):
        for source in sources:
            for line in read_lines(source):
                if not line.is_blank:
                    yield line
                    continue
                self.blank += 1
                expected = self.expectation(line)
                self.report.check(not expected or expected["fate"] == "blank", f"{line}: blank, expected otherwise")

    def is_about(self, reject, line):
        told = reject.record["source"]
        return any(told["line"] == number and run_output.names_file(told["file"], path)
                   for path, number, _ in line.places)

    def check_rejected(self, reject, line, look):
        record, report = reject.record, self.report
        self.rejected += 1
        self.reasons[record["reason"]] += 1
        bytes_ = [byte for _, _, byte in line.places]
        report.check(record["source"]["byte"] in bytes_, f"{line}: byte {record['source']['byte']}, starts at {bytes_}")
        text, raw = line.text, reject.raw
        if record["reason"] == "line_too_long" or self.options.rejects == "reference":
            report.check(raw is None, f"{line}: carries the line")
        else:
            report.check(raw in (text, text.removesuffix(b"\r")), f"{line}: the raw line is another")
        told = record["reason"] if record["reason"] in ("invalid_utf8", "invalid_json") else ""
        if record["reason"] != "line_too_long":
            report.check(told == look.problem, f"{line}: {record['reason']}, found {look.problem or 'valid JSON'}")
        expected = self.expectation(line)
        if not expected:
            return
        if not report.check(isinstance(expected["fate"], dict),
                            f"{line} ({expected.get('name')}): {record['reason']} ({record['detail']}), expected "
                            f"{expected['fate']}"):
            return
        codes, pointer = expected["fate"]["rejected"], expected["fate"].get("pointer")
        report.check(record["reason"] in ([codes] if isinstance(codes, str) else codes),
                     f"{line} ({expected['name']}): {record['reason']}, expected {codes}")
        found = record.get("pointer", "")
        report.check(not pointer or (found + "/").startswith(pointer + "/"),
                     f"{line} ({expected['name']}): pointer {found!r}, expected {pointer!r}")

    def find_example(self, line, look):
        """Whether the next example is this line's; one that is lost or extra is reported and passed over."""
        example, following, line_after = self.examples.peek(), self.examples.peek(1), self.lines.peek()
        if example and look.may_become(example[2]):
            self.report.check(True, "")
            return True
        if not example or line_after and line_after[1].may_become(example[2]):
            return self.report.check(False, f"{line}: neither written nor rejected")
        if following and look.may_become(following[2]):
            self.report.check(False, f"{example[0].name}: an example that is no input line, before that of {line}")
            self.examples.pop()
            return True
        self.report.check(False, f"{line}: its example in {example[0].name} differs outside the image values")
        return True

    def check_written(self, line, wanted, shard, text, look, cutter):
        report, values = self.report, look.values
        self.written += 1
        where = f"{line} in {shard.name}"
        report.check(not look.problem, f"{where}: {look.problem}")
        report.check(len(values) <= self.options.max_images_per_example, f"{where}: {len(values)} images")
        report.check(all(value.role != "assistant" for value in values), f"{where}: an image in an assistant message")
        cutter.add(shard, text, len(values))
        expected = self.expectation(line)
        images = expected.get("images", []) if expected else []
        if expected and report.check(expected["fate"] == "written",
                                     f"{line} ({expected.get('name')}): written, expected {expected['fate']}"):
            report.check(len(images) == len(values), f"{where}: {len(values)} images, expected {len(images)}")
        for number, (before, after) in enumerate(zip(wanted.values, values)):
            place = f"{where} {after.pointer}" + (f" ({expected['name']})" if expected else "")
            report.check(not after.is_string_form, f"{place}: still a plain string")
            report.check(is_link(after.url) or look.token(after) == b'"' + after.url.encode() + b'"',
                         f"{place}: escapes in a data URL")
            self.submit(place, before, after, wanted.token(before) == look.token(after),
                        images[number] if number < len(images) else None)

    def submit(self, where, before, after, same, expected):
        task = before.url, after.url, same, self.options.sources, self.options.limits
        key = hashlib.sha256(before.url.encode()).digest() + hashlib.sha256(after.url.encode()).digest() + bytes([same])
        if key not in self.known:
            self.gate.acquire()
            release = lambda _: self.gate.release()
            self.known[key] = self.pool.apply_async(judge, task, callback=release, error_callback=release)
        self.pending.append((where, key, expected))

    def finish_images(self):
        for where, key, expected in self.pending:
            verdict = self.known[key].get()
            self.images[verdict.kind] += 1
            self.report.passed += verdict.checks - len(verdict.problems)
            self.report.failures += [f"{where}: {problem}" for problem in verdict.problems]
            if expected:
                self.check_expected_image(where, verdict, expected)
        self.pool.close()
        self.pool.join()

    def check_expected_image(self, where, verdict, expected):
        kinds = [expected["kind"]] if isinstance(expected["kind"], str) else expected["kind"]
        if not self.report.check(verdict.kind in kinds, f"{where}: {verdict.kind}, expected {kinds}"):
            return
        mode = expected.get("mode", "any")
        if verdict.kind in ("converted", "shrunk"):
            self.report.check(mode in ("any", verdict.mode), f"{where}: mode {verdict.mode}, expected {mode}")
            if "pixels" in expected and "tolerance" not in expected and verdict.kind == "converted":
                self.report.check(verdict.digests.get(mode) == expected["pixels"], f"{where}: not the expected pixels")
