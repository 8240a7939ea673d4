"""Nets: patterns that catch every text and code in which the reader could see a leg artery or a stent, and little else.

Knows how to widen the lexicon's patterns until a linear-time engine can run them. A net may catch too much, never too
little: what is caught is shown to the reader itself.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import re2

from cds_service.knowledge.code_map import CodeMap
from cds_service.knowledge.terminology import Concept, Terminology
from cds_service.knowledge.terms import Lexicon

_EDGE_BEFORE, _EDGE_AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_BEFORE, _AFTER = r"(?:^|[^A-Za-z0-9])", r"(?:[^A-Za-z0-9]|$)"
_LOOK_AROUND = re.compile(r"\(\?(?:=|!|<=|<!)")
_SPACE = r"[\t-\r\x1c-\x20\x80-\xff]"
_MEMORY = 64 << 20
# Letters that Python's patterns take for these when case does not matter, and signs that notes write for "-" and " ".
_ODD = str.maketrans(
    {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k", "\u200b": " "}
    | {chr(c): "-" for c in range(0x2010, 0x2014)}
)
_SIGNS = tuple((chr(odd), sign) for odd, sign in _ODD.items())  # a few are replaced sooner than all are looked up
_ODD_SIGNS = [(chr(odd).encode(), sign.encode()) for odd, sign in _ODD.items()]
_CELLS = (b"|", b"\t", b"  ")
_SHORT, _POINTER = 2, 3
# The names of what points at a structure, `structures.has_target`.
_POINTERS = (r"targetBodyStructure", r"StructureDefinition/bodySite", r"bodyStructure")
# No JSON holds this sign as it is: it stands for a backslash while the other escapes are read.
_BACKSLASH = b"\x01"
_ESCAPES = [(rb"\\", _BACKSLASH), (rb'\"', b'"'), (rb"\/", b"/"), (rb"\n", b"\n"), (rb"\t", b"\t"), (rb"\r", b"\r"),
            (rb"\b", b"\b"), (rb"\f", b"\f")]  # fmt: skip


class Net:
    """A set of patterns run at once over bytes, in time that grows with the length of the text only."""

    def __init__(self, *patterns: Iterable[str]) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = _MEMORY
        self._set = re2.Set.SearchSet(options)
        for group in patterns:
            self._set.Add("|".join(f"(?:{p})" for p in dict.fromkeys(group)).encode())
        self._set.Compile()

    def caught(self, written: bytes) -> list[int]:
        """The numbers of the patterns that match, in the order they were given."""
        return self._set.Match(written) or []


class PlaceNet:
    """Catches what may name an artery of a leg: by its words, by a code, or by a short name in a table."""

    def __init__(self, lexicons: Sequence[Lexicon], terminology: Terminology, local: CodeMap) -> None:
        codes = [*_codes(terminology, local, _is_place), *map(re.escape, terminology.knowledge.codes)]
        self._net = Net(
            (p for lexicon in lexicons for p in _patterns(lexicon, "vessel")),
            [_any_of(codes)],
            (p for lexicon in lexicons for p in _patterns(lexicon, "short")),
            _POINTERS,
        )

    def catches(self, text: str) -> bool:
        """True when a text may name a place."""
        return self.catches_ascii(_encoded(text))

    def catches_ascii(self, written: bytes) -> bool:
        """True when a text may name a place; signs beyond ASCII were translated before."""
        return _is_enough([n for n in self._net.caught(written) if n != _POINTER], written)

    def catches_json(self, written: bytes) -> bool:
        """True when a string in JSON may name a place, or a member may point at a structure.

        `written` is sound JSON in UTF-8. Its keys and its signs are looked at as well, so that it catches more than
        the strings would.
        """
        written = _as_read(written)
        return _is_enough(self._net.caught(written), written)


class StentNet:
    """Catches the words and codes of an act that may tell of a stent without a place; `lexicon` is that of phrases."""

    def __init__(self, lexicon: Lexicon, terminology: Terminology, local: CodeMap) -> None:
        codes = [_any_of(_codes(terminology, local, _is_stent))]
        self._net = Net(_patterns(lexicon, "treatment", "stent"), codes)

    def catches(self, text: str) -> bool:
        """True when a text may tell of a stent."""
        return bool(self._net.caught(_encoded(text)))

    def catches_json(self, written: bytes) -> bool:
        """True when a string in sound JSON in UTF-8 may tell of a stent."""
        return bool(self._net.caught(_as_read(written)))


def _is_enough(found: Sequence[int], written: bytes) -> bool:
    """False where nothing was caught, and for a short name alone where neither a table is nor the pair of names."""
    if found != [_SHORT]:
        return bool(found)
    return any(cell in written for cell in _CELLS) or (b"common" in (small := written.lower()) and b"external" in small)


def charge_net(codes: Iterable[str]) -> Net:
    """A net for charge codes, with or without a modifier written behind them."""
    return Net([_any_of(map(re.escape, codes), after="")])


def widened(pattern: str) -> str:
    """A pattern without look-around that matches wherever the pattern does; any sign beyond ASCII counts as a space.

    What must stand before, or at the very end after a match, becomes part of it; any other condition is let go.
    """
    pattern = pattern.replace(_EDGE_BEFORE, _BEFORE).replace(_EDGE_AFTER, _AFTER)
    out = pattern.replace(r"\s", _SPACE)
    while (found := _LOOK_AROUND.search(out)) is not None:
        end = _closing(out, found.start())
        inner, rest = out[found.end() : end], out[end + 1 :]
        stays = found.group() == "(?<=" or (found.group() == "(?=" and rest in ("", ")"))
        out = out[: found.start()] + (f"(?:{inner})" if stays else "") + rest
    return out


def _any_of(codes: Iterable[str], *, after: str = _AFTER) -> str:
    return _BEFORE + "(?:" + "|".join(sorted(set(codes))) + ")" + after


def _encoded(text: str) -> bytes:
    """A text as a net takes it."""
    if not text.isascii():
        for odd, sign in _SIGNS:
            text = text.replace(odd, sign)
    return text.encode("utf-8", "replace")


def _as_read(written: bytes) -> bytes:
    """Sound JSON as a net takes it: without escapes and odd signs."""
    if b"\\" in written:
        written = _unescaped(written)
    if b"\xe2" in written or b"\xc4" in written or b"\xc5" in written:  # with which the odd signs begin
        written = _replaced(written, _ODD_SIGNS)
    return written


def _unescaped(written: bytes) -> bytes:
    """Sound JSON with what its escapes mean in their place."""
    written = _replaced(written, _ESCAPES)
    if b"\\" in written:  # numbered ones are left, those of a pair one by one
        text = written.decode().encode("raw_unicode_escape").decode("raw_unicode_escape")
        written = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()
    return written.replace(_BACKSLASH, b"\\")


def _replaced(written: bytes, signs: Iterable[tuple[bytes, bytes]]) -> bytes:
    for sign, other in signs:
        written = written.replace(sign, other)
    return written


def _closing(pattern: str, start: int) -> int:
    """Where the parenthesis that opens at `start` closes; escapes and classes are passed over."""
    depth, at, in_class = 0, start, False
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\":
            at += 1
        elif in_class or sign == "[":
            in_class = sign != "]"
        elif sign in "()":
            depth += 1 if sign == "(" else -1
            if depth == 0:
                return at
        at += 1
    raise ValueError(f"unbalanced pattern {pattern!r}")


def _patterns(lexicon: Lexicon, kind: str, value: str = "") -> Iterator[str]:
    yield from sorted({widened(t.pattern.pattern) for t in lexicon.terms if t.kind == kind and value in ("", t.value)})


def _codes(shipped: Terminology, local: CodeMap, is_meant: Callable[[Concept], bool]) -> Iterator[str]:
    """The codes of concepts, shipped and a site's own, and all of ICD-10-PCS by their root operation."""
    known = [(k[1], c) for table in (shipped.concepts, local.concepts) for k, c in table.items()]
    for code, concept in known:
        if is_meant(concept):
            yield re.escape(code.strip().translate(_ODD)).replace(r"\.", r"\.?")
    yield from (f"{value}[0-9A-Z]{{4}}" for axis, value in shipped.pcs if axis == "operation")


def _is_place(concept: Concept) -> bool:
    return concept.territory is not None


def _is_stent(concept: Concept) -> bool:
    return concept.treatment == "stent" and concept.territory is None
