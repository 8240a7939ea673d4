"""Stents of the patient that no act names: more of them than vessels known to be stented leave a balloon in doubt.

Knows Device resources that came with the chart. A device that some act or statement of use points at is theirs.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from cds_service.coding.facts import Evidence, Session
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.device_uses import STENTED, perhaps_stented
from cds_service.fhir.elements import Json, objects, reference, strings_of
from cds_service.fhir.implants import Stent, devices_of, judge
from cds_service.fhir.vocabulary import Vocabulary

ELSEWHERE = re.compile(r"coronar|carotid|bili|ureter|urethr|esophag|oesophag|trache|bronch|renal|vein|venous", re.I)
_HOLDERS = ("Procedure", "DeviceUseStatement", "DeviceUsage", "DeviceAssociation")


def loose_stents(chart: Chart, vocabulary: Vocabulary) -> list[Evidence]:
    """The stents among the chart's Devices that nothing points at and that are not known to be of another organ."""
    devices = chart.of("Device")
    if not devices:
        return []
    raws = [e.raw for e in chart.of(*_HOLDERS) if e.names_devices]
    taken = {t.ref for raw in raws for r in _pointers(raw) if (t := chart.resolve(r, raw)) is not None}
    found = [(e, judge({"reference": e.ref}, e.raw, vocabulary, chart)) for e in devices if e.ref not in taken]
    return [
        Evidence(resource=e.ref, path="Device.type", quote=j.quote)
        for e, j in found
        if j.stent is not Stent.NO and not _is_elsewhere(e)
    ]


def with_loose_stents(session: Session, stents: Sequence[Evidence]) -> Session:
    """The session with the question whether a stent that no vessel explains was left in a ballooned one."""
    known = sum(1 for v in session.treated if v.treatment in STENTED)
    if len(stents) <= known:
        return session
    return replace(session, treated=tuple(perhaps_stented(v, stents) for v in session.treated))


def _pointers(raw: Json) -> list[str]:
    values = [*(device for _, device, _ in devices_of(raw)), *objects(raw.get("device"))]
    return [r for v in values if (r := reference(v))]


def _is_elsewhere(entry: Entry) -> bool:
    return any(ELSEWHERE.search(s) for s in strings_of(entry.raw))
