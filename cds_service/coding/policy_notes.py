"""Which payer policies may be named beside a session: verified, in force that day, line of business before brand.

Knows payers, treatments and the dates of notes. Knows no clock: without a day of service no note is known to hold.
"""

from collections.abc import Iterable, Iterator

from cds_service.coding.anatomy import Territory, Treatment
from cds_service.coding.codes import Knowledge, PolicyNote
from cds_service.coding.facts import LineOfBusiness, Payer, PayerIdentity, Session

MOST = 2
# Run by others, yet decided by Medicare's own determinations first.
_UNDER_MEDICARE = frozenset(
    {LineOfBusiness.MEDICARE_ADVANTAGE, LineOfBusiness.MEDICARE_SUPPLEMENT, LineOfBusiness.DUAL}
)
# An iliac atherectomy alone has no code of the family (R-SEPARATE).
_IN_FAMILY = frozenset({Treatment.ANGIOPLASTY, Treatment.STENT, Treatment.STENT_ATHERECTOMY})


def policies_for(session: Session, knowledge: Knowledge) -> tuple[PolicyNote, ...]:
    """At most two notes, those of the primary payer first; none where no iliac service of the family was done.

    A payer that is not one of the five named has Medicare's where it runs a plan for Medicare, else none.
    """
    day = session.date
    done = _iliac(session)
    if day is None or day < knowledge.family_from or not done & _IN_FAMILY:
        return ()
    # Nobody tells which contractor handles a claim, so what binds the states of one is not shown to all.
    usable = [n for n in knowledge.policies if n.verified and not n.contractor and n.holds(day) and n.treatments & done]
    found = (note for payer in session.payers for note in _of(payer, usable))
    return tuple(dict.fromkeys(found))[:MOST]


def _iliac(session: Session) -> frozenset[Treatment]:
    return frozenset(t.treatment for t in session.treated if t.done and t.treatment and t.territory is Territory.ILIAC)


def _of(payer: Payer, notes: Iterable[PolicyNote]) -> Iterator[PolicyNote]:
    """Line of business before brand: Medicare's notes come first for every plan that stands under Medicare."""
    medicare = [PayerIdentity.MEDICARE] if payer.line in _UNDER_MEDICARE else []
    for identity in dict.fromkeys([*medicare, payer.identity]):
        yield from (n for n in notes if n.payer is identity and payer.line in n.lines)
