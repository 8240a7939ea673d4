"""What an act says of its own lesion: by its words, its codes, its reasons, its measurements and its short notes.

Knows where an act can say it. Which of these statements hold for a vessel is `binding`'s.
"""

import re
from collections.abc import Sequence
from datetime import date

from cds_service.coding.anatomy import Lesion
from cds_service.coding.facts import Evidence
from cds_service.fhir.act import Act
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import codings
from cds_service.fhir.lesions import LesionStatement, of_clause
from cds_service.fhir.measurements import measured_for
from cds_service.fhir.narrative import read_narrative
from cds_service.fhir.phrases import read_clauses
from cds_service.fhir.reasons import reasons_of
from cds_service.fhir.remarks import short_notes
from cds_service.fhir.spoken import statements_of
from cds_service.fhir.vocabulary import Vocabulary

_LABEL = re.compile(
    r"\bindications?\s{0,3}(?::|(?:was|is)\b)", re.IGNORECASE
)  # a reason given in a note, as in `reasonCode`


def own_statements(
    entry: Entry, act: Act, chart: Chart, vocabulary: Vocabulary, *, day: date | None
) -> list[LesionStatement]:
    """What an act of that day says of its lesion: its words, its codes, its reasons, its short notes."""
    told = [(c, e) for c, e in act.clauses if not c.is_elsewhere and "planned" not in c.scopes]
    out = [s for clause, evidence in told for s in of_clause(clause, evidence, own=True)]
    for index, coding in enumerate(codings(entry.raw.get("code"))):
        known = vocabulary.concept(coding)
        if known is not None and known.aspect == "procedure" and known.lesion:
            evidence = act.evidence(f"code.coding[{index}]", coding.display or coding.code)
            billed = vocabulary.terminology.system(coding.system, coding.code) == "cpt"
            out.append(coded_lesion(Lesion(known.lesion), evidence, doubt="billing-code" if billed else ""))
    out += reasons_of(entry, chart, vocabulary)
    out += measured_for(entry, chart, vocabulary)
    return out + _in_notes(short_notes(entry.raw, day), act, vocabulary)


def beside_words(
    entry: Entry, act: Act, chart: Chart, vocabulary: Vocabulary, *, day: date | None
) -> list[LesionStatement]:
    """What an act of that day says of its lesion beside its words: its reasons, measurements, and noted indications."""
    noted = [(path, phrase) for path, phrase in short_notes(entry.raw, day) if _LABEL.search(phrase)]
    known = [*reasons_of(entry, chart, vocabulary), *measured_for(entry, chart, vocabulary)]
    return [*known, *_in_notes(noted, act, vocabulary)]


def _in_notes(notes: Sequence[tuple[str, str]], act: Act, vocabulary: Vocabulary) -> list[LesionStatement]:
    out: list[LesionStatement] = []
    for path, phrase in notes:
        words = _LABEL.sub(" ", phrase)
        clauses = read_clauses(words, vocabulary.lexicon)
        if words != phrase and any(len(c.places) > 1 for c in clauses):
            out += _of_each(words, path, act, vocabulary)
        for clause in clauses:
            if not clause.is_elsewhere and "planned" not in clause.scopes:
                out += of_clause(clause, act.evidence(path, clause.quote), own=True)
    return out


def _of_each(words: str, path: str, act: Act, vocabulary: Vocabulary) -> list[LesionStatement]:
    """What an indication says of each of several vessels it names."""
    told = (t for t in read_narrative(words, vocabulary.notes) if t.vessel is not None)
    return [said for t in told for said in statements_of(t, act, path)]


def coded_lesion(lesion: Lesion, evidence: Evidence, doubt: str = "") -> LesionStatement:
    """The lesion that the code of a procedure implies, for the vessel the procedure is in.

    A CPT code implies one too, but it is what the record has to bear out, so it bears nothing out by itself.
    """
    return LesionStatement(
        lesion=lesion, territory=None, vessel=None, sides=(), evidence=evidence, own=True, doubt=doubt
    )
