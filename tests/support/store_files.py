"""Stores of downloaded images, written and read by the description in src/store/README.md, with the standard library and
xxhsum alone."""
import collections
import functools
import hashlib
import json
import os
import pathlib
import struct
import subprocess
import tempfile

OUTCOMES = ("fetched", "url_unreachable", "url_status", "url_not_image", "url_too_large", "url_private",
            "url_opted_out")
INDEX = struct.Struct("<32s32sQHB5x")
PLACE = struct.Struct("<16sQIIH6x")

Found = collections.namedtuple("Found", "outcome status data elapsed_ms redirects")


def key_of(url):
    return hashlib.sha256(url.split("#")[0].encode()).digest()


def xxh128s(values):
    """The digests of many values, by one call of the tool."""
    values = list(values)
    if not values:
        return []
    with tempfile.TemporaryDirectory() as directory:
        paths = []
        for number, value in enumerate(values):
            paths.append(os.path.join(directory, str(number)))
            pathlib.Path(paths[-1]).write_bytes(value)
        digests = []
        for at in range(0, len(paths), 1000):
            done = subprocess.run(["xxhsum", "-H2", *paths[at:at + 1000]], capture_output=True, check=True)
            digests += [line.split()[0].decode() for line in done.stdout.splitlines()]
        return digests


def write_store(directory, urls, tasks=1, segment_bytes=1 << 30, sealed=True, time_ms=1_700_000_000_000):
    """A store of {URL: bytes, or (outcome, status, transient)}; a value may also be a dict with "data" and "elapsed_ms"
    or "redirects". Returns the digest of its index, or None where it is not sealed."""
    directory = pathlib.Path(directory)
    for folder in ("log", "bodies"):
        (directory / folder).mkdir(parents=True)
    (directory / "store.json").write_text(json.dumps({"visionshard_store": 1}))
    (directory / "lock").touch()
    records = []
    for url, value in urls.items():
        facts = value if isinstance(value, dict) else {}
        value = facts.get("data", value)
        record = {"key": key_of(url).hex(), "url": url.split("#")[0].split("?")[0], "outcome": "fetched",
                  "transient": False, "status": 200, "redirects": facts.get("redirects", 0),
                  "elapsed_ms": facts.get("elapsed_ms", 20), "time_ms": time_ms + len(records)}
        if isinstance(value, tuple):
            record["outcome"], record["status"], record["transient"] = value
            value = None
        records.append((record, value))
    digests = iter(xxh128s(data for _, data in records if data is not None))
    segments = {}
    logs = [[] for _ in range(tasks)]
    for number, (record, data) in enumerate(records):
        task = number % tasks
        if data is not None:
            name = f"task-{task}-00000"
            while len(segments.get(name, b"")) and len(segments[name]) + len(data) > segment_bytes:
                name = f"task-{task}-{int(name[-5:]) + 1:05}"
            segment = segments.setdefault(name, bytearray())
            record["body"] = {"sha256": hashlib.sha256(data).hexdigest(), "xxh128": next(digests),
                              "bytes": len(data), "segment": name, "offset": len(segment)}
            segment += data
        logs[task].append(json.dumps(record, separators=(",", ":")))
    for task, lines in enumerate(logs):
        (directory / f"log/task-{task}.jsonl").write_text("".join(line + "\n" for line in lines))
    for name, segment in segments.items():
        (directory / f"bodies/{name}.bin").write_bytes(segment)
    return seal_store(directory) if sealed else None


def log_records(directory):
    """The last record of each key."""
    last = {}
    for path in sorted((pathlib.Path(directory) / "log").glob("*.jsonl")):
        for number, line in enumerate(path.read_text().splitlines()):
            record = json.loads(line)
            order = (record["time_ms"], path.stem, number)
            if record["key"] not in last or last[record["key"]][0] < order:
                last[record["key"]] = order, record
    return {key: record for key, (_, record) in last.items()}


def index_of(records, segments):
    """index.bin and places.bin of log_records()."""
    index, places = [], []
    for key, record in sorted(records.items()):
        body = record.get("body")
        outcome = OUTCOMES.index(record["outcome"])
        final = record["status"] if outcome and not record["transient"] else 0
        index.append(INDEX.pack(bytes.fromhex(key), bytes.fromhex(body["sha256"]) if body else bytes(32),
                                body["bytes"] if body else 0, final, outcome))
        places.append(PLACE.pack(bytes.fromhex(body["xxh128"]) if body else bytes(16), body["offset"] if body else 0,
                                 segments.index(body["segment"]) if body else 0, record["elapsed_ms"],
                                 record["redirects"]))
    return b"".join(index), b"".join(places)


def seal_store(directory):
    directory = pathlib.Path(directory)
    segments = sorted(path.stem for path in (directory / "bodies").glob("*.bin"))
    records = log_records(directory)
    index, places = index_of(records, segments)
    (directory / "index.bin").write_bytes(index)
    (directory / "places.bin").write_bytes(places)
    digests = xxh128s((index, places))
    (directory / "seal.json").write_text(json.dumps({
        "urls": len(records), "fetched": sum(record["outcome"] == "fetched" for record in records.values()),
        "transient": sum(record["transient"] for record in records.values()), "index_xxh128": digests[0],
        "places_xxh128": digests[1], "segments": segments}))
    return digests[0]


def read_store(directory):
    """{key: Found} of a sealed store, after comparing all of its files with each other."""
    directory = pathlib.Path(directory)
    seal = json.loads((directory / "seal.json").read_text())
    index, places = ((directory / name).read_bytes() for name in ("index.bin", "places.bin"))
    if xxh128s((index, places)) != [seal["index_xxh128"], seal["places_xxh128"]]:
        raise AssertionError("the digests in seal.json are not those of the files")
    if (index, places) != index_of(log_records(directory), seal["segments"]):
        raise AssertionError("the index is not that of the logs")
    if len(index) != seal["urls"] * INDEX.size or len(places) != seal["urls"] * PLACE.size:
        raise AssertionError("the index has another number of URLs than seal.json")
    found = {}
    for (key, sha256, size, status, outcome), (xxh128, offset, segment, elapsed_ms, redirects) in zip(
            INDEX.iter_unpack(index), PLACE.iter_unpack(places)):
        data = None
        if outcome == 0:
            with open(directory / "bodies" / (seal["segments"][segment] + ".bin"), "rb") as file:
                file.seek(offset)
                data = file.read(size)
            if len(data) != size or hashlib.sha256(data).digest() != sha256:
                raise AssertionError(f"a body is not the one that was stored: {key.hex()}")
        elif size or any(sha256):
            raise AssertionError(f"a failure has a body: {key.hex()}")
        found[key] = Found(OUTCOMES[outcome], status, data, elapsed_ms, redirects)
    if sorted(found) != list(found):
        raise AssertionError("keys are not in order")
    return found


@functools.lru_cache(maxsize=4)
def _bodies(directory):
    return {key: found.data for key, found in read_store(directory).items()}


def body_of(directory, url):
    """The bytes that a sealed store has for a URL."""
    return _bodies(str(directory))[key_of(url)]
