"""A library that returns a wrong value causes one rejected line (internal_error), and the run continues."""
import os
import subprocess
import sys
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, CliTest, Output, image_line, text_line
from pictures import GREY, chunk, data_url, png_header

PRELOAD = os.environ.get("VISIONSHARD_MISBEHAVING_LIBPNG", "")


@unittest.skipUnless(os.path.exists(PRELOAD), "VISIONSHARD_MISBEHAVING_LIBPNG names no library to preload")
class InternalErrorTest(CliTest):
    def test_one_line_is_lost_and_told_of(self):
        # A row too many: such a file is libpng's to read.
        data = png_header(8, 8, 8, GREY) + chunk(b"IDAT", zlib.compress(bytes(9 * 9))) + chunk(b"IEND", b"")
        gray = image_line(data_url(data, "png"))
        path = self.write("a.jsonl", b"\n".join([text_line(1), gray, text_line(2)]) + b"\n")
        for options in ([], ["--on-bad-image", "drop"], ["--threads", "1"]):
            output = self.new_output_dir()
            done = subprocess.run([PROGRAM, "convert", path, "-o", output, *options], capture_output=True,
                                  env={**os.environ, "LD_PRELOAD": PRELOAD}, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            result = Output(output)
            self.assertEqual(result.written, [text_line(1), text_line(2)])
            record, = result.rejected
            self.assertEqual((record["reason"], record["source"]["line"]), ("internal_error", 2))
            self.assertEqual(record["raw"].encode(), gray)


if __name__ == "__main__":
    unittest.main()
