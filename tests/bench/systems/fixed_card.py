"""The floor: a Flask service that parses the JSON of a call and answers one fixed card."""

from flask import Flask, Response, jsonify, request

from tests.bench.systems.rule import card

app = Flask(__name__)


@app.post("/cds-services/iliac-charge-review")
def call() -> Response:
    sent = request.get_json()
    assert sent["prefetch"]
    return jsonify(cards=[card("Two iliac arteries: check 37257.")])
