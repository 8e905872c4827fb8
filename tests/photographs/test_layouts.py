"""Corpora of photographs in every layout, converted for two providers: each written picture is the one that was given.

usage: test_layouts.py [FOLDER]   photographs (default: demo/photos, where scripts/photos.sh puts some); status 77: none
"""
import hashlib
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "checker"))
import layouts

PROGRAM = os.path.abspath(os.environ.get("VISIONSHARD", "build/release/visionshard"))
LINES = 200
QUESTIONS = ["What is in this picture?", "Beschreibe die Farben.", "Was it taken by day? “Yes” or “no”", "写真について一言。", "Compare them:\n1.\n2."]
ANSWERS = ["A landscape with hills.", "Blau und grün.", "yes", "静かな湖です。", "The first is darker; the second has <b>more</b> sky."]
# The three formats that providers take.
FORMATS = [("JPEG", {"quality": 88, "subsampling": 2}), ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
           ("PNG", {}), ("WEBP", {"quality": 85})]


def pictures(folder, number):
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    draw, found = random.Random(1), []
    for path in draw.sample(paths, min(len(paths), 16)):
        with Image.open(path) as image:
            image = image.convert("RGB")
        for _ in range(-(-number // 16)):
            width, height = draw.randint(200, 700), draw.randint(200, 500)
            if image.width <= width or image.height <= height:
                continue
            left, top = draw.randint(0, image.width - width), draw.randint(0, image.height - height)
            kind, options = FORMATS[len(found) % len(FORMATS)]
            out = io.BytesIO()
            image.crop((left, top, left + width, top + height)).save(out, kind, **options)
            found.append(out.getvalue())
    return found[:number]


def conversations(images, seed):
    draw = random.Random(seed)
    for _ in range(LINES):
        turns = []
        for turn in range(draw.choice((1, 1, 2, 3))):
            asked = [("text", draw.choice(QUESTIONS))]
            for _ in range(draw.choice((1, 1, 2)) if turn == 0 else draw.choice((0, 0, 1))):
                asked.insert(draw.randint(0, len(asked)), ("image", draw.choice(images)))
            turns += [("user", layouts.merged(asked)), ("assistant", [("text", draw.choice(ANSWERS))])]
        yield {"system": draw.choice((None, "You look at photographs.")), "turns": turns}


def run(*command):
    done = subprocess.run([PROGRAM, *map(str, command)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (command, done.returncode, done.stderr[-1000:], done.stdout[-1000:])


def written_of(folder):
    return [json.loads(text) for path in sorted(folder.glob("train-*.jsonl")) for text in path.read_text().splitlines()]


def digests_of(conversation):
    return [hashlib.sha256(value).hexdigest() for _, content in conversation["turns"] for kind, value in content if kind == "image"]


def show(name, number, write, images, work):
    wanted = list(conversations(images, f"{name} {number}"))
    source = work / "in.jsonl"
    # Paths beneath the folder as well, where the layout has paths.
    takes_paths = name in ("conversations", "marked") or (name == "parts" and number in (1, 3))
    def path_of(data):
        path = work / "pictures" / f"{hashlib.md5(data).hexdigest()}.bin"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return str(path.relative_to(work))
    for place in ("in the lines", "in files")[:2 if takes_paths else 1]:
        url = [path_of] if place == "in files" else []
        source.write_bytes(b"".join(layouts.spelled(write(talk, *url), i % 2 == 0) + b"\n" for i, talk in enumerate(wanted)))
        for profile in ("openai", "together"):
            out = work / "out"
            run("convert", source, "-o", out, "--profile", profile, "--image-root", work, "--force", "--no-sync", "-q")
            run("check", out, "--profile", profile, "-q")
            manifest = json.loads((out / "manifest.json").read_text())
            counts = manifest["counts"]
            assert counts["written"] == LINES and counts["rejected"] == 0, counts
            got = [layouts.conversation_of(line) for line in written_of(out)]
            pairs = [pair for one, other in zip(got, wanted) for pair in zip(digests_of(one), digests_of(other), strict=True)]
            assert all(one == other for one, other in pairs), "a picture is not the one that was given"
            assert got == wanted, "a text or its place differs"
            foreign = manifest["conversions"][f"layout_{name}"]
            print(f"| `{name}` | {place} | {profile} | {counts['written']} | {foreign} | {len(pairs)} |", flush=True)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "demo" / "photos")
    images = pictures(folder, 60) if folder.is_dir() else []
    if not images:
        print(f"{folder}: no photographs; scripts/photos.sh {folder} fetches some")
        sys.exit(77)
    print("| layout | pictures | profile | lines | turned | pictures equal |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        for name, writers in layouts.LAYOUTS.items():
            for number, write in enumerate(writers):
                show(name, number, write, images, pathlib.Path(work))


if __name__ == "__main__":
    main()
