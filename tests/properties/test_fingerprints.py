"""What a card rests on changes when the decision does, and not when only its wording does.

Knows the decision document: stripped of quotes, ids and prose it is what two calls are compared by here.
"""

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cards import Occasion, cards_for
from cards.fingerprint import Substance, substance_of
from cds_service.coding.decision import CodingDecision, decide
from cds_service.coding.document import session_document
from cds_service.coding.facts import DraftLine, Evidence, Session, TreatedVessel
from cds_service.knowledge import load

from .oracle import facts, session

KNOWLEDGE = load()
SAMPLE = settings(deadline=None, derandomize=True, max_examples=300)
GAPS = ("side", "vessel", "treatment", "lesion")
OCCASION = Occasion(hook_instance="h", patient="p", encounter="Encounter/e1")
RECORDED = st.tuples(facts(most=4), facts(most=1, least=0, gaps=GAPS)).map(lambda parts: parts[0] + parts[1])
DRAFTED = st.lists(
    st.builds(
        DraftLine,
        code=st.sampled_from(("37254", "37256", "37257", "37258", "37260")),
        units=st.sampled_from((1, 2)),
        modifiers=st.sampled_from((("RT",), ("LT",))),
        side=st.none(),
        resource=st.sampled_from(("ChargeItem/a", "ChargeItem/b")),
    ),
    max_size=2,
)


def decided(asked: Session) -> CodingDecision:
    return decide([asked], KNOWLEDGE)


def substances(decision: CodingDecision) -> dict[str, Substance]:
    """The substance of every card of a decision, by audience."""
    found = [substance_of(card, decision, KNOWLEDGE) for card in cards_for(decision, OCCASION, KNOWLEDGE)]
    return {s.audience: s for s in found}


def stripped(asked: Session) -> dict[str, Any]:
    """What the decision says, without what it was read from, who pays, and prose; lists in an order of their own."""
    (decision,) = decided(asked).sessions
    out = session_document(decision)
    for name in ("encounter", "siteOfService", "payers"):
        del out[name]
    del out["answer37257"]["why"]
    out["treated"] = sorted({canonical({k: v for k, v in t.items() if k != "evidence"}) for t in out["treated"]})
    out["lines"] = sorted(canonical({k: v for k, v in x.items() if k != "rules"}) for x in out["lines"])
    draft = out["draft"]
    draft["lines"] = sorted(canonical({k: v for k, v in x.items() if k != "resource"}) for x in draft["lines"])
    draft["findings"] = sorted({canonical(_without_prose(f)) for f in draft["findings"]})
    out["questions"] = sorted({canonical(q) for q in out["questions"]})
    out["notes"] = sorted({canonical(_without_prose(n)) for n in out["notes"]})
    return out


def _without_prose(value: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in value.items() if k not in ("text", "changes")}
    changes = [canonical({k: v for k, v in c.items() if k != "resource"}) for c in value.get("changes", [])]
    return {**kept, "changes": sorted(changes)}


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def worded_otherwise(fact: TreatedVessel, number: int) -> TreatedVessel:
    quoted = Evidence(
        resource=f"Procedure/other-{number}", path="Procedure.note[3]", quote="other words", offset=number
    )
    return replace(fact, evidence=(quoted, *fact.evidence))


def test_two_decisions_that_differ_never_share_a_coding_card_and_the_same_one_always_does() -> None:
    seen: Counter[str] = Counter()

    @SAMPLE
    @given(RECORDED, RECORDED, DRAFTED, DRAFTED, st.sampled_from((date(2026, 3, 4), date(2026, 3, 5))))
    def check(
        first: list[TreatedVessel],
        second: list[TreatedVessel],
        drafted: list[DraftLine],
        redrafted: list[DraftLine],
        day: date,
    ) -> None:
        before = replace(session(first), draft=tuple(drafted), drafted=True, date=date(2026, 3, 4))
        for now in (
            replace(before, treated=tuple(second)),
            replace(before, draft=tuple(redrafted)),
            replace(before, date=day),
            replace(before, drafted=bool(drafted)),
        ):
            old, new = substances(decided(before)).get("coding"), substances(decided(now)).get("coding")
            if old and new:
                same = stripped(before) == stripped(now)
                assert (old.parts == new.parts) is same
                seen["same" if same else "other"] += 1

    check()
    assert min(seen["same"], seen["other"]) >= 100, seen


def test_every_question_of_a_query_has_a_part_of_its_own_that_follows_its_vessel_alone() -> None:
    seen: Counter[str] = Counter()

    @SAMPLE
    @given(facts(most=3, gaps=("lesion",)), facts(most=2))
    def check(unclear: list[TreatedVessel], more: list[TreatedVessel]) -> None:
        alone = substances(decided(session(unclear))).get("clarification")
        beside = substances(decided(session(unclear + more))).get("clarification")
        if alone is None:
            return
        apart = {(f.side, f.vessel) for f in unclear}.isdisjoint((f.side, f.vessel) for f in more)
        if apart and beside is not None:
            assert set(alone.parts) <= set(beside.parts)
            seen["kept"] += 1

    check()
    assert seen["kept"] >= 30, seen


def test_words_order_repetition_and_ids_change_nothing() -> None:
    seen: Counter[str] = Counter()

    @SAMPLE
    @given(RECORDED, DRAFTED, st.randoms(use_true_random=False))
    def check(recorded: list[TreatedVessel], drafted: list[DraftLine], random: Random) -> None:
        before = replace(session(recorded), draft=tuple(drafted), drafted=True)
        facts_now = [worded_otherwise(f, n) for n, f in enumerate(recorded)]
        random.shuffle(facts_now)
        drafts_now = [replace(d, resource=f"ChargeItem/new-{n}") for n, d in enumerate(drafted)]
        now = replace(before, treated=tuple(facts_now), draft=tuple(drafts_now), encounter="Encounter/elsewhere")
        if stripped(before) == stripped(now):
            old, new = substances(decided(before)), substances(decided(now))
            assert {k: set(v.parts) for k, v in old.items()} == {k: set(v.parts) for k, v in new.items()}
            seen["cards"] += len(old)

    check()
    assert seen["cards"] >= 150, seen


def test_the_substance_names_rules_and_topics_and_holds_no_quote() -> None:
    @SAMPLE
    @given(RECORDED)
    def check(recorded: list[TreatedVessel]) -> None:
        marked = [replace(f, evidence=tuple(replace(e, quote="planted words") for e in f.evidence)) for f in recorded]
        for audience, found in substances(decided(session(marked))).items():
            assert "planted" not in repr(found)
            assert found.parts
            assert bool(found.rules and found.verdict) is (audience == "coding")
            assert bool(found.topics) or audience == "coding"

    check()
