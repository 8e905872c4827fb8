import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, NamedTuple, TypedDict, TypeVar

from typing_extensions import Buffer, Unpack

__version__: str

_Data = TypeVar("_Data", bound=Buffer)
_Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]
_ProfileName = Literal["openai", "azure", "together", "fireworks", "none"]
_Effect = Literal["refused", "skipped", "cut", "warning"]

class Fault(Exception):
    code: str
    detail: str
    def __init__(self, code: str, detail: str) -> None: ...

class RunError(Exception):
    status: Literal["refused", "failed"]
    message: str
    def __init__(self, status: str, message: str) -> None: ...

class Finding(NamedTuple):
    code: str
    effect: _Effect
    repairable: bool
    line: int
    pointer: str
    detail: str

class Progress(NamedTuple):
    done_bytes: int
    total_bytes: int | None
    lines: int
    written: int
    rejected: int
    images: int
    stage: str

class Report(dict[str, Any]):
    # Keys, here and in what they hold, are attributes too.
    def __getattr__(self, name: str) -> Any: ...

class _Limits(TypedDict, total=False):
    max_images_per_example: int | None
    max_image_bytes: int | None
    max_image_examples: int | None
    max_shard_bytes: int | None
    min_examples: int | None
    max_url_chars: int | None
    max_image_tokens: int | None
    webp: bool
    exact_media_type: bool
    images_user_only: bool
    example_rules: bool
    function_role: bool
    developer_to_system: bool
    system_first_only: bool
    user_required: bool
    refusal_parts: bool
    weight_on_any_role: bool
    integer_weight: bool
    image_weight_zero: bool
    tool_rules: bool
    alternate_roles: bool
    uniform_contents: bool
    known_keys_only: bool
    preference_images: bool
    one_output_message: bool
    string_outputs: bool
    prompt_not_by_assistant: bool
    reinforcement: bool
    strict_file: bool
    max_pixels: int
    orient: Literal["bake", "keep"]

class _FitImage(_Limits, total=False):
    urls: bool
    verify: Literal["structure", "pixels"]
    min_quality: int
    fit_model: Literal["off", "tiles"]
    detail: Literal["auto", "low", "high"]

class _CheckLine(_Limits, total=False):
    urls: bool
    model: Literal["gpt-4o", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"]

class _Check(_CheckLine, total=False):
    from_: Literal["auto", "chat", "responses", "blocks", "contents", "conversations", "marked", "parts"]
    max_line_bytes: int
    max_tokens: int
    image_root: str | os.PathLike[str]
    store: str | os.PathLike[str]
    threads: int
    memory: int

class _Convert(_Limits, total=False):
    verify: Literal["structure", "pixels"]
    min_quality: int
    fit_model: Literal["off", "tiles"]
    detail: Literal["keep", "low", "high", "auto"]
    measure: bool
    on_bad_image: Literal["reject", "drop"]
    on_assistant_image: Literal["reject", "drop"]
    image_root: str | os.PathLike[str]
    urls: bool | Literal["keep", "inline"]  # of a profile, or the option
    store: str | os.PathLike[str]
    from_: Literal["auto", "chat", "responses", "blocks", "contents", "conversations", "marked", "parts"]
    layout: Literal["chat", "llamafactory", "swift", "trl"]
    images: Literal["inline", "files"]
    shards: int
    duplicates: Literal["keep", "drop"]
    max_tokens: int
    exclude: _Path | Iterable[_Path]
    on_excluded: Literal["exclude", "drop"]
    sample: float
    validation: int | float
    split_by: str
    keep_split: _Path
    shuffle: bool
    near_duplicates: Literal["off", "report", "group", "drop"]
    seed: int
    prefix: str
    rejects: Literal["full", "reference"]
    digest: Literal["xxh128", "sha256"]
    max_line_bytes: int
    threads: int
    memory: int
    force: bool
    resume: bool
    no_sync: bool
    stall_timeout: int

def fit_image(data: _Data, profile: _ProfileName = "openai", **limits: Unpack[_FitImage]) -> _Data | bytes: ...
def check_line(text: str | Buffer, profile: _ProfileName = "openai", **limits: Unpack[_CheckLine]) -> list[Finding]: ...
def check(
    paths: _Path | Iterable[_Path],
    profile: _ProfileName = "openai",
    *,
    progress: Callable[[Progress], object] | None = None,
    **options: Unpack[_Check],
) -> Report: ...
def convert(
    inputs: _Path | Iterable[_Path],
    output: _Path,
    profile: _ProfileName = "openai",
    *,
    progress: Callable[[Progress], object] | None = None,
    **options: Unpack[_Convert],
) -> Report: ...
def iter_shard(path: _Path, part: int = 0, of: int = 1) -> Iterator[tuple[bytes, list[memoryview]]]: ...
