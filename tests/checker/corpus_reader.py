"""The inputs of a run, read again: files, directories, gzip and zstd detected from the content, line by line."""
import base64
import gzip
import io
import os
import subprocess
from dataclasses import dataclass, field
from json_spans import parse

ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst")


@dataclass
class Source:
    path: str
    lines: int = 0
    stored_bytes: int = 0
    plain_bytes: int = 0


@dataclass
class Line:
    """`places` are the (path, line, byte) that a rejected record may name for this line."""
    source: Source
    number: int
    text: bytes
    places: list = field(default_factory=list)

    @property
    def is_blank(self):
        return not self.text.strip(b" \t\r\n")

    def __str__(self):
        return f"{self.source.path}:{self.number}"


def input_files(inputs):
    for name in inputs:
        if not os.path.isdir(name):
            yield name
            continue
        found = [os.path.join(base, file) for base, _, files in os.walk(name) for file in files
                 if file.endswith(ENDINGS)]
        yield from sorted(found, key=os.fsencode)


def _open(path):
    with open(path, "rb") as file:
        magic = file.read(4)
    if magic[:2] == b"\x1f\x8b":
        return gzip.open(path)
    if magic == b"\x28\xb5\x2f\xfd":
        done = subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE, check=True)
        return io.BytesIO(done.stdout)
    return open(path, "rb")


def _original(text):
    """The line that a record of rejected.jsonl carries, or None for an ordinary line."""
    if not text.startswith(b'{"source":'):
        return None
    record = parse(text)
    if "reason" not in record or "messages" in record:
        return None
    return base64.b64decode(record["raw_base64"]) if "raw_base64" in record else record.get("raw", "").encode(), record


def read_lines(source):
    source.stored_bytes = os.path.getsize(source.path)
    with _open(source.path) as file:
        for raw in file:
            start = source.plain_bytes
            source.lines += 1
            source.plain_bytes += len(raw)
            text = raw[:-1] if raw.endswith(b"\n") else raw
            places = [(source.path, source.lines, start)]
            if source.lines == 1 and text.startswith(b"\xef\xbb\xbf"):
                text = text[3:]
                places.append((source.path, 1, 3))
            original = _original(text)
            if original:
                text, record = original
                told = record["source"]
                places.append((told["file"], told["line"], told["byte"]))
            yield Line(source, source.lines, text, places)
