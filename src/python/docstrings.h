// What help() prints of the native functions. tests/python runs the examples.
#pragma once

namespace visionshard::python {

inline constexpr char fit_image_doc[] = R"(fit_image(data, profile='openai', **limits)
--

Return an image that the provider accepts, with the least loss.

data: bytes of an image file (JPEG, PNG, WebP, GIF, BMP, TIFF, Netpbm and, where
    they are built in, HEIC, AVIF, JPEG 2000 and JPEG XL), as bytes or any other
    contiguous buffer. It is not copied, and must not change meanwhile.
profile: 'openai', 'azure', 'together', 'fireworks' or 'none'.
limits: override the profile's: max_image_bytes (bytes; None: no limit), webp
    (False: WebP is converted), and any other limit, so that one dict serves all
    functions. And what the command line has of images:
    max_pixels: width times height, larger ones are refused unread (178956970)
    orient: 'bake' (apply Exif orientation) or 'keep'
    verify: 'structure' (containers and checksums) or 'pixels' (decode in full)
    min_quality: 1 to 95, below it an image is made smaller instead (60)
    fit_model: 'off', or 'tiles' to reduce it to what such a model sees
    detail: 'auto', 'low' or 'high', for fit_model='tiles'

Returns the very object `data` where the image is accepted as it is, else bytes
of a JPEG, PNG or WebP. Other threads run meanwhile; threads may call it at
once. The same bytes and options give the same bytes.

Raises visionshard.Fault (code: 'empty_image', 'unknown_format',
'unsupported_format', 'corrupt_image', 'too_many_pixels', 'cannot_fit' or
'internal_error'), TypeError and ValueError for arguments, MemoryError.

>>> import pathlib, visionshard
>>> photo = pathlib.Path('photo.jpg').read_bytes()
>>> visionshard.fit_image(photo) is photo
True
>>> len(visionshard.fit_image(photo, max_image_bytes=20_000)) <= 20_000
True
)";

inline constexpr char check_line_doc[] = R"(check_line(text, profile='openai', **limits)
--

Return what the provider would find wrong with one line of JSON Lines.

text: str, or bytes or another contiguous buffer of UTF-8, without its newline.
limits: override the profile's, as for convert; and max_pixels, orient, and
    model ('gpt-4o', 'gpt-4.1', 'gpt-4.1-mini' or 'gpt-4.1-nano': by whose count
    tokens are held against max_image_tokens).

Returns a list of visionshard.Finding in document order, empty where it would be
accepted. Every image is decoded in full; images by URL are not fetched. Other
threads run meanwhile.

>>> import visionshard
>>> line = '{"messages": [{"role": "user", "content": "Hello"}]}'
>>> [finding] = visionshard.check_line(line)
>>> finding.code, finding.effect, finding.repairable
('no_assistant', 'skipped', False)
)";

}  // namespace visionshard::python
