"""The signs of a note made plain: blanks, hyphens and line ends, spoken stops, leaders and markup.

Knows signs only. Every character stays in its place, so that a quote's offset is that of the text.
"""

import re

_ODD = (
    ("\u00a0", " "),
    ("\u202f", " "),
    ("\u2010", "-"),
    ("\u2011", "-"),
    ("\u2012", "-"),
    ("\r", "\n"),
    ("\u200b", " "),
)
_STOPS = ("period", "full stop", "new paragraph", "next line")
_SPOKEN_STOP = re.compile(
    r"(?<!\b[atAT]he)(?<!\ba)(?<!\bthis)(?<!\bthat)(?<!\bsame)(?<!\btime)(?<!-)(?<!\bminute)(?<!\bsecond)[ ]"
    rf"(?:{'|'.join(_STOPS)})(?=[ ]+(?!of\b|between\b|with\b|for\b)|\s*$)"
)
_LEADERS = re.compile(r"(?<=[ \w)])\.{3,}(?= )")
_ROMAN = re.compile(r"\((i{1,3})\)")
_EMPTY_BOX = re.compile(r"\([ _]\)|[□○◯]")
_BOX = re.compile(r"\(([ _xX✓✔*])\)|[□○◯■●◉]")
_HEADING_MARKS = re.compile(r"(?m)^(?:[ \t]*\*\*(?=[A-Za-z][^*\n]*\*\*[ \t]*:?[ \t]*$)|[ \t]*#{2,6}[ \t]+(?=\S))")
_LEG_AT_HEAD = re.compile(
    r"(?m)^([ \t]*(?:RIGHT|LEFT|Right|Left|Rt|Lt|R|L)(?:[ ](?:leg|side))?[ ]?)[-\u2013](?= +\w)"
    r"(?! +(?:[CS]FA|radial|brachial|(?:common )?femoral|groin|access|sheath|arm)\b)"
)
_NAME_AT_HEAD = re.compile(r"(?m)^([ \t]*(?i:target|lesion|vessel|segment)[ ]#?[1-9A-D])\.(?=[ ]+[A-Z])")
_ASKED = re.compile(r"(?m)^([ \t]*(?:(?i:which)[ ]\w+(?:[ ]\w+)?|[A-Z]\w+(?:[ ]\w+){0,4}))\?(?=[ ]+[\w(])")
_LEG_SENTENCE = re.compile(
    r"(?m)^([ \t]*(?:RIGHT|LEFT|Right|Left)[ ](?:LEG|SIDE|LIMB|leg|side|limb))\."
    r"(?=[ ]+(?:The[ ])?(?:[CEI]IA\b|(?i:common|external|internal|hypogastric)\b))"
)
_LEG_APART = re.compile(
    r"(?m)^([ \t]*(?:RIGHT|LEFT|Right|Left)[ ](?:LEG|SIDE|LIMB|leg|side|limb))[ ]{2}"
    r"(?= +(?:[CEI]IA|(?i:common|external|internal))\b)"
)
_VESSEL_AT_HEAD = re.compile(
    r"(?m)((?:^(?=[^\n]{0,120}\S[ ]{3}\S)[ \t]*|:[ \t]*|(?<=[ ]{3}))(?:(?i:right|left|[RL]t?)\.?[ ])?"
    r"(?:[RL]?[CEI]IA|(?i:common|external|internal)[ ](?i:iliac)(?:[ ](?i:artery))?)[ ])(-{1,2}|[\u2013\u2014])"
    r"(?=[ ](?:\d{1,3}[ ]?%|(?i:(?:total|chronic|severe|moderate|mild|complete)[ ])?"
    r"(?i:occl|CTO|stenos|patent|normal)))"
)
_SMART = re.compile(r"S\.M\.A\.R\.T\.?")  # a product; its stops end no sentence
_PICK_LIST = re.compile(r"\{[^{}:\"\n]{1,40}:{1,2}\d+(?:\}|:{0,2}(?=[\"\u201c]))")  # the name of a field, not its value
_MARKUP = re.compile(r"(?<![\w*@])(?:\*\*|@)(?=[A-Za-z])|(?<=[\w.:)])(?:\*\*|@)(?=[\s:]|$)")


def plain(text: str) -> str:
    """The text with plain blanks, hyphens and line ends, no markup, every character in its place.

    A colon stands for dots, and for the dash after a leg that heads its line or a vessel that heads its finding.
    """
    for odd, sign in _ODD:
        text = text.replace(odd, sign)
    if "..." in text:
        text = _LEADERS.sub(lambda m: ":" + " " * (len(m.group()) - 1), text)
    if any(stop in text for stop in _STOPS) and len(_SPOKEN_STOP.findall(text)) > 1:
        text = _SPOKEN_STOP.sub(lambda m: ".\n" + " " * (len(m.group()) - 2), text)
    if "(ii)" in text:
        text = _ROMAN.sub(lambda m: f"({len(m[1])})".ljust(len(m.group())), text)
    if "{" in text:
        text = _PICK_LIST.sub(lambda m: " " * len(m.group()), text)
    if "S.M.A.R.T" in text:
        text = _SMART.sub(lambda m: "SMART".ljust(len(m.group())), text)
    if "? " in text and len(_ASKED.findall(text)) > 2:
        text = _ASKED.sub(r"\1:", text)
    text = _NAME_AT_HEAD.sub(r"\1:", _LEG_SENTENCE.sub(r"\1:", text))
    if "   " in text:
        text = _LEG_APART.sub(r"\1: ", text)
    if "- " in text or "\u2013 " in text:
        text = _LEG_AT_HEAD.sub(r"\1:", text)
        text = _VESSEL_AT_HEAD.sub(lambda m: m[1] + ":".ljust(len(m[2])), text)
    if _EMPTY_BOX.search(text):
        text = _BOX.sub(_square, text)
    if "**" in text or "##" in text:
        text = _HEADING_MARKS.sub(lambda m: "\n" * len(m.group()), text)
    return _MARKUP.sub(lambda m: " " * len(m.group()), text) if "**" in text or "@" in text else text


def _square(box: re.Match[str]) -> str:
    """A box of parentheses or of another sign as one of brackets; such signs are boxes only beside an empty one."""
    if box.group(1):
        return "[ ]" if box.group(1) in " _" else "[x]"
    return "☐" if box.group() in "□○◯" else "☒"
