"""Bodies of large charts: what is wrong in a part that nobody would read is refused as it always was, in the same words."""

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.fhir.entry import Left
from cds_service.settings import Settings
from cds_service.web import hooks
from tests.bench import sent
from tests.web.test_api import CHARGE, post, refused

CHART = sent.body(sent.bodies(40, 1, 7)[0], 1)
MARK = b'"outcome": {"text": "Successful"}'
HERE = CHART.index(MARK, CHART.index(b"Colonoscopy")) + 11


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings()).test_client()


def with_outcome(value: bytes) -> bytes:
    """The chart with another outcome in one Procedure that has nothing to do with a leg."""
    return CHART[:HERE] + value + CHART[HERE + len(b'{"text": "Successful"}') :]


def place(body: bytes) -> str:
    """Where the library's own decoder stumbles."""
    with pytest.raises(json.JSONDecodeError) as stumbled:
        json.loads(body.decode())
    return f"line {stumbled.value.lineno}, column {stumbled.value.colno}"


def test_the_chart_is_one_that_is_decoded_in_part(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Any] = []
    parse = hooks.parse
    monkeypatch.setattr(hooks, "parse", lambda *a, **k: taken.append(parse(*a, **k)) or taken[-1])
    answer = post(client, CHART)
    left = [e for e in taken[0]["prefetch"]["procedures"]["entry"] if isinstance(e, Left)]
    assert len(left) > 30
    assert b"Successful" in bytes(left[0].written)
    assert answer.status_code == 200
    assert "37257" in answer.get_json()["cards"][0]["summary"]


@pytest.mark.parametrize(
    "value",
    [b"NaN", b"{'text': 1}", b"[1,]", b'{"a": 1,}', b'"\x01"', b'"a\tb"', b'"\\x41"', b'"\\u12g4"', b"01", b"tru", b"", b"1.",
     b"[1 2]", b'{"a" 1}', b"}", b'"', b'\xef\xbb\xbf""', b"\x0c1", b"/**/1", b"+1", b"{1: 2}", b"\x00"],
)  # fmt: skip
def test_what_is_no_json_is_named_by_line_and_column(client: FlaskClient, value: bytes) -> None:
    body = with_outcome(value)
    found = refused(post(client, body), 400)
    if value == b"NaN":
        assert found["diagnostics"] == "The body nests too deeply or holds a number JSON does not have."
    else:
        assert found["diagnostics"] == f"The body is not JSON ({place(body)})."


@pytest.mark.parametrize("value", [b'"\xff"', b'"\xc3"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf5\x80\x80\x80"'])
def test_what_is_not_utf_8_is_named_by_its_byte(client: FlaskClient, value: bytes) -> None:
    found = refused(post(client, with_outcome(value)), 400)
    assert found["diagnostics"] == f"The body is not UTF-8 (byte {HERE + 1})."


@pytest.mark.parametrize(
    "value", [b'"\\ud800"', b'"x\\udc00"', b'"\\ud83d\\ud83d"', b'{"\\ud800": 1}', b'"\\ud83d \\ude00"']
)
def test_half_of_a_surrogate_pair_is_refused(client: FlaskClient, value: bytes) -> None:
    assert refused(post(client, with_outcome(value)), 400)["diagnostics"] == "The body holds half of a surrogate pair."


@pytest.mark.parametrize(
    "value", [b"9" * 4301, b"-" + b"9" * 5000, b"[" + b"9" * 4301 + b"]", b"Infinity", b"-Infinity"]
)
def test_numbers_that_are_none_are_refused(client: FlaskClient, value: bytes) -> None:
    said = refused(post(client, with_outcome(value)), 400)["diagnostics"]
    assert said == "The body nests too deeply or holds a number JSON does not have."


@pytest.mark.parametrize(
    "value", [b"9" * 4300, b"1e999", b"1." + b"0" * 5000, b"-0", b'"\\ud83d\\ude00"', b'"\\\\ud800"']
)
def test_what_is_a_number_or_a_sign_is_taken(client: FlaskClient, value: bytes) -> None:
    assert post(client, with_outcome(value)).status_code == 200


@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
def test_the_limit_of_depth_counts_from_the_request(client: FlaskClient, brackets: tuple[bytes, bytes]) -> None:
    """Six levels stand above the outcome, which may itself have as many as are left of the limit, and one."""
    opening, closing = brackets
    most = Settings().max_depth + 1 - 6
    assert post(client, with_outcome(opening * most + b"1" + closing * most)).status_code == 200
    said = refused(post(client, with_outcome(opening * (most + 1) + b"1" + closing * (most + 1))), 400)["diagnostics"]
    assert said == "The body nests deeper than 100 levels."
    said = refused(post(client, with_outcome(opening * 5000 + b"1" + closing * 5000)), 400)["diagnostics"]
    assert said == "The body nests too deeply or holds a number JSON does not have."


def test_a_body_that_breaks_off_is_refused(client: FlaskClient) -> None:
    for end in (HERE, len(CHART) - 1, len(CHART) // 2):
        body = CHART[:end]
        assert refused(post(client, body), 400)["diagnostics"] == f"The body is not JSON ({place(body)})."
    body = CHART + b"}"
    assert refused(post(client, body), 400)["diagnostics"] == f"The body is not JSON ({place(body)})."


@pytest.mark.parametrize(
    "told", [{}, {"prefetch": None}, {"prefetch": []}, {"context": 1}, {"hook": 7}, {"later": [1]}]
)
def test_the_envelope_is_checked_as_ever(client: FlaskClient, told: dict[str, Any]) -> None:
    changed = {**json.loads(CHART), **told}
    padded = json.dumps({**changed, "padding": "Procedure " * 4000}).encode()
    first, second = post(client, changed), post(client, padded)
    assert first.status_code == second.status_code
    assert first.get_json() == second.get_json()


class Cut(io.BytesIO):
    """A body that breaks off."""

    def read(self, size: int | None = -1, /) -> bytes:
        return b"" if self.tell() else super().read(1000)


def test_a_client_that_goes_away_in_the_middle_of_its_body_is_refused(client: FlaskClient) -> None:
    answer = client.post(CHARGE, input_stream=Cut(CHART), content_length=len(CHART), content_type="application/json")
    assert "JSON" not in refused(answer, 400)["diagnostics"], "it is not the body that is at fault"
