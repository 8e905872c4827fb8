"""Turns images, lines and corpora of vision fine-tuning into what a provider accepts.

fit_image    one image file's bytes to acceptable ones
check_line   what a provider would find wrong with one line
check        the same of whole files
convert      corpora of JSON Lines to upload-ready shards
iter_shard   the lines of a shard with their images, for data loaders

Options have the names of the command line, with underscores. Sizes are bytes. Functions release the GIL while they work.
"""
import json as _json
import operator as _operator
import os as _os
import typing as _typing

from . import _native
from ._native import check_line, fit_image

__all__ = ["Fault", "Finding", "Progress", "Report", "RunError", "check", "check_line", "convert", "fit_image",
           "iter_shard"]
__version__ = _native.version


class Fault(Exception):
    """An image or a line that cannot be used.

    code: stable, a reason of rejected.jsonl such as 'corrupt_image'
    detail: what was found, with the numbers that matter
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class RunError(Exception):
    """A run that did not finish.

    status: 'refused' (nothing was changed: the output exists, for instance) or 'failed' (input or output failed)
    message: one sentence that names the thing and the way out
    """

    def __init__(self, status: str, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message

    def __str__(self) -> str:
        return self.message


class Finding(_typing.NamedTuple):
    """One thing that a provider would find wrong."""

    code: str
    """Stable: a reason of rejected.jsonl, or a kind of conversion such as 'jpeg_grey'."""
    effect: str
    """'refused' (the whole file), 'skipped' (the example), 'cut' (its end) or 'warning'."""
    repairable: bool
    """Whether convert repairs it."""
    line: int
    """From 1 within the text."""
    pointer: str
    """JSON pointer into the line; empty where none applies."""
    detail: str


class Progress(_typing.NamedTuple):
    """How far a run is."""

    done_bytes: int
    """Of the input files as they are."""
    total_bytes: "int | None"
    """None where nobody knows, as of a pipe."""
    lines: int
    written: int
    rejected: int
    images: int
    stage: str
    """That most threads are in, such as 'convert'; empty where none is."""


class Report(dict):
    """What the command line prints with --json, as a dict whose keys are attributes too: report.counts.written."""

    def __getattr__(self, name: str) -> object:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def _path(path) -> bytes:
    encoded = _os.fsencode(path)
    if not encoded or b"\0" in encoded:
        raise ValueError(f"a path must not be empty or have a null byte in it: {path!r}")
    return encoded


def _paths(paths) -> "list[bytes]":
    if isinstance(paths, (str, bytes, _os.PathLike)):
        paths = [paths]
    return [_path(path) for path in paths]


def _report(text: str) -> Report:
    return _json.loads(text, object_hook=Report)


def check(paths, profile="openai", *, progress=None, **options) -> Report:
    """Look at whole files as the provider would, and change nothing.

    paths: JSON Lines files (gzip and zstd too), folders of them, or the folder of a finished run; one or several
    progress: called with a Progress some times a second; what it raises ends the check
    options: limits that override the profile's, max_pixels, orient, model, image_root, max_line_bytes, max_tokens, store,
        threads: default all usable processors; 1 works without the scheduler
        memory: bytes in flight (default a quarter of RAM, at most 2 GiB)

    Returns a Report: accepted, skipped, findings (by code, with the first three places), counts, files, images, ...
    Ctrl-C ends it. Raises RunError where input cannot be read; TypeError and ValueError for arguments.

    >>> import visionshard
    >>> report = visionshard.check('raw.jsonl')
    >>> report.accepted, sorted(finding.code for finding in report.findings)
    (False, ['no_assistant', 'png_grey', 'too_few_examples'])
    """
    return _report(_native.check(_paths(paths), profile, progress, **options))


def convert(inputs, output, profile="openai", *, progress=None, **options) -> Report:
    """Convert corpora into upload-ready shards; every line ends in exactly one place.

    inputs: JSON Lines files (gzip and zstd too) or folders of them; one or several
    output: the folder to write, made if it is not there; 'none' writes nothing, and './none' a folder of that name
    progress: called with a Progress some times a second; what it raises ends the run, which can be resumed
    options: limits that override the profile's (max_images_per_example, max_image_bytes, max_image_examples,
        max_shard_bytes and every other key of a profile file; a number may be None: no limit), and of the command line
        max_pixels, orient, verify, min_quality, fit_model, detail, measure, on_bad_image, on_assistant_image,
        image_root, urls, store, from_ (--from), layout, images, shards, duplicates, max_tokens, exclude (one path or
        several), on_excluded, sample (percent), validation (an int: examples, a float: percent), split_by, keep_split,
        shuffle, near_duplicates, seed, prefix, rejects, digest, max_line_bytes, threads, memory (bytes), force, resume,
        no_sync, stall_timeout (seconds)

    Returns a Report: counts, rejects (by reason), conversions, shards, warnings, seconds, ...
    Ctrl-C ends it when the images at work are done, a second one at once; resume=True continues. Raises RunError where
    the options cannot be carried out or input or output fails, TimeoutError where nothing moves for stall_timeout
    seconds, TypeError and ValueError for arguments. A process forked by one that ran convert or check needs threads=1.

    >>> import visionshard
    >>> report = visionshard.convert('raw.jsonl', 'upload')
    >>> report.counts.written, report.rejects
    (2, {'no_assistant': 1})
    """
    return _report(_native.convert(_paths(inputs), _path(output), profile, progress, **options))


def iter_shard(path, part=0, of=1):
    """Iterate over (line, images) of a shard: the line as bytes without its newline, and its images as memoryviews.

    path: a JSON Lines file that is not compressed
    part, of: lines that begin in the part-th of so many ranges of equal length, from 0. All parts together have every
        line once, so that each worker of a data loader reads one.

    The images are the files in the line's data URLs, in document order; those by http(s) URL are left out, and blank
    lines too. Raises Fault for a line that cannot be read, with its place (the next step goes on after it), OSError and
    ValueError.

    >>> import visionshard
    >>> for line, images in visionshard.iter_shard('upload/train-00000.jsonl'):
    ...     print(len(images), bytes(images[0][:4]))
    1 b'\\x89PNG'
    1 b'\\xff\\xd8\\xff\\xe0'
    """
    part, of = _operator.index(part), _operator.index(of)
    if not 0 <= part < of < 2**32:
        raise ValueError(f"part must be from 0 to of - 1, not {part} of {of}")
    return _native.ShardIterator(_path(path), part, of)
