"""Bytes to characters: byte order marks, declared character sets, and plain line ends.

Knows the character sets that notes come in. Never fails: what cannot be told is read as Windows-1252.
"""

import re

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_CHARSET_WITHIN = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE
)
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f]")
_LINE_END = re.compile("\r\n?|\x0b|\x0c|\x85|\u2028|\u2029")


def decoded(raw: bytes, declared: str, *, is_markup: bool) -> str:
    """The characters of a text: by its byte order mark, its declared character set, else UTF-8, else Windows-1252."""
    found = _CHARSET.search(declared)
    inner = _CHARSET_WITHIN.search(raw[:1024]) if is_markup else None
    named = found[1] if found else inner[1].decode("ascii", "ignore") if inner else ""
    marked = next((codec for mark, codec in _BOMS if raw.startswith(mark)), "")
    for codec in (marked, _CODECS.get(named.lower(), ""), "utf-8"):
        try:
            if codec:
                return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp1252", "replace")


def is_text(found: str) -> bool:
    """False for characters that are hardly any: bytes of something else."""
    return len(_CONTROL.findall(found)) * 50 <= len(found)


def plain_lines(found: str) -> str:
    """The text with plain line ends, without control characters and spaces at line ends."""
    plain = _CONTROL.sub("", _LINE_END.sub("\n", found).replace("\xa0", " ").lstrip("\ufeff"))
    return "\n".join(line.rstrip() for line in plain.split("\n")).strip("\n")
