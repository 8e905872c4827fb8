"""What a finished run left in its folder: shards, rejected.jsonl, manifest.json, and whether they agree."""
import base64
import json
import os
import subprocess
from dataclasses import dataclass

REASONS = """invalid_utf8 invalid_json line_too_long not_an_object bad_messages bad_role bad_content bad_part bad_weight
bad_tool_call lone_surrogate no_assistant no_user duplicate_key assistant_image image_role too_many_images
too_many_tokens url_not_allowed bad_url bad_base64 empty_image unknown_format unsupported_format corrupt_image too_many_pixels
cannot_fit file_not_found outside_root url_missing url_unreachable url_status url_not_image url_too_large url_private
url_opted_out example_too_large internal_error""".split()
COUNTS = """lines blank written rejected duplicates excluded images images_kept images_relabelled images_converted
images_shrunk images_dropped""".split()
TOP = "visionshard profile limits options inputs shards counts rejects conversions".split()


@dataclass
class Shard:
    name: str
    bytes: int = 0
    examples: int = 0
    image_examples: int = 0
    images: int = 0
    digest: str = ""


@dataclass
class Rejected:
    record: dict
    number: int

    @property
    def raw(self):
        if "raw_base64" in self.record:
            return base64.b64decode(self.record["raw_base64"])
        return self.record["raw"].encode("utf-8", "surrogatepass") if "raw" in self.record else None


def xxh128(path):
    return subprocess.run(["xxhsum", "-H2", path], capture_output=True, check=True, text=True).stdout.split()[0]


def shard_names(folder, prefix):
    return sorted(name for name in os.listdir(folder) if name.startswith(prefix + "-") and name.endswith(".jsonl"))


def read_rejected(folder, report):
    path = os.path.join(folder, "rejected.jsonl")
    if not os.path.exists(path):
        return
    report.check(os.path.getsize(path) > 0, "rejected.jsonl is empty")
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            report.check(line.endswith(b"\n"), f"rejected.jsonl:{number}: no newline at the end")
            try:
                record = json.loads(line)
                source = record["source"]
                well_formed = (list(source) == ["file", "line", "byte"] and record["reason"] in REASONS
                               and isinstance(record["detail"], str) and record["detail"])
                keys = [key for key in record if key != "pointer"]
                well_formed = well_formed and keys in (["source", "reason", "detail"],
                    ["source", "reason", "detail", "raw"], ["source", "reason", "detail", "raw_base64"])
                if "pointer" in record:
                    well_formed = well_formed and list(record)[2] == "pointer" and record["pointer"][:1] in ("", "/")
            except (ValueError, KeyError, TypeError) as error:
                report.check(False, f"rejected.jsonl:{number}: {error!r}")
                continue
            report.check(well_formed, f"rejected.jsonl:{number}: not the layout of the specification: {line[:200]!r}")
            yield Rejected(record, number)


def read_shards(folder, prefix, report):
    """(shard, line) for every example; the shard's own numbers are those before this line."""
    for name in shard_names(folder, prefix):
        shard = Shard(name, digest=xxh128(os.path.join(folder, name)))
        with open(os.path.join(folder, name), "rb") as file:
            for line in file:
                report.check(line.endswith(b"\n"), f"{name}: no newline at the end of its last line")
                yield shard, line


class ShardCutter:
    """Follows the examples as they come and checks both caps and that no shard was cut too early."""

    def __init__(self, report, shard_bytes, image_examples):
        self.report, self.shard_bytes, self.image_examples = report, shard_bytes, image_examples
        self.shards = []

    def add(self, shard, line, images):
        has_image = images > 0
        if not self.shards or self.shards[-1] is not shard:
            if self.shards:
                last = self.shards[-1]
                full = (last.bytes + len(line) > self.shard_bytes
                        or has_image and last.image_examples + 1 > self.image_examples)
                self.report.check(full, f"{shard.name}: opened although its first example fitted into {last.name}")
            self.shards.append(shard)
        shard.bytes += len(line)
        shard.examples += 1
        shard.image_examples += has_image
        shard.images += images
        self.report.check(shard.bytes <= self.shard_bytes, f"{shard.name}: over {self.shard_bytes} bytes")
        self.report.check(shard.image_examples <= self.image_examples,
                          f"{shard.name}: over {self.image_examples} image examples")


def check_folder(report, folder, prefix):
    names = shard_names(folder, prefix)
    wanted = [f"{prefix}-{number:05d}.jsonl" for number in range(len(names))]
    report.check(names == wanted, f"shards are {names[:5]}..., wanted {wanted[:5]}...")
    known = {*names, "rejected.jsonl", "manifest.json", "report.html", "run.json"}
    for name in sorted(os.listdir(folder)):
        report.check(name in known, f"{name}: does not belong in a finished folder")
    for name in ("manifest.json", "report.html", "run.json"):
        report.check(os.path.exists(os.path.join(folder, name)), f"{name}: missing")
    times = {name: os.stat(os.path.join(folder, name)).st_mtime_ns for name in os.listdir(folder)}
    report.check(all(times.get("manifest.json", 0) >= times[name] for name in {*names, "rejected.jsonl"} & set(times)),
                 "manifest.json: not written last")
    for name in names:
        report.check(os.path.getsize(os.path.join(folder, name)) > 0, f"{name}: empty")


def names_file(told, path):
    return os.path.realpath(told) == os.path.realpath(path) or os.path.realpath(path).endswith(os.sep + told)


def check_manifest(report, folder, sources, shards, tally):
    """`tally` holds the checker's own counts: blank, written, rejects by code and images by fate."""
    try:
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        keys = [key for key in manifest if key != "store"]
        report.check(keys == TOP, f"manifest.json: keys {keys}, wanted {TOP}")
        inlines = manifest["options"].get("urls") == "inline"
        report.check(inlines == ("store" in manifest), "manifest.json: a store and --urls inline belong together")
        counts = manifest["counts"]
        report.check(list(counts) == COUNTS, f"manifest.json: counts {list(counts)}, wanted {COUNTS}")
        _check_fields(report, manifest, sources, shards, tally)
    except (OSError, ValueError, KeyError, TypeError) as error:
        report.check(False, f"manifest.json: {error!r}")


def _check_fields(report, manifest, sources, shards, tally):
    counts, equal = manifest["counts"], lambda name, told, found: report.check(
        told == found or isinstance(found, set) and told in found, f"manifest.json: {name} is {told}, found {found}")
    equal("visionshard.manifest", manifest["visionshard"]["manifest"], 2)
    report.check(manifest["visionshard"].get("version"), "manifest.json: no version")
    for name in ("limits", "options", "conversions"):
        report.check(isinstance(manifest[name], dict), f"manifest.json: {name} is not an object")
    equal("number of inputs", len(manifest["inputs"]), len(sources))
    for told, source in zip(manifest["inputs"], sources):
        report.check(names_file(told["path"], source.path), f"manifest.json: input {told['path']}, read {source.path}")
        equal(f"{source.path} lines", told["lines"], source.lines)
        equal(f"{source.path} bytes", told["bytes"], {source.stored_bytes, source.plain_bytes})
    equal("number of shards", len(manifest["shards"]), len(shards))
    for told, shard in zip(manifest["shards"], shards):
        equal(f"keys of {shard.name}", list(told), ["path", "bytes", "xxh128", "examples", "image_examples", "images"])
        report.check(os.path.basename(told["path"]) == shard.name, f"manifest.json: shard {told['path']}")
        for name in ("bytes", "examples", "image_examples"):
            equal(f"{shard.name} {name}", told[name], getattr(shard, name))
        equal(f"{shard.name} xxh128", told["xxh128"], shard.digest)
        equal(f"{shard.name} images", told["images"], shard.images)
    equal("lines", counts["lines"], sum(source.lines for source in sources))
    for name in ("blank", "written", "rejected"):
        equal(name, counts[name], tally[name])
    equal("lines balance", counts["lines"],
          counts["blank"] + counts["written"] + counts["rejected"] + counts["duplicates"] + counts["excluded"])
    equal("rejects", {code: n for code, n in manifest["rejects"].items() if n}, tally["reasons"])
    equal("sum of rejects", sum(manifest["rejects"].values()), counts["rejected"])
    fates, links = tally["images"], tally["images"]["url"]
    equal("images", counts["images"], sum(shard.images for shard in shards))
    same = fates["kept"] + fates["relabelled"]
    equal("images kept and relabelled", counts["images_kept"] + counts["images_relabelled"], {same, same + links})
    equal("images converted and shrunk", counts["images_converted"] + counts["images_shrunk"],
          fates["converted"] + fates["shrunk"])
    equal("images shrunk", counts["images_shrunk"] > 0, fates["shrunk"] > 0)
