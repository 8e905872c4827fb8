"""Builds a wheel by CMake for pip (PEP 517), without any package but Python's own."""
import base64
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
METADATA = """Metadata-Version: 2.1
Name: visionshard
Version: {version}
Summary: Images and corpora of vision fine-tuning into what a provider accepts
Requires-Python: >=3.9
"""
WHEEL = """Wheel-Version: 1.0
Generator: visionshard
Root-Is-Purelib: false
Tag: {tag}
"""


VERSION = re.search(r"project\(visionshard VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
PYTHON = f"cp{sys.version_info.major}{sys.version_info.minor}"
TAG = f"{PYTHON}-{PYTHON}-{re.sub('[-.]', '_', sysconfig.get_platform())}"
INFORMATION = f"visionshard-{VERSION}.dist-info"


def get_requires_for_build_wheel(config_settings=None):
    return []


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError("visionshard is built from a checkout: pip install .")


def information():
    return {f"{INFORMATION}/METADATA": METADATA.format(version=VERSION).encode(),
            f"{INFORMATION}/WHEEL": WHEEL.format(tag=TAG).encode(),
            f"{INFORMATION}/LICENSE": (ROOT / "LICENSE").read_bytes()}


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    pathlib.Path(metadata_directory, INFORMATION).mkdir()
    for name, data in information().items():
        pathlib.Path(metadata_directory, name).write_bytes(data)
    return INFORMATION


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    files = compiled(ROOT / "build" / f"wheel-{TAG}") | information()
    wheel = f"visionshard-{VERSION}-{TAG}.whl"
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{INFORMATION}/RECORD"] = f"{record}{INFORMATION}/RECORD,,\n".encode()
    with zipfile.ZipFile(pathlib.Path(wheel_directory, wheel), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return wheel


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def compiled(build):
    """The package's files by their names. Compiles as many at once as CMAKE_BUILD_PARALLEL_LEVEL says, or processors."""
    jobs = os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count()))
    configure = ["cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                 "-DVISIONSHARD_DEVELOPER=OFF", "-DVISIONSHARD_PYTHON=ON", "-DVISIONSHARD_PYTHON_DIRECTORY=.",
                 f"-DPython3_EXECUTABLE={sys.executable}"]
    subprocess.run(configure, check=True)
    subprocess.run(["cmake", "--build", build, "--target", "visionshard_python", "--parallel", jobs], check=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cmake", "--install", build, "--component", "python", "--strip", "--prefix", folder], check=True)
        files = [path for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}
