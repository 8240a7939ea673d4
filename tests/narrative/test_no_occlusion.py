"""Words that name an occlusion and find none: asked about, prevented, made by a device, ticked as absent, consented to."""

import pytest

from tests.notes import answers, chart, document, report, silent, stent

NONE_FOUND = (
    "We were asked whether the right external iliac artery was occluded.",
    "Differential: right external iliac artery occlusion.",
    "To prevent occlusion of the right external iliac artery, clopidogrel was given.",
    "The right external iliac artery was occluded by the sheath during access.",
    "The right external iliac artery was temporarily occluded with a balloon.",
    "The right external iliac artery was occluded with a clamp.",
    "Right external iliac artery occlusion: [ ] yes [x] no",
    "Right external iliac artery occlusion? [x] no",
    "Right external iliac artery occlusion: ☐ yes ☒ no",
    "Consent covered angioplasty of an occluded right external iliac artery.",
    "The consent form also mentioned an occluded right external iliac artery.",
)
FOUND = (
    "Right external iliac artery occlusion: [x] yes [ ] no",
    "The right external iliac artery was occluded. Consent covered balloon angioplasty.",
    "The right external iliac artery was occluded; a catheter was passed.",
    "The right external iliac artery was occluded, with balloon angioplasty performed.",
)


@pytest.mark.parametrize("text", NONE_FOUND)
def test_an_occlusion_that_is_only_named_is_not_found(text: str) -> None:
    places = (document(text), report(text))
    assert [answers(chart(stent(), silent(), p)) for p in places] == [["03-04 review"]] * 2


@pytest.mark.parametrize("text", FOUND)
def test_an_occlusion_that_is_stated_is_found(text: str) -> None:
    assert answers(chart(stent(), silent(), document(text))) == ["03-04 yes"]
