"""The files of an export: which there are, in which portions they are read, and their lines.

Knows plain, gzip and zstd files. Knows no FHIR. A portion is what one worker reads and what a resumed run repeats.
"""

import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

ENDINGS = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz", ".ndjson.zst", ".jsonl.zst")
PORTION = 32 * 1024 * 1024
LONGEST = 128 * 1024 * 1024
_MARK = b"\xef\xbb\xbf"
_BLOCK = 64 * 1024
_PACKED = 64 * 1024  # unpacks to 64 MB at the very most
_BROKEN = (EOFError, OSError, zlib.error, zstandard.ZstdError)


class NoInput(Exception):
    """Nothing can be read at a path; the message says why and what would be right."""


# Consecutive lines, without the end of the last, and where they begin: the byte, of a packed file the byte unpacked.
Block = tuple[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Bytes [start, end) of a file, the lines that begin in them; `end` None for a compressed file, read as a whole.

    `name` is what rejects call the file: its path within the folder that was given.
    """

    number: int
    path: str
    name: str
    start: int
    end: int | None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return (Path(self.path).stat().st_size if self.end is None else self.end) - self.start


class Interrupted(Exception):
    """A file ends, or cannot be unpacked, in the middle; the message says how."""


def files_of(paths: Iterable[str]) -> list[tuple[Path, str]]:
    """Every file of an export with the name rejects call it, in a stable order, each once.

    Raises:
        NoInput: there is no such path, or a folder without NDJSON files.
    """
    found: dict[Path, str] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and p.name.endswith(ENDINGS))
            if not inside:
                raise NoInput(f"{given}: the folder has no file that ends in {', '.join(ENDINGS)}")
            for file in inside:
                found.setdefault(file.resolve(), file.relative_to(path).as_posix())
        elif path.is_file():
            found.setdefault(path.resolve(), path.name)
        else:
            raise NoInput(f"{given}: there is no such file or folder")
    return sorted(found.items(), key=lambda f: (f[1], str(f[0])))


def portions_of(files: Iterable[tuple[Path, str]], size: int = PORTION) -> list[Portion]:
    """The portions of files, numbered in order."""
    spans: list[tuple[Path, str, int, int | None]] = []
    for path, name in files:
        if _is_packed(path):
            spans.append((path, name, 0, None))
        else:
            whole = path.stat().st_size
            spans += [(path, name, at, min(at + size, whole)) for at in range(0, max(whole, 1), size)]
    return [
        Portion(number=n, path=str(p), name=name, start=start, end=end) for n, (p, name, start, end) in enumerate(spans)
    ]


def blocks_of(portion: Portion) -> Iterator[Block]:
    """The lines of a portion in blocks.

    Raises:
        Interrupted: the file is cut off or damaged; the lines before were yielded.
    """
    if portion.end is None:
        with open(portion.path, "rb") as raw:
            yield from _blocks(_unpacked(raw), 0, None)
        return
    with open(portion.path, "rb", buffering=0) as raw:
        at = _first_line(raw, portion.start)
        if at < portion.end:
            raw.seek(at)
            yield from _blocks(raw, at, portion.end)


def blocks_of_packed(content: bytes) -> Iterator[Block]:
    """The lines of a compressed file that is in memory already.

    Raises:
        Interrupted: as `blocks_of`.
    """
    yield from _blocks(_unpacked(io.BufferedReader(io.BytesIO(content))), 0, None)


def unmarked(at: int, line: bytes) -> bytes:
    """A line without the byte order mark that some systems put at the start of a file."""
    return line if at else line.removeprefix(_MARK)


def _blocks(raw: "BinaryIO | io.RawIOBase | _Unpacked", at: int, end: int | None) -> Iterator[Block]:
    """Lines that begin before `end`."""
    rest: list[bytes] = []
    held = 0
    while end is None or at < end:
        try:
            read = raw.read(_BLOCK) or b""
        except _BROKEN as error:
            raise Interrupted(f"the file cannot be unpacked to its end: {error}") from None
        if not read:
            break
        last = read.rfind(b"\n")
        if last >= 0:
            block = b"".join([*rest, read[:last]])
            rest, read, held = [], read[last + 1 :], 0
            if end is not None and at + len(block) >= end:
                block = block[: _end_of_line(block, end - at)]
            yield at, block
            at += len(block) + 1
        rest.append(read)
        held += len(read)
        if held > LONGEST:
            raise Interrupted(f"a line is longer than {LONGEST >> 20} MB; the rest of the file is not read")
    if held and (end is None or at < end):
        yield at, b"".join(rest)


def _end_of_line(block: bytes, room: int) -> int:
    """Where the last line ends that begins within so many bytes."""
    found = block.find(b"\n", room - 1)
    return len(block) if found < 0 else found


def _first_line(raw: io.RawIOBase, start: int) -> int:
    """Where the first line begins at or after a byte: a line that began before it belongs to the portion before."""
    if start == 0:
        return 0
    at = start - 1
    raw.seek(at)
    while block := raw.read(_BLOCK) or b"":
        found = block.find(b"\n")
        if found >= 0:
            return at + found + 1
        at += len(block)
    return at


def _is_packed(path: Path) -> bool:
    return path.suffix in (".gz", ".zst")


def _unpacked(raw: BinaryIO) -> "BinaryIO | _Unpacked":
    """The stream by what its first bytes say it is, whatever its name."""
    start = raw.peek(4)[:4] if isinstance(raw, io.BufferedReader) else b""
    if start[:2] == b"\x1f\x8b":
        return _Unpacked(raw, lambda: zlib.decompressobj(wbits=31))
    if start == b"\x28\xb5\x2f\xfd":
        return _Unpacked(raw, lambda: zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj())
    return raw


class _Member(Protocol):
    """One compressed member of a file, as zlib and zstandard unpack it."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class _Unpacked:
    """A stream of compressed members that hands out all there is before it says that the file is cut off."""

    def __init__(self, raw: BinaryIO, begin: Callable[[], _Member]) -> None:
        self._raw, self._begin, self._rest = raw, begin, b""
        self._member: _Member | None = None
        self._found, self._given = b"", 0

    def read(self, size: int) -> bytes:
        """The next bytes, no more than `size`; empty at the end.

        Raises:
            EOFError: the file ends within a member.
        """
        if self._given >= len(self._found):
            self._found, self._given = self._more(), 0
        part = self._found[self._given : self._given + size]
        self._given += size
        return part

    def _more(self) -> bytes:
        while True:
            packed = self._rest or self._raw.read(_PACKED)
            if self._member is None:
                packed = packed.lstrip(b"\0")  # tapes and some tools pad behind a member
            if not packed:
                if self._member is not None:
                    raise EOFError("it ends before its end-of-stream marker")
                return b""
            member = self._member = self._member or self._begin()
            found = member.decompress(packed)
            self._rest = member.unused_data if member.eof else b""
            self._member = None if member.eof else member
            if found:
                return found
