"""Hook requests and notes, damaged in every way that a client, a network or an attacker can damage them.

Knows JSON and the shapes of FHIR. A mutation takes a request that is its own to change and a source of chance, and
gives what becomes of it. `LESSENING` ones only take away or spoil what a record says: they add no word and no code.
"""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tests.properties.bombs import attachments, graphs

Mutation = Callable[[Any, Random], Any]

# Characters that hide, turn, join, end, forbid or imitate others.
ODD = [
    "\u202e", "\u2066", "\u200f", "\u200b", "\u200d", "\ufeff", "\u0000", "\u001b[2J", "\r\n", "\u2028", "\u0085", "\u007f",
    "\u0130", "\u212a", "\u017f", "\ufb01", "e\u0301\u0301\u0301", "\u0661", "\uff11", "\u00bd", "\U0001f9b5", "\U000e0041", "\ufffd", "\uffff",
    "\u0430", "<script>", "](javascript:x)", "{{7*7}}", "${7*7}", "%s%n", "' OR 1=1 --", "../../etc/passwd", "=cmd()",
]  # fmt: skip
JUNK: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, -(10**30), 1e308, "", " ", "x", "0", "null", [], {}, [[]], [{}], [None], {"": ""}, {"coding": "x"},
    {"coding": [None, 1, "x", [], {"code": 7}]}, {"reference": {"reference": {}}}, {"text": []}, {"resourceType": "Bundle", "entry": 1},
    {"resourceType": 5}, "9999-99-99T99:99:99Z", "0000-00-00", "2026-03-04T25:61:61+99:99", "+999999-01-01", "1" * 5000, "#", "#/#", "urn:uuid:", "//",
]  # fmt: skip


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a value that holds something: its container and its key or index."""
    todo = [value]
    while todo:
        held = todo.pop()
        keys = list(held) if isinstance(held, dict) else list(range(len(held))) if isinstance(held, list) else []
        for key in keys:
            yield held, key
            todo.append(held[key])


def _picked(sent: Any, random: Random, wanted: Callable[[Any], bool] = lambda _: True) -> tuple[Any, Any] | None:
    found = [(held, key) for held, key in spots(sent) if wanted(held[key])]
    return random.choice(found) if found else None


def _is_resource(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("resourceType"), str) and value["resourceType"] != "Bundle"


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("reference"), str)


def _within(sent: Any) -> Any:
    """The record of a request: what says who calls and why is left alone."""
    return sent.get("prefetch", {}) if isinstance(sent, dict) else sent


def dropped(sent: Any, random: Random) -> Any:
    """One element less."""
    if spot := _picked(_within(sent), random):
        del spot[0][spot[1]]
    return sent


def spoiled(sent: Any, random: Random) -> Any:
    """A value in place of which there is nothing that says anything."""
    if spot := _picked(_within(sent), random):
        spot[0][spot[1]] = random.choice((None, [], {}, "", 0, "zz", [None]))
    return sent


def corrupted(sent: Any, random: Random) -> Any:
    """A string with some of its characters lost: bytes that did not come through."""
    if spot := _picked(_within(sent), random, lambda v: isinstance(v, str) and v):
        held, key = spot
        letters = list(held[key])
        for _ in range(random.randint(1, 4)):
            letters[random.randrange(len(letters))] = "\ufffd"
        held[key] = "".join(letters)
    return sent


def cut_short(sent: Any, random: Random) -> Any:
    """A list that lost its end."""
    if spot := _picked(_within(sent), random, lambda v: isinstance(v, list) and len(v) > 1):
        held, key = spot
        held[key] = held[key][: random.randrange(len(held[key]))]
    return sent


def duplicated(sent: Any, random: Random) -> Any:
    """One element of a list twice, or many times."""
    if spot := _picked(sent, random, lambda v: isinstance(v, list) and v):
        held, key = spot
        held[key] = held[key] + [random.choice(held[key])] * random.choice((1, 1, 1, 50))
    return sent


def retyped(sent: Any, random: Random) -> Any:
    """A value of another type: wrapped, unwrapped, quoted, or junk."""
    if spot := _picked(sent, random):
        held, key = spot
        old = held[key]
        ways: list[Any] = [[old], {"value": old}, {"coding": old}, random.choice(JUNK), random.choice(JUNK)]
        ways += [old[0]] if isinstance(old, list) and old else []
        ways += [json.dumps(old)[:2000]] if not isinstance(old, str) else [len(old)]
        held[key] = random.choice(ways)
    return sent


def swapped(sent: Any, random: Random) -> Any:
    """Two resources, or two values of one name, in each other's place."""
    kind = random.choice((_is_resource, lambda v: isinstance(v, dict) and "coding" in v, lambda v: isinstance(v, str)))
    found = [(held, key) for held, key in spots(sent) if kind(held[key])]
    if len(found) > 1:
        (a, x), (b, y) = random.sample(found, 2)
        a[x], b[y] = json.loads(json.dumps(b[y])), json.loads(json.dumps(a[x]))
    return sent


def renamed(sent: Any, random: Random) -> Any:
    """An element under another name, or a resource of another type."""
    if random.random() < 0.4 and (spot := _picked(sent, random, _is_resource)):
        kinds = (
            "Procedure",
            "Condition",
            "Observation",
            "ChargeItem",
            "Claim",
            "Bundle",
            "Patient",
            "Procedur\u0435",
            "",
        )
        spot[0][spot[1]]["resourceType"] = random.choice(kinds)
    elif spot := _picked(sent, random, lambda v: isinstance(v, dict) and v):
        held = spot[0][spot[1]]
        old = random.choice(list(held))
        names = [old.upper(), f" {old}", f"_{old}", "", "__proto__", "resourceType", "coding", "id", old + "\u0000"]
        held[random.choice(names)] = held.pop(old)
    return sent


def odd_characters(sent: Any, random: Random) -> Any:
    """Strange characters within one string, or one string made of nothing else, or very long."""
    if spot := _picked(sent, random, lambda v: isinstance(v, str)):
        held, key = spot
        old, odd = held[key], random.choice(ODD)
        at = random.randint(0, len(old))
        new = (old[:at] + odd + old[at:], odd * random.choice((1, 40, 3000)), old.replace(" ", odd), f"{old} " * 400)
        held[key] = random.choice(new)
    return sent


def odd_numbers(sent: Any, random: Random) -> Any:
    """A number that is none, or beyond all bounds; NaN and Infinity are no JSON and must be told so."""
    if spot := _picked(sent, random, lambda v: isinstance(v, int | float) and not isinstance(v, bool)):
        numbers = (
            10**400,
            -(10**400),
            1e308,
            5e-324,
            -0.0,
            2**53,
            2**63,
            10**17,
            float("nan"),
            float("inf"),
            0.1 + 0.2,
        )
        spot[0][spot[1]] = random.choice(numbers)
    return sent


def nested(sent: Any, random: Random) -> Any:
    """A value many levels down."""
    if spot := _picked(sent, random):
        held, key = spot
        for _ in range(random.choice((20, 60, 90, 110, 200))):
            held[key] = (
                [held[key]] if random.random() < 0.5 else {random.choice(("contained", "extension", "part")): held[key]}
            )
    return sent


def rewired(sent: Any, random: Random) -> Any:
    """References that lead to themselves, to each other, to nothing, or somewhere else."""
    names = [f"{r.get('resourceType')}/{r.get('id')}" for held, key in spots(sent) if _is_resource(r := held[key])]
    if names and (spot := _picked(sent, random, _is_reference)):
        odd = (
            "#",
            "#x",
            "",
            "Procedure/",
            "https://a/b/c/Procedure/1/_history/2",
            "urn:uuid:x",
            "x?identifier=a|b",
            "//",
            "Procedure/../..",
        )
        spot[0][spot[1]]["reference"] = random.choice((*names, random.choice(odd)))
    elif spot := _picked(sent, random, _is_resource):
        spot[0][spot[1]]["partOf"] = [{"reference": n} for n in random.sample(names, min(3, len(names)))]
    return sent


def with_graph(sent: Any, random: Random) -> Any:
    """A contained graph, a circle of parts or of references, under the record's own keys."""
    if isinstance(sent, dict) and isinstance(sent.get("prefetch"), dict):
        name, made = random.choice(graphs(random))
        held = sent["prefetch"].get("procedures")
        if name != "bundle" and isinstance(held, dict) and isinstance(held.get("entry"), list):
            held["entry"] += [{"resource": r} for r in made]
        else:
            sent["prefetch"][random.choice(("others", "procedures", "reports"))] = {
                "resourceType": "Bundle",
                "entry": made,
            }
    return sent


def with_attachment(sent: Any, random: Random) -> Any:
    """A small bomb or a damaged file where a report is looked for. The large ones have tests of their own."""
    if isinstance(sent, dict) and isinstance(sent.get("prefetch"), dict):
        sent["prefetch"]["reports"] = {"resourceType": "Bundle", "entry": [{"resource": attachments(random)}]}
    return sent


LESSENING: tuple[Mutation, ...] = (dropped, spoiled, corrupted, cut_short)
CHANGING: tuple[Mutation, ...] = (
    duplicated, retyped, swapped, renamed, odd_characters, odd_numbers, nested, rewired, with_graph, with_attachment,
)  # fmt: skip
ALL = (*LESSENING, *CHANGING)


def mutated(sent: Any, random: Random, kinds: tuple[Mutation, ...] = ALL) -> tuple[Any, list[str]]:
    """A request after one to six mutations of these kinds, and their names."""
    done = [random.choice(kinds) for _ in range(random.choice((1, 1, 2, 3, 6)))]
    for mutation in done:
        sent = mutation(sent, random)
    return sent, [m.__name__ for m in done]


def written(sent: Any, random: Random) -> bytes:
    """A request as bytes, some with keys twice, cut off, or with a byte changed."""
    try:
        text = json.dumps(sent, ensure_ascii=random.random() < 0.7)
    except RecursionError:
        return b'{"prefetch": ' * 5000 + b"{}" + b"}" * 5000
    chance = random.random()
    if chance < 0.06:
        text = text.replace('"id":', f'"id": {json.dumps(random.choice(JUNK))}, "id":', 3)
        text = text.replace('"resourceType":', '"resourceType": "Patient", "resourceType":', random.choice((1, 5)))
    raw = text.encode("utf-8", "surrogatepass")
    if 0.06 <= chance < 0.09:
        return raw[: random.randrange(len(raw) + 1)]
    if 0.09 <= chance < 0.12 and raw:
        at = random.randrange(len(raw))
        return raw[:at] + bytes([random.randrange(256)]) + raw[at + 1 :]
    return raw


def damaged_note(text: str, random: Random) -> str:
    """A note with words or letters lost, repeated, turned about, or among strange characters."""
    for _ in range(random.choice((1, 2, 4))):
        if not text:
            break
        text = random.choice(_NOTE_WAYS)(text, random)
    return text[:100_000]


def words_lost(text: str, random: Random) -> str:
    """A note with one word in so many lost: nothing new stands in it."""
    share = random.choice((0.02, 0.1, 0.4))
    return " ".join(w for w in text.split(" ") if random.random() > share)


def _letters(text: str, random: Random) -> str:
    letters = list(text)
    for _ in range(max(1, len(letters) // 40)):
        letters[random.randrange(len(letters))] = random.choice((*ODD, " ", ".", "\n", "%", "-", "|", "0", "9"))
    return "".join(letters)


def _turned(text: str, random: Random) -> str:
    joint = random.choice((" ", "\n", ". "))
    parts = text.split(joint)
    random.shuffle(parts)
    return joint.join(parts)


def _repeated(text: str, random: Random) -> str:
    start = random.randrange(len(text))
    piece = text[start : start + random.choice((1, 7, 80))]
    return text[:start] + piece * random.choice((2, 30, 400)) + text[start:]


_NOTE_WAYS: tuple[Callable[[str, Random], str], ...] = (words_lost, _letters, _turned, _repeated)
