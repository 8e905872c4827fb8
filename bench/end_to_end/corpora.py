"""The corpora: content, target, and place of the file of each."""
import os
import shutil
import subprocess
from dataclasses import dataclass

import process


@dataclass
class Corpus:
    name: str
    what: str
    mix: str
    examples: int
    target: float = 0  # times the speed of the Pillow pool; 0: none is set
    cat_target: float = 0  # share of the rate of cat
    bank: int = 0  # images that lines draw from; 0: no image occurs twice
    path: str = ""
    written: int = 0  # lines in shards
    images_decoded: int = 0  # of them, by the check

    @property
    def input_bytes(self):
        return os.path.getsize(self.path)


ALL = [
    Corpus("photos", "79 % to keep, 21 % to convert, one line in 1000 over 10 MB", "photos", 3000, 8),
    Corpus("compliant", "nothing to convert", "compliant", 3000, 20, cat_target=0.7),
    Corpus("urls", "text and image URLs", "urls", 300_000, 40),
    Corpus("convert", "every image to convert", "convert", 600, 8),
    Corpus("mixed", "78 % to keep, 21 % to convert, 0.6 % over 10 MB", "mixed", 2000, 5),
    Corpus("heavy", "every image over 10 MB", "heavy", 30, 2.5),
    # What the cache of conversions is worth where images repeat, as in few-shot prefixes: rows apart, without targets.
    Corpus("convert-repeated", "160 images on 600 lines", "convert", 600, bank=160),
    Corpus("heavy-repeated", "10 images on 30 lines", "heavy", 30, bank=10),
]
FEWEST_EXAMPLES = 2


def existing(corpora, folder):
    """Those of which FOLDER has a file."""
    found = []
    for corpus in corpora:
        corpus.path = os.path.join(folder, corpus.name + ".jsonl")
        if os.path.exists(corpus.path):
            found.append(corpus)
        else:
            print(f"bench: no {corpus.path}; left out", flush=True)
    return found


def generated(corpora, program, folder, scale, seed, photos):
    """A file that an earlier run made is used again if it begins with the line that the program makes now."""
    os.makedirs(folder, exist_ok=True)
    for corpus in corpora:
        examples = max(FEWEST_EXAMPLES, round(corpus.examples * scale))
        source = "-" + os.path.basename(os.path.normpath(photos)) if photos else ""
        corpus.path = os.path.join(folder, f"{corpus.name}-{examples}-seed{seed}{source}.jsonl")
        generate = [program, "generate", "-q", "--mix", corpus.mix, "--seed", str(seed), "--bank", str(corpus.bank),
                    *(["--photos", photos] if photos else [])]
        if begins_with(corpus.path, [*generate, "-o", "-", "--examples", "1"]):
            continue
        print(f"bench: making {corpus.path}", flush=True)
        partial = corpus.path + ".partial"
        process.run([*generate, "-o", partial, "--force", "--examples", str(examples)])
        os.replace(partial, corpus.path)
    return corpora


def begins_with(path, command):
    if not os.path.exists(path):
        return False
    line = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    with open(path, "rb") as file:
        return file.read(len(line)) == line


class AtHand:
    """The corpus in the folder WORK while it is timed, where that is another filesystem."""

    def __init__(self, corpus, work):
        self.corpus, self.kept_path, self.copy = corpus, corpus.path, None
        if os.stat(corpus.path).st_dev != os.stat(work).st_dev:
            self.copy = os.path.join(work, os.path.basename(corpus.path))

    def __enter__(self):
        if self.copy:
            shutil.copyfile(self.kept_path, self.copy)
            self.corpus.path = self.copy

    def __exit__(self, *_):
        if self.copy:
            self.corpus.path = self.kept_path
            os.remove(self.copy)
