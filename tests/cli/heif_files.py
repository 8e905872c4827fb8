"""HEIC and AVIF files with properties that no encoder writes: their boxes (ISO/IEC 14496-12, 23008-12) put together
again around the coded picture that an encoder made."""
import struct


def box(kind, body):
    return struct.pack(">I4s", 8 + len(body), kind) + body


def boxes(data):
    """Pairs of kind and body."""
    at, found = 0, []
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        size = size or len(data) - at
        found.append((kind, data[at + 8:at + size]))
        at += size
    return found


def irot(quarter_turns):
    return box(b"irot", bytes([quarter_turns]))


def imir(axis):
    return box(b"imir", bytes([axis]))


def clap(picture, left, top, width, height):
    """What is left of a picture of a size: the offsets are from center to center, in halves."""
    return box(b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, 2 * left + width - picture[0], 2,
                                    2 * top + height - picture[1], 2))


def ispe(width, height):
    return box(b"ispe", struct.pack(">III", 0, width, height))


def with_properties(data, added, order=None, wide_indexes=False, size=None, tiles_too=False):
    """The file with `added` properties for each of its items but the tiles of others. `order` takes the kinds of an item's properties, those
    that were there and then the new ones, and returns their places in the new order; `size` replaces `ispe`."""
    top = boxes(data)
    old_meta = dict(top)[b"meta"]
    parts = boxes(old_meta[4:])
    container, body = (dict(boxes(dict(parts)[b"iprp"]))[kind] for kind in (b"ipco", b"ipma"))
    kinds = [kind for kind, _ in boxes(container)]
    properties = b"".join(ispe(*size) if size and kind == b"ispe" else box(kind, property)
                          for kind, property in boxes(container)) + b"".join(added)
    kinds += [new[4:8] for new in added]
    new_indexes = [len(kinds) - len(added) + 1 + i for i in range(len(added))]
    tiles = set() if tiles_too else tile_items(dict(parts).get(b"iref", b""))
    entries, at = [], 8
    old_wide, long_ids = body[3] & 1, body[0]
    for _ in range(struct.unpack_from(">I", body, 4)[0]):
        item, = struct.unpack_from(">I" if long_ids else ">H", body, at)
        at += 4 if long_ids else 2
        count, at = body[at], at + 1
        indexes = []
        for _ in range(count):
            indexes.append(struct.unpack_from(">H", body, at)[0] & 0x7FFF if old_wide else body[at] & 0x7F)
            at += 2 if old_wide else 1
        entries.append((item, indexes if item in tiles else indexes + new_indexes))
    wide = wide_indexes or old_wide
    table = struct.pack(">II", long_ids << 24 | bool(wide), len(entries))
    for item, indexes in entries:
        if order and item not in tiles:
            indexes = [indexes[place] for place in order([kinds[index - 1] for index in indexes])]
        table += struct.pack(">I" if long_ids else ">H", item) + bytes([len(indexes)])
        for index in indexes:
            essential = kinds[index - 1] in (b"irot", b"imir", b"clap", b"av1C", b"hvcC")
            table += struct.pack(">H", essential << 15 | index) if wide else bytes([essential << 7 | index])
    iprp = box(b"ipco", properties) + box(b"ipma", table)

    def meta(shift):
        rest = [(k, iprp if k == b"iprp" else moved(b, shift) if k == b"iloc" else b) for k, b in parts]
        return old_meta[:4] + b"".join(box(k, b) for k, b in rest)

    grown = len(meta(0)) - len(old_meta)
    return b"".join(box(kind, meta(grown) if kind == b"meta" else body) for kind, body in top)


def tile_items(iref):
    """What other items are put together from."""
    found, wide = set(), iref[:1] == b"\1"
    for kind, body in boxes(iref[4:]):
        numbers = struct.unpack(f">{len(body) // 2}H", body) if not wide else None
        if kind == b"dimg":
            found |= set(numbers[2:] if numbers else
                         struct.unpack(f">{(len(body) - 6) // 4}I", body[6:]))
    return found


def moved(iloc, shift):
    """An `iloc` body whose offsets into the file are larger by `shift`."""
    version = iloc[0]
    sizes = [iloc[4] >> 4, iloc[4] & 15, iloc[5] >> 4, iloc[5] & 15 if version else 0]
    out, at = bytearray(iloc), 6

    def number(size):
        nonlocal at
        at += size
        return int.from_bytes(iloc[at - size:at], "big")

    def add(size):
        nonlocal at
        value = number(size) + shift
        out[at - size:at] = value.to_bytes(size, "big")

    for _ in range(number(4 if version == 2 else 2)):
        number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        number(2)
        base = sizes[2]
        if method == 0 and base:
            add(base)
        else:
            number(base)
        for _ in range(number(2)):
            number(sizes[3])
            if method == 0 and not base:
                add(sizes[0])
            else:
                number(sizes[0])
            number(sizes[1])
    return bytes(out)


VIDEO = box(b"ftyp", b"mp42\0\0\0\0mp42isom") + box(b"moov", box(b"mvhd", bytes(100))) + box(b"mdat", bytes(3000))
