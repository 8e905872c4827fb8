"""Payloads that are no image that can be converted are named: formats as unsupported, what is no image as unknown."""
import base64
import bz2
import gzip
import io
import json
import lzma
import os
import struct
import sys
import tarfile
import unittest
import wave
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, image_line
from pictures import TINY_PNG, TINY_URL, corners, data_url, encode


def zip_of():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.png", TINY_PNG)
    return file.getvalue()


def tar_of():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo("a.png")
        entry.size = len(TINY_PNG)
        archive.addfile(entry, io.BytesIO(TINY_PNG))
    return file.getvalue()


def wav_of():
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(100))
    return file.getvalue()


def box(kind, data):
    return struct.pack(">I", 8 + len(data)) + kind + data


def pillow(kind, mode="RGB", size=(64, 64), **options):
    return encode(corners(*size).convert(mode), kind, **options)


# Written by Pillow where it can write them; the others are what begins such a file.
FORMATS = {
    "ICO": [pillow("ICO")], "TGA": [pillow("TGA"), pillow("TGA", "L"), pillow("TGA", "P"), pillow("TGA", compression="tga_rle"),
                                  pillow("TGA")[:-26]],
    "PCX": [pillow("PCX"), pillow("PCX", "1")], "ICNS": [pillow("ICNS", size=(128, 128))], "EPS": [pillow("EPS")],
    "SGI": [pillow("SGI")], "DDS": [pillow("DDS", "RGBA")], "PDF": [pillow("PDF")],
    "DICOM": [bytes(128) + b"DICM" + bytes(200)],
    "CR3": [box(b"ftyp", b"crx \0\0\0\1crx isom") + bytes(64)], "RAF": [b"FUJIFILMCCD-RAW 0201" + bytes(100)],
    "RW2": [b"IIU\0\x08\0\0\0" + bytes(100)], "ORF": [b"IIRO\x08\0\0\0" + bytes(100), b"IIRS\x08\0\0\0" + bytes(99)],
    "CRW": [b"II\x1a\0\0\0HEAPCCDR" + bytes(100)], "X3F": [b"FOVb" + bytes(100)],
    "SVG": [b'<svg xmlns="http://www.w3.org/2000/svg"/>', b'<?xml version="1.0"?>\n<!-- a -->\n<svg/>', b'\xef\xbb\xbf \n<SVG></SVG>'],
    "PSD": [b"8BPS\0\1" + bytes(100)], "JPEG XR": [b"II\xbc\x01" + bytes(100)], "XCF": [b"gimp xcf v011\0" + bytes(50)], "QOI": [b"qoif" + bytes(50)],
    "WMF": [b"\xd7\xcd\xc6\x9a" + bytes(50)], "FITS": [b"SIMPLE  =                    T" + b" " * 2850],
}
NO_IMAGES = {
    "HTML": [b"<!DOCTYPE html><html><body>404 Not Found</body></html>", b"\n\n<html>\n<head>", b"<!-- x -->\n<HTML>"],
    "JSON": [b'{"error":{"code":404,"message":"no such object"}}', b" [1, 2]"],
    "XML": [b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>'],
    "Git LFS": [b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n"],
    "gzip": [gzip.compress(TINY_PNG)], "zip": [zip_of()], "xz": [lzma.compress(TINY_PNG)], "bzip2": [bz2.compress(TINY_PNG)], "tar": [tar_of()],
    "encoded twice": [base64.b64encode(TINY_PNG), base64.encodebytes(TINY_PNG * 9), TINY_URL.encode()],
    "b'...'": [str(TINY_PNG).encode()], "URL": [b"https://example.org/a.png"],
    "video": [box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41") + bytes(64), box(b"ftyp", b"qt  \0\0\0\0qt  ") + bytes(64),
              b"\x1a\x45\xdf\xa3" + bytes(64), b"RIFF\x10\0\0\0AVI LIST" + bytes(64)],
    "sound": [wav_of(), b"ID3\x04\0\0" + bytes(64), b"fLaC" + bytes(64), b"OggS" + bytes(64)],
    "Parquet": [b"PAR1" + bytes(64)], "zeros": [bytes(64)],
    "hello, world": [b"hello, world"], "\"Access denied\"": [b"Access denied\n"],
}


class NamedBytes(CliTest):
    def check_named(self, table, reason, wording):
        for name, samples in table.items():
            for data in samples:
                with self.subTest(name, size=len(data)):
                    record = self.outcomes([image_line(data_url(data, "png"))])[0].record
                    self.assertEqual(record["reason"], reason, record["detail"])
                    self.assertIn(name, record["detail"])
                    self.assertIn(wording, record["detail"])
                    self.assertLess(len(record["detail"]), 250)

    def test_formats_are_unsupported_by_name(self):
        self.check_named(FORMATS, "unsupported_format", "cannot be converted")

    def test_what_is_no_image_is_unknown_by_name(self):
        self.check_named(NO_IMAGES, "unknown_format", "are no image, but")

    def test_what_nobody_knows_says_so(self):
        record = self.outcomes([image_line(data_url(b"\x91\x02\x17\xee" * 20, "png"))])[0].record
        self.assertEqual(record["reason"], "unknown_format")
        self.assertIn("80 bytes do not start like any image", record["detail"])

    def test_check_names_them_too(self):
        path = self.write("in.jsonl", image_line(data_url(NO_IMAGES["HTML"][0], "png")) + b"\n")
        done = self.run_program("check", path, "--json")
        group, = (group for group in json.loads(done.stdout)["findings"] if group["code"] == "unknown_format")
        self.assertIn("HTML", group["first"][0]["detail"])


if __name__ == "__main__":
    unittest.main()
