"""The feedback report: what is counted, on both databases, and what people and machines get to see of it."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from cds_service.cli import main
from cds_service.outcomes.page import as_html
from cds_service.outcomes.printed import as_csv, as_text
from cds_service.outcomes.reporting import NoReport, report_on
from cds_service.outcomes.tally import Count, tally
from cds_service.stores.database import Database
from cds_service.stores.history import Answer, Case, History, history
from cds_service.stores.opening import upgraded_database_at
from cds_service.stores.place import Place
from cds_service.stores.records import Feedback, OverrideReason, ShownCard
from cds_service.stores.sql import SqlCardStore
from tests.stores.samples import NOW, card_id, item, shown

A, B = b"a" * 32, b"b" * 32
LONG_AGO, LATER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
POLICY = OverrideReason(code="policy-differs", system="https://iliac-cds.org/CodeSystem/override-reason")
HL7 = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
NOT_MINE = OverrideReason(code="inappropriate-recipient", system=HL7)


def accept(number: int, **more: Any) -> Feedback:
    return item(number, outcome="accepted", suggestions=(card_id(900),), **more)


def after(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


COUNTED: list[tuple[Sequence[ShownCard], Sequence[Feedback], tuple[int, int, int, int, int], int, str]] = [
    ([shown(1)], [], (1, 1, 0, 0, 1), 0, "shown and not answered"),
    ([shown(1)], [accept(1)], (1, 1, 1, 0, 0), 0, "accepted"),
    ([shown(1)], [item(1)], (1, 1, 0, 1, 0), 0, "overridden"),
    ([shown(1, A), shown(2, A)], [], (1, 2, 0, 0, 1), 0, "one card shown twice"),
    ([shown(1, A), shown(2, A)], [accept(2)], (1, 2, 1, 0, 0), 0, "shown twice and accepted once"),
    ([shown(1, A), shown(2, A, B)], [accept(2)], (2, 2, 1, 0, 1), 0, "a query that got a further question"),
    ([shown(1, A), shown(2, B)], [accept(1), item(2)], (2, 2, 1, 1, 0), 0, "two cards"),
    ([shown(1)], [item(1), accept(1, at=after(1))], (1, 1, 1, 0, 0), 0, "overridden, then accepted"),
    ([shown(1)], [item(1, at=after(1)), accept(1)], (1, 1, 0, 1, 0), 0, "accepted, then overridden"),
    ([shown(1)], [accept(1), accept(1, at=after(1))], (1, 1, 1, 0, 0), 0, "accepted twice"),
    ([shown(1)], [item(7)], (1, 1, 0, 0, 1), 1, "feedback on an unknown card"),
    ([shown(1)], [item(1, issuer="https://other.example")], (1, 1, 0, 0, 1), 1, "feedback of another issuer"),
]


@pytest.mark.parametrize(("cards", "items", "counts", "strays", "why"), COUNTED, ids=[c[4] for c in COUNTED])
def test_a_card_counts_once_and_its_last_answer_counts(
    database: Database,
    cards: Sequence[ShownCard],
    items: Sequence[Feedback],
    counts: tuple[int, int, int, int, int],
    strays: int,
    why: str,
) -> None:
    store = SqlCardStore(database)
    store.record(cards)
    store.keep(items)
    found = tally(history(database, since=LONG_AGO, until=LATER))
    (all_,) = found.audiences
    assert (all_.cards, all_.times, all_.accepted, all_.overridden, all_.silent) == counts, why
    assert found.strays == strays, why


def test_only_what_was_first_shown_within_the_days_counts(database: Database) -> None:
    store = SqlCardStore(database)
    store.record([shown(1, A, at=after(-48)), shown(2, A, at=after(1)), shown(3, B, at=NOW)])
    store.keep([item(1, at=after(100)), item(9, received=after(-48)), item(8, received=NOW)])
    day = {"since": NOW.replace(hour=0), "until": NOW.replace(hour=23)}
    found = history(database, **day)
    assert [(case.times, case.answer) for case in found.cases] == [(1, None)]
    assert len(found.strays) == 1


def case(audience: str = "coding", **more: Any) -> Case:
    rules, topics = (("R-PAIR", "R-LEG"), ("missing-line",)) if audience == "coding" else ((), ("lesion-type",))
    known: dict[str, Any] = {"rules": rules, "topics": topics, "first": NOW, "times": 1, "answer": None}
    return Case(audience=audience, **{**known, **more})


def over(reason: OverrideReason | None = None) -> Answer:
    return Answer(outcome="overridden", reason=reason)


MANY = History(
    cases=(
        case(answer=Answer(outcome="accepted", reason=None)),
        case(answer=over(POLICY), first=after(24)),
        case(answer=over(NOT_MINE), first=after(72), rules=("R-PAIR",)),
        case("clarification", answer=over(NOT_MINE), first=after(72)),
        case("clarification", answer=over(OverrideReason(code="17")), first=after(72), topics=("conflict",)),
        case("forecast", times=3, first=after(73)),
    ),
    strays=(over(OverrideReason(code="(not a code)")),),
)


def test_cards_count_under_each_rule_or_question_by_reason_and_over_time_without_gaps() -> None:
    found = tally(MANY)
    assert [(c.name, c.cards, c.accepted, c.overridden) for c in found.subjects] == [
        ("R-PAIR", 3, 1, 2),
        ("R-LEG", 2, 1, 1),
        ("question lesion-type", 2, 0, 1),
        ("question conflict", 1, 0, 1),
    ]
    assert [(r.audience, r.name, r.cards) for r in found.reasons] == [
        ("clarification", "Not addressed to me", 1),
        ("clarification", "a reason of the client: 17", 1),
        ("coding", "Not my task", 1),
        ("coding", "Payer or local policy differs", 1),
    ]
    assert (found.step, [(c.name, c.cards) for c in found.periods]) == (
        "day",
        [("2026-03-05", 1), ("2026-03-06", 1), ("2026-03-07", 0), ("2026-03-08", 4)],
    )


STEPS: list[tuple[int, str, list[str]]] = [
    (0, "day", ["2026-03-05"]),
    (31, "day", ["2026-03-05", "2026-04-05"]),
    (32, "week", ["2026-03-02", "2026-04-06"]),
    (182, "week", ["2026-03-02", "2026-08-31"]),
    (183, "month", ["2026-03-01", "2026-09-01"]),
    (800, "month", ["2026-03-01", "2028-05-01"]),
]


@pytest.mark.parametrize(("days", "step", "ends"), STEPS, ids=[f"{s[0]} days" for s in STEPS])
def test_a_long_time_is_told_in_longer_steps(days: int, step: str, ends: list[str]) -> None:
    found = tally(History(cases=(case(), case(first=after(24 * days))), strays=()))
    names = [c.name for c in found.periods]
    assert found.step == step
    assert [names[0], names[-1]] == ends if days else names == ends
    assert sum(c.cards for c in found.periods) == 2
    assert names == sorted(set(names))


def test_the_table_tells_every_count_in_columns() -> None:
    text = as_text(tally(MANY), "Feedback")
    assert "coding             3      3         1           2          0" in text
    assert "forecast           1      3         0           0          1" in text
    assert "Feedback on cards nobody remembers: 1" in text
    assert as_text(tally(History(cases=(), strays=())), "Feedback") == "Feedback: no card was shown.\n"


def test_the_csv_has_a_row_for_each_card_and_each_of_its_subjects() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(MANY))))
    cards = [r for r in rows if r["subject"] == "(card)"]
    assert len(cards) == len(MANY.cases) + len(MANY.strays)
    assert [r["outcome"] for r in rows if r["subject"] == "R-PAIR"] == ["accepted", "overridden", "overridden"]
    assert {r["reason"] for r in cards if r["reason_code"] == "policy-differs"} == {"Payer or local policy differs"}
    assert sum(int(r["times_shown"]) for r in cards if r["times_shown"]) == 8
    assert [r["audience"] for r in cards][-1] == "unknown card"


class Page(HTMLParser):
    """What a page is made of: its elements with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(found: History, **more: str) -> str:
    return as_html(tally(found), "Feedback", meanings=more or {"R-PAIR": "what the rule says"}, made=NOW)


def test_the_page_stands_alone_and_every_plot_has_words_and_a_table_with_its_numbers() -> None:
    html = page_of(MANY)
    page = Page(html)
    assert not any(tag in ("script", "link", "img", "iframe", "object") for tag, _ in page.elements)
    assert not any(name in attributes for _, attributes in page.elements for name in ("src", "href", "onload"))
    assert "http" not in html.replace("http-equiv", "")
    assert "prefers-color-scheme: dark" in html
    drawings = [ElementTree.fromstring(part.split("</svg>")[0] + "</svg>") for part in _svgs(html)]
    assert len(drawings) == 3
    for drawing in drawings:
        ids = {e.get("id") for e in drawing.iter() if e.get("id")}
        assert drawing.get("role") == "img"
        assert set((drawing.get("aria-labelledby") or "").split()) == ids
        assert all(len(drawing.findtext(tag) or "") > 20 for tag in ("title", "desc"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert len(page.of("table")) == 4
    assert "R-PAIR: 1 accepted, 2 overridden, 0 without answer." in page.text
    assert "what the rule says" in page.text


def _svgs(html: str) -> list[str]:
    return [f"<svg{part}" for part in html.split("<svg")[1:]]


def test_bars_are_as_long_as_what_they_count_and_stay_inside_the_drawing() -> None:
    from cds_service.outcomes.plots import of_periods, of_subjects

    counts = [
        Count(name="a", cards=10, times=10, accepted=4, overridden=3),
        Count(name="b", cards=5, times=9, accepted=0, overridden=5),
    ]
    for plot, length in ((of_subjects(counts), "width"), (of_periods(counts), "height")):
        assert [(b.kind, b.cards) for b in plot.bars] == [
            ("accepted", 4), ("overridden", 3), ("silent", 3), ("overridden", 5),
        ]  # fmt: skip
        assert len({round(getattr(b, length) / b.cards, 6) for b in plot.bars}) == 1
        assert all(b.x >= 0 and b.x + b.width <= plot.width and b.y >= 0 for b in plot.bars)
        assert all(b.y + b.height <= plot.height for b in plot.bars)


def test_what_a_client_wrote_is_text_on_the_page() -> None:
    odd = OverrideReason(code="<script>alert(1)</script>")
    html = page_of(History(cases=(case(answer=over(odd)),), strays=()), **{"R-PAIR": "<b>"})
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html


def test_a_page_without_cards_says_so() -> None:
    assert "No card was shown." in Page(page_of(History(cases=(), strays=()))).text


def test_days_of_a_report_are_both_included(place: Place, database: Database, tmp_path: Path) -> None:
    store = SqlCardStore(database)
    store.record([shown(1, A, at=datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC)), shown(2, B, at=after(24))])
    day, target = datetime(2026, 3, 5), str(tmp_path / "page.html")
    assert "coding        1" in report_on(place, since=day, until=day, page=target)
    assert "Feedback from 2026-03-05 to 2026-03-05" in Path(target).read_text("utf-8")
    assert "coding        2" in report_on(place, since=None, until=datetime(9999, 12, 31))
    with pytest.raises(NoReport, match="cannot be written"):
        report_on(place, since=None, until=None, page=str(tmp_path / "no" / "page.html"))


def run(*words: str, folder: Path) -> Result:
    return CliRunner().invoke(main, ["feedback", "report", *words], env={"ILIAC_CDS_DATA_DIR": str(folder)})


def test_the_command_prints_the_table_or_csv_and_exits_0(tmp_path: Path) -> None:
    upgraded_database_at(Place(directory=str(tmp_path)))[0].close()
    found = run(folder=tmp_path)
    assert (found.exit_code, found.output) == (0, "Feedback: no card was shown.\n")
    assert run("--csv", "--since", "2026-01-01", folder=tmp_path).output.startswith("period,audience,")


UNUSABLE: list[tuple[tuple[str, ...], str]] = [
    ((), "no store"),
    (("--since", "yesterday"), "no day"),
    (("--since", "2026-02-02", "--until", "2026-02-01"), "the wrong way round"),
]


@pytest.mark.parametrize(("words", "why"), UNUSABLE, ids=[u[1] for u in UNUSABLE])
def test_a_report_that_cannot_be_made_exits_2(tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    found = run(*words, folder=tmp_path)
    assert (found.exit_code, found.stdout) == (2, ""), why
    assert "Traceback" not in found.stderr
    assert list(tmp_path.iterdir()) == []
