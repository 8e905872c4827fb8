"""What the tests of visionshard-screen share."""
import hashlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faces import face, middle_of_features
from harness import CliTest, image_line
from pictures import data_url, encode, photo

SCREEN = os.path.abspath(os.environ.get("VISIONSHARD_SCREEN", "build/release/visionshard-screen"))
SIDE, AT = 150, (120, 70)
FACE = encode(face(SIDE, at=AT), "JPEG", quality=92)
SMALL_FACE = encode(face(90, (300, 200), (30, 60)), "PNG")
NO_FACE = encode(photo(300, 200, 3), "JPEG")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def line_of(data, kind="jpeg", number=0):
    return image_line(data_url(data, kind), number)


class ScreenTest(CliTest):
    def screen(self, *args, status=0, stdin=b"", env=None):
        done = subprocess.run([SCREEN, *map(str, args)], input=stdin, capture_output=True, timeout=120,
                              env={**os.environ, **(env or {})})
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace")[-2000:])
        if status not in (0, 130):
            self.assertTrue(done.stderr.startswith(b"visionshard-screen: "), done.stderr)
        return done

    def list_of(self, lines, *options):
        """The entries for these lines, and the summary."""
        path = self.write("raw.jsonl", b"".join(line + b"\n" for line in lines))
        done = self.screen(path, "-o", self.dir / "faces.jsonl", "--json", *options)
        return [json.loads(entry) for entry in (self.dir / "faces.jsonl").read_text().splitlines()], json.loads(done.stdout)

    def left_over(self):
        return sorted(path.name for path in self.dir.iterdir() if path.name != "raw.jsonl")

    def check_box(self, found, side, at, size):
        """The square holds the middle of the features, and is about as large as they are."""
        x, y = middle_of_features(side, at)
        self.assertTrue(found["left"] < x < found["left"] + found["width"], found)
        self.assertTrue(found["top"] < y < found["top"] + found["height"], found)
        self.assertTrue(.6 * side < found["width"] < 1.5 * side, found)
        self.assertLessEqual(found["left"] + found["width"], size[0])
        self.assertLessEqual(found["top"] + found["height"], size[1])
