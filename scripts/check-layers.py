#!/usr/bin/python3
"""Fails on an include that points backwards: a room includes only the rooms named for it here."""
import pathlib
import re
import sys

ROOMS = {
    "base": [],
    "base64": [],
    "codec": ["base"],
    "input": ["base"],
    "example": ["base"],
    "image": ["base", "base64", "codec", "example"],
    "generate": ["base", "base64", "codec", "image"],
    "rewrite": ["base", "example"],
    "shard": ["base"],
    "report": ["base", "base64", "example", "shard"],
    "pipeline": ["base", "base64", "codec", "input", "example", "image", "rewrite", "shard", "report"],
    "distribute": ["base", "base64", "codec", "input", "image", "generate", "shard", "report", "pipeline"],
    "cli": [],
}
# The one folder, or the few files, that may include a library's headers.
ONLY_IN = {
    r"tbb/": ["pipeline/graph.cpp"],
    r"simdjson\.h": ["example/parse.cpp", "report/manifest_reader.cpp", "report/json_reader.h",
                        "report/fingerprint.cpp"],
    r"jpeglib\.h|jerror\.h": ["codec/jpeg_library.h", "codec/library_versions.cpp"],
    r"codec/jpeg_library\.h": ["codec/", "generate/odd_formats.cpp"],
    r"turbojpeg\.h": ["codec/jpeg_turn.cpp"],
    r"png\.h": ["codec/png_strict.cpp", "codec/library_versions.cpp"],
    r"webp/": ["codec/webp.cpp", "codec/library_versions.cpp"],
    r"lcms2\.h": ["codec/colour.cpp", "codec/library_versions.cpp"],
    r"gif_lib\.h": ["codec/gif.cpp", "codec/library_versions.cpp"],
    r"tiffio\.h": ["codec/tiff.cpp", "codec/library_versions.cpp"],
    r"libheif/": ["codec/heif.cpp"],
    r"openssl/": ["shard/sha256.cpp"],
    r"xxhash\.h": ["shard/xxh128.cpp"],
    r"CLI/|toml\+\+/": ["cli/"],
}
# The library never prints or exits.
FORBIDDEN = re.compile(r"\b(std::cout|std::cerr|printf\(|fmt::print\(|std::exit\(|std::abort\(|std::terminate\()")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    wrong = []
    for path in sorted((root / "src").rglob("*.[ch]*")):
        relative = path.relative_to(root / "src")
        room = relative.parts[0]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            place = f"src/{relative}:{number}"
            if room != "cli" and FORBIDDEN.search(line):
                wrong.append(f"{place}: the library must not print or exit: {line.strip()}")
            found = re.match(r'#include ([<"])([^>"]+)[>"]', line)
            if not found:
                continue
            header = found[2]
            if found[1] == '"':
                other = header.split("/")[0]
                if other != room and other not in ROOMS.get(room, []):
                    wrong.append(f"{place}: {room} must not include {header}")
            for pattern, places in ONLY_IN.items():
                if re.match(pattern, header) and not any(str(relative).startswith(p) for p in places):
                    wrong.append(f"{place}: {header} belongs to {', '.join(places)}")
    for path in sorted((root / "include").rglob("*.h")):
        for header in re.findall(r'#include "([^"]+)"', path.read_text()):
            wrong.append(f"{path.relative_to(root)}: a public header must not include {header}")
    print("\n".join(wrong) or "layers: every include points forwards")
    return 1 if wrong else 0


sys.exit(main())
