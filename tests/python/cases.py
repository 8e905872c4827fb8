"""What the tests of the Python package share. VISIONSHARD_PYTHON is the package's PYTHONPATH."""
import base64
import io
import json
import os
import pathlib
import sys
import tempfile
import unittest

PACKAGE = os.path.abspath(os.environ.get("VISIONSHARD_PYTHON", "build/release/python"))
sys.path.insert(0, PACKAGE)

from PIL import Image  # noqa: E402


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def noise(width=160, height=120):
    return Image.merge("RGB", [Image.effect_noise((width, height), 60) for _ in range(3)])


def url_of(data, kind="jpeg"):
    return f"data:image/{kind};base64," + base64.b64encode(data).decode()


def line_of(*urls):
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return json.dumps({"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": "y"}]})


def images_by_json(line):
    urls = [part["image_url"]["url"] for part in json.loads(line)["messages"][0]["content"]]
    return [base64.b64decode(url.split(",")[1]) for url in urls if url.startswith("data:")]


PHOTO = encoded(noise(), "JPEG", quality=90)
GRAY = encoded(Image.linear_gradient("L"), "PNG")


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="visionshard-python-")
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def write(self, name, *lines, end="\n"):
        pathlib.Path(name).write_text("\n".join(lines) + end)
        return name
