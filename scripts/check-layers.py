#!/usr/bin/python3
"""Fails if a module includes a module that is not listed for it here."""
import pathlib
import re
import sys

MODULES = {
    "base": [],
    "base64": [],
    "codec": ["base"],
    "input": ["base"],
    "exclusion": ["base", "input"],
    "example": ["base"],
    "store": ["base"],
    "image": ["base", "base64", "codec", "example"],
    "near_duplicates": ["base", "codec", "image"],
    "layout": ["base", "example", "image"],
    "output": ["base", "base64", "input", "example", "image", "near_duplicates"],
    "engine": ["base", "input"],
    "line": ["base", "base64", "codec", "input", "exclusion", "example", "store", "image", "near_duplicates", "layout",
             "output", "engine"],
    "report": ["base", "base64", "codec", "input", "example", "image", "layout", "output", "engine", "line"],
    "convert": ["base", "base64", "codec", "input", "exclusion", "example", "store", "image", "layout", "output", "engine",
                "line", "report"],
    "check": ["base", "base64", "codec", "input", "example", "store", "image", "layout", "output", "engine", "line"],
    "generate": ["base", "base64", "codec", "image"],
    "fetch": ["base", "codec", "input", "example", "store", "image", "engine", "line"],
    "distribute": ["base", "base64", "codec", "input", "exclusion", "example", "store", "image", "near_duplicates", "output",
                   "engine", "line", "report", "convert"],
    "screen": ["base", "base64", "codec", "input", "example", "image", "engine", "line", "report"],
    "cli": ["base", "screen"],
    "python": [],
}
# The module that a public header belongs to, and so from which on it may be included. Headers of plain data, which all
# modules share, belong to base.
PUBLIC = {
    "base64": "base64", "image": "image", "convert": "convert", "line": "check", "line_images": "line", "check": "check",
    "fetch": "fetch", "distribute": "distribute", "exclude": "exclusion", "generate": "generate",
}
# The one folder, or the few files, that may include a library's headers.
ONLY_IN = {
    r"tbb/": ["engine/graph.cpp"],
    r"simdjson\.h": ["example/token_finder.cpp", "output/manifest_reader.cpp", "base/json_pointer.cpp", "base/json_reader.h",
                        "output/run_fingerprint.cpp", "exclusion/skipped_in_json.cpp"],
    r"jpeglib\.h|jerror\.h": ["codec/jpeg/library.h", "codec/library_versions.cpp"],
    r"codec/jpeg/(library|compressor)\.h": ["codec/", "generate/encoders.cpp"],
    r"turbojpeg\.h": ["codec/jpeg/rotate.cpp"],
    r"png\.h": ["codec/png/strict.cpp", "codec/library_versions.cpp"],
    r"webp/": ["codec/webp/webp.cpp", "codec/library_versions.cpp"],
    r"lcms2\.h": ["codec/icc.cpp", "codec/library_versions.cpp"],
    r"gif_lib\.h": ["codec/gif.cpp", "codec/library_versions.cpp"],
    r"tiffio\.h": ["codec/tiff/", "codec/library_versions.cpp"],
    r"libheif/": ["codec/heif/heif.cpp"],
    r"openjpeg\.h": ["codec/jpeg_2000.cpp"],
    r"jxl/": ["codec/jpeg_xl.cpp"],
    r"curl/": ["fetch/curl_library.h"],
    r"ares\.h": ["fetch/resolver.cpp"],
    r"dlib/": ["screen/face_detector.cpp"],
    r"openssl/": ["base/sha256.cpp"],
    r"xxhash\.h": ["base/xxh128.cpp"],
    r"CLI/|toml\+\+/": ["cli/"],
    r"pybind11/": ["python/"],
}
# The library never prints or exits.
FORBIDDEN = re.compile(r"\b(std::cout|std::cerr|printf\(|fmt::print\(|std::exit\(|std::abort\(|std::terminate\()")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    wrong = []
    for path in sorted((root / "src").rglob("*.[ch]*")):
        relative = path.relative_to(root / "src")
        module = relative.parts[0]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            place = f"src/{relative}:{number}"
            if module != "cli" and FORBIDDEN.search(line):
                wrong.append(f"{place}: the library must not print or exit: {line.strip()}")
            found = re.match(r'#include ([<"])([^>"]+)[>"]', line)
            if not found:
                continue
            header = found[2]
            if found[1] == '"':
                other = header.split("/")[0]
                if other != module and other not in MODULES.get(module, []):
                    wrong.append(f"{place}: {module} must not include {header}")
            public = re.fullmatch(r"visionshard/(\w+)\.h", header)
            owner = PUBLIC.get(public[1], "base") if public else "base"
            if owner not in (module, "base") and module not in ("cli", "python") and owner not in MODULES[module]:
                wrong.append(f"{place}: {module} must not include {header}, which belongs to {owner}")
            for pattern, places in ONLY_IN.items():
                if re.match(pattern, header) and not any(str(relative).startswith(p) for p in places):
                    wrong.append(f"{place}: {header} belongs to {', '.join(places)}")
    for path in sorted((root / "include").rglob("*.h")):
        for header in re.findall(r'#include "([^"]+)"', path.read_text()):
            wrong.append(f"{path.relative_to(root)}: a public header must not include {header}")
        owner = PUBLIC.get(path.stem, "base")
        for other in re.findall(r"#include <visionshard/(\w+)\.h>", path.read_text()):
            other_owner = PUBLIC.get(other, "base")
            if other_owner not in (owner, "base") and other_owner not in MODULES[owner]:
                wrong.append(f"{path.relative_to(root)}: {other}.h belongs to {other_owner}, which comes later")
    print("\n".join(wrong) or "layers: every include points forwards")
    return 1 if wrong else 0


sys.exit(main())
