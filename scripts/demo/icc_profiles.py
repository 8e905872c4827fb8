"""Small ICC version 2 profiles: a gamma gray, a wide RGB, and a CMYK made of a two-point table."""
import struct


def _s15(value):
    return struct.pack(">i", round(value * 65536))


def _xyz(x, y, z):
    return b"XYZ \0\0\0\0" + _s15(x) + _s15(y) + _s15(z)


def _gamma(value):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256)) + b"\0\0"


def _text(text):
    body = text.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(body)) + body + bytes(78)


def _profile(device_class, space, connection, tags):
    tags = {b"desc": _text("demo " + space.decode().strip()), b"cprt": b"text\0\0\0\0public domain\0",
            b"wtpt": _xyz(0.9642, 1.0, 0.8249), **tags}
    table, body, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = offset + len(body)
    date = struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    head = (struct.pack(">I", size) + b"\0\0\0\0" + b"\x02\x10\0\0" + device_class + space + connection + date + b"acsp"
            + bytes(28) + _s15(0.9642) + _s15(1.0) + _s15(0.8249))
    return head + bytes(128 - len(head)) + table + body


def gray():
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _gamma(1.8)})


def wide_rgb():
    """Adobe RGB primaries with gamma 2.2, chromatically adapted to D50."""
    columns = {b"rXYZ": (0.60974, 0.31111, 0.01947), b"gXYZ": (0.20528, 0.62567, 0.06087),
               b"bXYZ": (0.14919, 0.06322, 0.74457)}
    tags = {name: _xyz(*xyz) for name, xyz in columns.items()}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags | {name: _gamma(2.2) for name in (b"rTRC", b"gTRC", b"bTRC")})


def cmyk():
    """Lab corners of the ink cube: first ink varies slowest, as in every ICC table."""
    inks = [(95, 0, 0), (58, -35, -48), (50, 72, -5), (26, 22, -46), (90, -6, 90), (52, -65, 27), (49, 66, 46),
            (24, 2, 2)]
    order = [inks[c | m << 1 | y << 2] for c in (0, 1) for m in (0, 1) for y in (0, 1)]
    grid = [lab for l, a, b in order for lab in ((l, a, b), (l * 0.17, a * 0.05, b * 0.05))]
    identity = bytes(range(256))
    table = b"".join(bytes((round(l * 2.55), round(a + 128), round(b + 128))) for l, a, b in grid)
    matrix = b"".join(_s15(v) for v in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + matrix + identity * 4 + table + identity * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": lut})
