"""The obvious design: a Flask service that validates all it is sent with fhir.resources, then applies the rule."""

from fhir.resources.R4B import get_fhir_model_class
from flask import Flask, Response, jsonify, request

from tests.bench.systems.rule import act_of_model, cards

app = Flask(__name__)


@app.post("/cds-services/iliac-charge-review")
def call() -> Response:
    sent = request.get_json()
    found = {k: get_fhir_model_class(v["resourceType"]).model_validate(v) for k, v in sent["prefetch"].items()}
    acts = [act_of_model(e.resource) for e in found["procedures"].entry or ()]
    return jsonify(cards=cards(acts, f"Encounter/{sent['context']['encounterId']}"))
