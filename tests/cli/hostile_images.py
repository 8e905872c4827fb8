"""Image files that no encoder writes: small ones that take a decoder or a reader of headers very long, or much memory."""
import struct

from heif_files import box, boxes, ispe


def full_box(kind, version, body):
    return box(kind, struct.pack(">I", version << 24) + body)


def meta_of_items(items, types, references, associations, properties, data):
    """The `meta` box of a HEIF file whose last item is the primary one, and all of whose items' data is in `idat`."""
    entries = b"".join(full_box(b"infe", 2, struct.pack(">HH4s", item, 0, kind) + b"\0") for item, kind in zip(items, types))
    table = b"".join(struct.pack(">HHHHII", item, 1, 0, 1, sum(map(len, data[:place])), len(data[place]))
                     for place, item in enumerate(items))
    return full_box(b"meta", 0, b"".join((
        full_box(b"pitm", 0, struct.pack(">H", items[-1])),
        full_box(b"iinf", 0, struct.pack(">H", len(items)) + entries),
        full_box(b"iref", 0, references),
        box(b"iprp", box(b"ipco", properties) + full_box(b"ipma", 0, struct.pack(">I", len(items)) + associations)),
        full_box(b"iloc", 1, b"\x44\0" + struct.pack(">H", len(items)) + table),
        box(b"idat", b"".join(data)))))


def derived_avif(coded, kind, steps, times, size, canvas=None, coded_size=None):
    """The picture of an AVIF file inside `steps` images of a kind (`iovl` or `grid`) that each refer so many times to the
    one before. `size` is what the header says of the picture and of all others, `canvas` what they say in their own data,
    `coded_size` what the header says of the picture alone."""
    top = dict(boxes(coded))
    container = dict(boxes(dict(boxes(top[b"meta"][4:]))[b"iprp"]))[b"ipco"]
    properties = box(b"av1C", dict(boxes(container))[b"av1C"]) + ispe(*size) + ispe(*(coded_size or size))
    items = list(range(1, steps + 2))
    references = b"".join(box(b"dimg", struct.pack(">HH", item, times) + struct.pack(">H", item - 1) * times)
                          for item in items[1:])
    associations = b"".join(struct.pack(">HB", item, 2) + (b"\x81\x03" if item == 1 else b"\x02\x02") for item in items)
    width_height = struct.pack(">HH", *(canvas or size))
    whole = (b"\0\0\0\0" + width_height if kind == b"grid" else
             b"\0\0" + struct.pack(">4H", 0, 0, 0, 65535) + width_height + bytes(4 * times))
    data = [top[b"mdat"]] + [whole] * steps
    types = [b"av01"] + [kind] * steps
    return box(b"ftyp", b"avif\0\0\0\0mif1avifmiaf") + meta_of_items(items, types, references, associations, properties, data)


def heic_of_boxes(*parts, after=b""):
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + full_box(b"meta", 0, full_box(b"pitm", 0, b"\0\1") + b"".join(parts)) + after


def heic_whose_items_are_the_rest_of_the_file(items, zeros):
    """The data of each item begins at the first byte and has the length 0: up to the end."""
    properties = box(b"iprp", box(b"ipco", box(b"hvcC", b"\1" + bytes(22))))
    table = b"".join(struct.pack(">HHH", item, 0, 1) for item in range(items))
    return heic_of_boxes(properties, full_box(b"iloc", 0, b"\0\0" + struct.pack(">H", items) + table),
                         after=box(b"mdat", bytes(zeros)))


def heic_grid_of_one_tile(times, associations):
    """A grid that names one tile so many times, and as many entries on the properties of an item."""
    return heic_of_boxes(
        full_box(b"iinf", 0, struct.pack(">H", 1) + full_box(b"infe", 2, struct.pack(">HH4s", 1, 0, b"grid") + b"\0")),
        full_box(b"iref", 1, box(b"dimg", struct.pack(">IH", 1, 0) + struct.pack(">I", 7) * times)),
        box(b"iprp", box(b"ipco", ispe(64, 64)) +
            full_box(b"ipma", 1, struct.pack(">I", associations) + struct.pack(">IB", 9, 0) * associations)),
        full_box(b"iloc", 1, b"\x44\0" + struct.pack(">HHHHHII", 1, 1, 1, 0, 1, 0, 8)),
        box(b"idat", b"\0\0\0\0" + struct.pack(">HH", 64, 64)))


def heic_of_empty_associations(count):
    return heic_of_boxes(box(b"iprp", box(b"ipco", b"") +
                             full_box(b"ipma", 0, struct.pack(">I", count) + struct.pack(">HB", 9, 0) * count)))


def jp2_with_palette(codestream, width, height, columns):
    """A codestream of one channel as indexes of a palette of one black entry with so many columns."""
    header = (box(b"ihdr", struct.pack(">IIHBBBB", height, width, 1, 7, 7, 0, 0)) +
              box(b"colr", b"\1\0\0" + struct.pack(">I", 16)) +
              box(b"pclr", struct.pack(">HB", 1, columns) + b"\7" * columns + bytes(columns)) +
              box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, column) for column in range(columns))))
    return (box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"jp2h", header) +
            box(b"jp2c", codestream))


def bits(text):
    """As JPEG pads and stuffs them."""
    text += "1" * (-len(text) % 8)
    return bytes(int(text[at:at + 8], 2) for at in range(0, len(text), 8)).replace(b"\xff", b"\xff\0")


def jpeg_segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg_of_empty_scans(side, scans, orientation):
    """A progressive gray JPEG whose scans each say of all blocks, in a few bytes, that they have no coefficients but
    the first."""
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    blocks = (side // 8) ** 2
    runs, left = "", blocks
    while left:  # T.81 G.1.2.2: runs of up to 32,767 blocks, as EOB14 and 14 bits
        length = min(14, left.bit_length() - 1)
        run = min(left, (2 << length) - 1)
        runs += format(length, "04b") + (format(run - (1 << length), f"0{length}b") if length else "")
        left -= run
    scan = jpeg_segment(0xDA, b"\1\1\0\1\x3f\0") + bits(runs)
    return b"".join((
        b"\xff\xd8", jpeg_segment(0xE1, exif), jpeg_segment(0xDB, b"\0" + b"\1" * 64),
        jpeg_segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0"),
        jpeg_segment(0xC4, b"\0\1" + bytes(15) + b"\0"),
        jpeg_segment(0xC4, b"\x10\0\0\0\x0f" + bytes(12) + bytes(n << 4 for n in range(15))),
        jpeg_segment(0xDA, b"\1\1\0\0\0\0") + bits("0" * blocks), scan * scans, b"\xff\xd9"))


def tiff_of_packets(size, count):
    """A directory that is marked as a reduced copy and followed by itself, with so many XMP packets that are all of one
    text of the letter with which the name of the orientation begins."""
    end = 8 + 2 + 12 * (count + 1) + 4
    entries = struct.pack("<HHII", 254, 4, 1, 1) + struct.pack("<HHII", 700, 1, size, end) * count
    return b"II*\0" + struct.pack("<IH", 8, count + 1) + entries + struct.pack("<I", 8) + b"t" * size
