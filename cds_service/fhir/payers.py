"""From what a Coverage says about one payer to who it is and under which line of business it pays.

Knows that line of business goes before brand, and that what contradicts is unknown. Reads no resource.
"""

from dataclasses import dataclass

from cds_service.coding.facts import LineOfBusiness, Payer, PayerIdentity
from cds_service.knowledge.payers import SOME_MEDICARE, Saying

_OF_MEDICARE = frozenset(
    {
        LineOfBusiness.MEDICARE_ADVANTAGE,
        LineOfBusiness.MEDICARE_SUPPLEMENT,
        LineOfBusiness.MEDICARE_DRUG,
        LineOfBusiness.DUAL,
    }
)
# A more special line of business takes the place of those it includes.
_INCLUDES = {
    LineOfBusiness.DUAL: frozenset({LineOfBusiness.MEDICAID, LineOfBusiness.MEDICARE_ADVANTAGE}),
    LineOfBusiness.MEDICARE_ADVANTAGE: frozenset({LineOfBusiness.MEDICARE_DRUG}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a Coverage says about one of its payers, by where it says so.

    `named`: the payer has a name or a known identifier, whether or not that means anything here. `coded` is the
    type's Source of Payment code, `worded` the type's words.
    """

    path: str
    named: bool
    payor: Saying
    coded: Saying
    worded: Saying
    plan: Saying


def self_paid(basis: str) -> Payer:
    """The patient, or somebody of the family, pays."""
    return Payer(identity=PayerIdentity.OTHER, line=LineOfBusiness.SELF_PAY, basis=basis)


def judged(account: Account) -> Payer:
    """The payer an account speaks of."""
    identities = _identities(account)
    brands = identities - {PayerIdentity.MEDICARE}
    line = _line(account, identities)
    identity = PayerIdentity.MEDICARE if line is LineOfBusiness.MEDICARE else PayerIdentity.OTHER
    if len(brands) == 1:
        (identity,) = brands
    return Payer(identity=identity, line=line, basis=_basis(account, several=len(brands) > 1))


def _identities(account: Account) -> frozenset[PayerIdentity]:
    """Who pays: the payer's own name first; type and plan where it has none, Blue Cross also by the type's code."""
    found = account.payor.identities
    blue = account.coded.identities - {PayerIdentity.MEDICARE}
    if account.named:
        return found | blue
    return found | account.coded.identities or account.worded.identities or account.plan.identities


def _line(account: Account, identities: frozenset[PayerIdentity]) -> LineOfBusiness:
    """Line of business before brand: a private payer with Medicare in its name or type runs a plan for Medicare."""
    direct = account.payor.lines | account.coded.lines | account.worded.lines
    said = direct | account.plan.lines
    special = {LineOfBusiness(x) for x in said - {SOME_MEDICARE, LineOfBusiness.MEDICARE}}
    for line, included in _INCLUDES.items():
        special -= included if line in special else frozenset()
    itself, some = LineOfBusiness.MEDICARE in said, SOME_MEDICARE in said
    if special:
        (only, *more) = special
        contradicted = itself or (some and only not in _OF_MEDICARE)
        return LineOfBusiness.UNKNOWN if more or contradicted else only
    if identities - {PayerIdentity.MEDICARE}:
        return LineOfBusiness.MEDICARE_ADVANTAGE if some and not itself else LineOfBusiness.UNKNOWN
    certain = LineOfBusiness.MEDICARE in direct or (itself and not account.named)
    if certain or (PayerIdentity.MEDICARE in identities and (itself or some)):
        return LineOfBusiness.MEDICARE
    return LineOfBusiness.UNKNOWN


def _basis(account: Account, *, several: bool) -> str:
    """What was read, in the words of payers.csv; a name that is not in it is not repeated."""
    said = {
        account.path: account.payor,
        "Coverage.type code": account.coded,
        "Coverage.type": account.worded,
        "Coverage.class plan": account.plan,
    }
    parts = [f"{where} {', '.join(saying.values)}" for where, saying in said.items() if saying.values]
    if several:
        parts.append("names more than one payer")
    if not account.payor.values:
        parts.append(f"{account.path} {'is not a payer known here' if account.named else 'is not named'}")
    return "; ".join(parts)
