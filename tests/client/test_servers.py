"""The allow-list: what an entry may be, which base a request may name, which address and which link is under it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.outbound.servers import Server, allowed, server_at
from cds_service.settings import Settings

(EHR,) = allowed(["https://FHIR.example.org:443/tenant/r4/"])


def test_a_base_is_kept_in_one_form() -> None:
    assert Server(scheme="https", host="fhir.example.org", port=443, path="/tenant/r4") == EHR
    assert EHR.base == "https://fhir.example.org/tenant/r4"
    assert allowed(["https://[2001:db8::1]:8443 2001:db8::/32"])[0].base == "https://[2001:db8::1]:8443"


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ("", "https://"),
        ("fhir.example.org/r4", "https://"),
        ("ftp://fhir.example.org", "https://"),
        ("http://fhir.example.org/r4", "must be https"),
        ("http://8.8.8.8/r4", "must be https"),
        ("http://fhir.example.org/r4 0.0.0.0/0", "must be https"),
        ("https://user:word@fhir.example.org/r4", "no user name"),
        ("https://fhir.example.org/r4?x=1", "no user name, query"),
        ("https://fhir.example.org/r4#x", "no user name, query"),
        ("https://fhir.example.org/../r4", "plain"),
        ("https://fhir.example.org/r%34", "plain"),
        ("https://fhir_x*.example.org/", "plain name"),
        ("https://fhir.example.org:port/", "cannot be called"),
        ("https://fhir.example.org/r4 10.0.0.0/33", "cannot be called"),
    ],
)
def test_an_entry_that_cannot_be_used_is_refused_at_the_start(entry: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        allowed([entry])
    if entry:
        with pytest.raises(ValueError, match=word):
            Settings(fhir_servers=(entry,))


@pytest.mark.parametrize(
    "same",
    [
        "https://fhir.example.org/tenant/r4",
        "https://fhir.example.org:443/tenant/r4/",
        "HTTPS://FHIR.EXAMPLE.ORG/tenant/r4",
    ],
)
def test_a_request_may_name_a_listed_base(same: str) -> None:
    assert server_at([EHR], same) is EHR


@pytest.mark.parametrize(
    "other",
    [
        None, 7, ["https://fhir.example.org/tenant/r4"], "", "https://fhir.example.org", "https://fhir.example.org/tenant",
        "https://fhir.example.org/tenant/r4/Patient", "https://fhir.example.org/tenant/r4/../r5",
        "https://fhir.example.org/other/r4", "http://fhir.example.org/tenant/r4", "https://fhir.example.org:8443/tenant/r4",
        "https://fhir.example.org.evil.example/tenant/r4", "https://fhir.example.org@evil.example/tenant/r4",
        "https://evil.example/https://fhir.example.org/tenant/r4", "https://user@fhir.example.org/tenant/r4",
        "https://evil.example\\@fhir.example.org/tenant/r4", "https://fhir.example.org/tenant/r4?x", "https://fhir.example.org/tenant/r4#",
        "https://fhir.example.org/tenant/r4\n", "https://[fhir.example.org/tenant/r4", "https://fhir.ex\u0430mple.org/tenant/r4",
        "file:///etc/passwd", "https://fhir.example.org./tenant/r4", "https://fhir.example.org:0x1bb/tenant/r4",
        "https://%66hir.example.org/tenant/r4", "https://fhir%2eexample.org/tenant/r4", "https://2130706433/tenant/r4", "https://0x7f000001/tenant/r4",
        "https://0177.0.0.1/tenant/r4", "https://127.1/tenant/r4", "https://[::ffff:127.0.0.1]/tenant/r4", "https://[::1%25eth0]/tenant/r4",
        "https://fhir.example.org:443@evil.example/tenant/r4", "https://fhir.example.org%00.evil.example/tenant/r4", "//fhir.example.org/tenant/r4",
    ],
)  # fmt: skip
def test_a_request_may_name_no_other_base(other: object) -> None:
    found = server_at([EHR], other)
    assert found is None or other == "https://fhir.example.org/tenant/r4#", "an empty fragment is none"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("Patient/1", "/Patient/1"),
        ("Procedure?encounter=1&_count=2", "/Procedure?encounter=1&_count=2"),
        ("?_getpages=abc&x=%20", "/?_getpages=abc&x=%20"),
        ("https://fhir.example.org/tenant/r4?page=2", "?page=2"),
        ("https://fhir.example.org:443/tenant/r4/Binary/1#x", "/Binary/1"),
        ("/tenant/r4/Binary/1", "/Binary/1"),
        ("//fhir.example.org/tenant/r4/Binary/1", "/Binary/1"),
        ("./Binary/1", "/Binary/1"),
    ],
)
def test_a_link_under_the_base_is_followed(link: str, url: str) -> None:
    assert EHR.within(link) == EHR.base + url


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/tenant/r4/Binary/1", "//evil.example/tenant/r4/Binary/1", "http://fhir.example.org/tenant/r4/Binary/1",
        "https://fhir.example.org:8443/tenant/r4/Binary/1", "https://fhir.example.org@evil.example/tenant/r4/Binary/1",
        "https://u:p@fhir.example.org/tenant/r4/Binary/1", "https://fhir.example.org/tenant/r44/Binary/1", "/admin", "../../admin", "Binary/../../../admin",
        "Binary/%2e%2e/%2E%2E/admin", "Binary/..%2f..%2fadmin", "Binary/..%5c..", "Binary\\..\\x", "Binary/1\r\nX: y", "Binary/1 2",
        "", "javascript:1", "data:text/plain,x", "file:///etc/passwd", "urn:uuid:1", "Binary/\u0661", "https://[::1", "https://fhir.example.org:99999999/tenant/r4/x",
    ],
)  # fmt: skip
def test_a_link_that_leads_elsewhere_is_not(link: str) -> None:
    assert EHR.within(link) == ""


@given(st.text() | st.text(alphabet="htps:/fir.examplog@%2e\\?#tenant4[]1"))
def test_whatever_a_link_is_the_url_stays_under_the_base(link: str) -> None:
    url = EHR.within(link)
    assert url == "" or url[len(EHR.base) :][:1] in ("", "/", "?")
    assert url == "" or url.startswith(EHR.base)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_a_public_address_is_permitted(address: str) -> None:
    assert EHR.permits(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1", "3fff::1", "100::1", "2001:db8::1",
        "192.0.0.8", "192.0.0.170", "192.88.99.1", "198.18.0.1", "203.0.113.1", "168.63.129.16", "100.100.100.200", "fd00:ec2::254",
        "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "not an address", "",
    ],
)  # fmt: skip
def test_an_address_inside_is_not_permitted_to_a_name(address: str) -> None:
    assert not EHR.permits(address)


def test_an_address_inside_is_permitted_where_the_list_says_so() -> None:
    inner, literal, local = allowed(
        ["https://fhir.hospital.example/r4 10.1.0.0/16", "https://192.168.1.5/r4", "http://localhost:8080/r4"]
    )
    assert inner.permits("10.1.2.3")
    assert not inner.permits("10.2.0.1")
    assert not inner.permits("93.184.216.34")
    assert literal.permits("192.168.1.5")
    assert not literal.permits("192.168.1.6")
    assert local.permits("127.0.0.1")
    assert local.permits("::1")
    assert not local.permits("10.1.2.3")
