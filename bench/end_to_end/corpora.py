"""The corpora: what each is, what is asked of the program on it, and where its file is."""
import os
from dataclasses import dataclass

import process


@dataclass
class Corpus:
    name: str
    mix: str
    examples: int
    target: float  # times the speed of the Pillow pool
    cat_target: float = 0  # share of the rate of cat
    every_image_differs: bool = False
    path: str = ""
    written: int = 0  # lines in shards
    images_decoded: int = 0  # of them, by the check

    @property
    def input_bytes(self):
        return os.path.getsize(self.path)


ALL = [
    Corpus("compliant", "compliant", 3000, 15, cat_target=0.7),
    Corpus("urls", "urls", 300_000, 40),
    Corpus("convert", "convert", 600, 8),
    Corpus("mixed", "mixed", 2000, 6),
    Corpus("heavy", "heavy", 30, 3),
    # The program keeps what became of a repeated value. These have none, which shows what that is worth.
    Corpus("convert-unique", "convert", 600, 8, every_image_differs=True),
    Corpus("heavy-unique", "heavy", 30, 3, every_image_differs=True),
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
    """A file that an earlier run made of the same numbers is used again."""
    os.makedirs(folder, exist_ok=True)
    for corpus in corpora:
        examples = max(FEWEST_EXAMPLES, round(corpus.examples * scale))
        source = "-photos" if photos else ""
        corpus.path = os.path.join(folder, f"{corpus.name}-{examples}-seed{seed}{source}.jsonl")
        if os.path.exists(corpus.path):
            continue
        partial = corpus.path + ".partial"
        if os.path.exists(partial):
            os.remove(partial)
        print(f"bench: making {corpus.path}", flush=True)
        process.run([program, "generate", "-o", partial, "--mix", corpus.mix, "--seed", str(seed), "--examples",
                     str(examples), *(["--bank", "0"] if corpus.every_image_differs else []),
                     *(["--photos", photos] if photos else [])])
        os.replace(partial, corpus.path)
    return corpora
