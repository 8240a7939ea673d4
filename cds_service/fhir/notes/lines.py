"""The lines and sentences of a note: what wraps, what ends a sentence, what no word goes over.

Knows punctuation, abbreviations and line breaks.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest

from cds_service.knowledge.cues import cue

Span = tuple[int, int]


MARK = re.compile(
    r"(?i)[ \t]*(?:section[ \t]+\d{1,2}[ \t]*[-–:.][ \t]*)?"
    r"(?:(?:[-*•·▪●>]+|\d{1,2}(?:\.\d{1,2})*[.)]|\d{1,2}(?:\.\d{1,2})+(?= )|\((?:\d{1,2}|[a-h])\)"
    r"|(?![rl][.)]|a\.[ \t]+(?:iliac|femor))[a-z]\d{0,2}[.)]|\.)[ \t]+"
    r"|#(?=[a-zA-Z])|#\d{1,2}:?[ \t]+(?=(?-i:[A-Z])))?"
)


_STOP = re.compile(r"[.!?](?=[\s\"')\]]|$)|;")
_ABBREVIATION = cue("abbreviation")
_BOUND = cue("bound")
PROSE = 55


def apart(text: str, lines: Sequence[Span]) -> str:
    """The text as long as it is, with a mark no word goes over at the end of each of its lines."""
    joined = _END.join([text[start:end] for start, end in lines])
    return (joined + _END * (len(text) - len(joined))).replace("\t", _END)


_END = "\x00"


def lines_of(text: str) -> list[Span]:
    """The lines of a text, lines that only wrap joined to what they continue."""
    raw = text.split("\n")
    if not raw[-1]:
        raw.pop()
    out: list[Span] = []
    start = at = 0
    for line, following in zip_longest(raw, raw[1:]):
        end = at + len(line)
        at = end + 1
        if following is None or not _wraps(line, following):
            out.append((start, end))
            start = at
    return out


def _wraps(line: str, following: str) -> bool:
    """True when the next line goes on with this one's sentence. What is cheap to see is looked at first."""
    this, then = line.rstrip(), following.lstrip()
    if not this or not then or this[-1] in ".:!?" or "|" in this or "\t" in this.strip():
        return False
    if _LEG_ALONE.fullmatch(this) or _HEADING_ALONE.fullmatch(then.rstrip()) or _is_separated(this, then):
        return False
    runs_on = then[0].islower() or this[-1] in ",(/&+-" or this.split()[-1].lower() in OPEN_WORDS
    if not runs_on and (len(this) < PROSE or _VESSEL_LINE.match(then)):
        return False
    if then.isupper() and len(then) < 40 and not this.isupper():
        return False
    if not runs_on and _LAST_BRACKETS.sub("", this).isupper() and not then[:2].isupper():
        return False
    if _LEG_LINE.fullmatch(this) or (_LEG_AND_VESSEL.match(then) and _opens_entry(line, following)):
        return False
    if _COLUMNS.search(this if runs_on else this + following) or _RULE.fullmatch(this):
        return False
    if MARK.match(following).end() > len(following) - len(then) or _HEADING_START.match(then):  # type: ignore[union-attr]
        return False
    if then[0].isdigit() and _DATED.match(then) and _DATED.match(this.lstrip()):
        return False
    if not runs_on and MARK.match(line).end() and _BEGINS.match(then) and _indent(following) <= _indent(line):  # type: ignore[union-attr]
        return False
    return not (_LISTED.match(this) and _LISTED.match(then))


def _opens_entry(line: str, following: str) -> bool:
    """True where a line that begins with a leg and a vessel stands below another such, a word alone, or further in."""
    above = line.strip()
    if above.split()[-1].lower() in OPEN_WORDS or above[-1] in ",(/&+-":
        return bool(_LEG_AND_VESSEL.match(above))
    return bool(_LEG_AND_VESSEL.match(above)) or _indent(following) > _indent(line) or " " not in above


_LAST_BRACKETS = re.compile(r"\([^()]{1,40}\)$")
_BEGINS = re.compile(r"(?:The|An?|This|That|These|There|No|He|She|We|I|It|Patient|All|Both)\s")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_separated(this: str, then: str) -> bool:
    """True for a line of an export, with nothing but a sign between two values; commas as many as in the next one."""
    if (this.count(";") >= _FEWEST_SIGNS and "; " not in this) or (_KEYED.match(this) and _KEYED.match(then)):
        return True
    return _FEWEST_SIGNS <= this.count(",") == then.count(",") and ", " not in this


_FEWEST_SIGNS = 3
_KEYED = re.compile(r"[\w.]{1,40};\S")
_VESSEL_LINE = re.compile(
    r"(?:(?:T?L|[Ll]esion|[Tt]arget|[Vv]essel|[Ss]egment)\s?#?\d\s?[:.)-]?\s+)?(?:[RL]t?\.?\s+)?[RL]?[CEI]IA\b"
    r"|(?:R(?:ight|IGHT|[tT]?\.?)|L(?:eft|EFT|[tT]?\.?))\s+(?:[cC]om|[eE]xt|[iI]nt|[hH]ypogastric|[iI]liac)",
)
_LEG_AND_VESSEL = re.compile(
    r"(?:right|left|[rl]t?)\.?\s+(?:com|ext|int|hypogastric|superficial|iliac|(?:[CEI]IA|[CS]FA)\b)", re.IGNORECASE
)
_HEADING_ALONE = re.compile(
    r"(?:(?:[Oo]perative|[Pp]rocedural?|[Aa]ngiographic|[Cc]linical|[Pp]ost-?\w*|[Pp]re-?\w*)\s+)?"
    r"(?:Narrative|Findings?|Technique|Procedure|Details?|Description|Indications?|Impression|Complications?|Plan|Course"
    r"|Summary|Conclusions?|History|Diagnos[ei]s|Results?|Access|Closure)(?:\s+(?:performed|in\s+detail|details?))?"
)
_LEG_ALONE = re.compile(r"\s*(?:\(?\d{1,2}[.)]\s*|[-*•>#]+\s*)?(?:R(?:IGHT|ight)|L(?:EFT|eft)|B(?:ILATERAL|ilateral))")
_COLUMNS = re.compile(r"\S {3,}\S")
_LEG_LINE = re.compile(r"\s*(?:right|left)\s+(?:side|leg|limb|lower\s+(?:limb|extremity))\s*", re.IGNORECASE)
_RULE = re.compile(r"[\s|+:=._-]*")
_DATED = re.compile(r"\d{4}\s|\d{1,2}[:.]\d{2}\b")
_LISTED = cue("listed")
_HEADING_START = re.compile(
    r"[A-Za-z][A-Za-z0-9 /&'()_\[\].-]{0,40}(?::(?:\s|$)|\s+=\s|\s+[-–—]{1,2}\s|\?\s+(?:yes|no|none)\b)"
)
OPEN_WORDS = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "in",
        "to",
        "and",
        "with",
        "for",
        "at",
        "by",
        "from",
        "was",
        "were",
        "is",
        "are",
        "no",
        "not",
        "without",
        "one",
        "this",
        "that",
        "per",
        "then",
        "right",
        "left",
        "common",
        "external",
        "internal",
    ]
)


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of a stretch of text; abbreviations and decimals end none, a list's numbers "(1) ... (2)" do."""
    items = list(_ITEM.finditer(text, start, end))
    if len(items) > 1 and [int(m.group(1)) for m in items] == list(range(1, len(items) + 1)):
        bounds = [start, *(m.start() for m in items), end]
        yield from (span for a, b in pairwise(bounds) for span in _sentences(text, a, b))
    else:
        yield from _sentences(text, start, end)


_ITEM = re.compile(r"(?<!\S)\(?(\d)\)(?=\s)")


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    at = start
    for match in _STOP.finditer(text, start, end):
        stop = match.end()
        if match.group() == "." and stop < end and _goes_on(text[max(at, stop - 12) : stop], text[stop : stop + 3]):
            continue
        if match.group() == ";" and _is_enclosed(text, at, stop, end):
            continue
        if text[at:stop].strip():
            yield _trim(text, at, stop)
        at = stop
    if text[at:end].strip():
        yield _trim(text, at, end)


_ENCLOSED = 120
_VESSELS = cue("listed-in-brackets")


def _is_enclosed(text: str, start: int, at: int, end: int) -> bool:
    """True for a semicolon within a pair of parentheses that lists vessels."""
    opened = text.rfind("(", max(start, at - _ENCLOSED), at)
    if opened < 0 or ")" in text[opened:at] or not _VESSELS.match(text, opened):
        return False
    closed = text.find(")", at, min(end, at + _ENCLOSED))
    return closed >= 0 and "(" not in text[at:closed]


def _goes_on(before: str, after: str) -> bool:
    """True for the full stop of an abbreviation; before a capital only for one that never ends a sentence."""
    capital = after.strip()[:1].isupper()
    if capital and re.search(r"(?:\d\s*[a-zA-Z]|\bon\s+the\s+[RL])\.$", before):
        return False
    return bool((_BOUND if capital else _ABBREVIATION).search(before))


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
