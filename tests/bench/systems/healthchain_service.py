"""HealthChain with the rule; `HEALTHCHAIN_MODELS=on` has it turn the prefetch into its FHIR models first."""

import os

from healthchain.fhir import convert_prefetch_to_fhir_objects, get_resources
from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.models import CDSRequest, CDSResponse

from tests.bench.systems.rule import act_of_json, act_of_model, cards

MODELS = os.environ.get("HEALTHCHAIN_MODELS") == "on"
service = CDSHooksService()


@service.hook("encounter-discharge", id="iliac-charge-review")
def call(request: CDSRequest) -> CDSResponse:
    prefetch = request.prefetch or {}
    if MODELS:
        found = convert_prefetch_to_fhir_objects(prefetch)
        acts = [act_of_model(p) for p in get_resources(found["procedures"], "Procedure")]
    else:
        acts = [act_of_json(e["resource"]) for e in prefetch["procedures"]["entry"]]
    return CDSResponse(cards=cards(acts, f"Encounter/{prefetch['encounter']['id']}"))


app = HealthChainAPI()
app.register_service(service)
