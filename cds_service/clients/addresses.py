"""Where keys may be fetched from: which URLs can be a client's `jku`, and which addresses their host may have.

Knows URLs and `outbound`'s allow-list; opens no connection.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from cds_service.outbound.servers import Server, allowed

_VISIBLE = re.compile(r"[!-~]+")
_SANDBOX = "sandbox.cds-hooks.org"


def address_of(url: str, networks: Sequence[str] = (), *, plain: bool = False) -> Server:
    """The server of a `jku`. Without `networks` its address must be public; `plain` takes http from this machine.

    Raises:
        ValueError: the URL cannot be used; says why.
    """
    parts = urlsplit(url)
    if not _VISIBLE.fullmatch(url) or "\\" in url or parts.fragment:
        raise ValueError(f"{url!r} must be a URL as it stands in the token, without spaces and fragment")
    if parts.scheme not in ("https", "http"):
        raise ValueError(f"{url} must start with https://")
    if names_public_sandbox(url):
        raise ValueError(f"{url} is the public CDS Hooks sandbox, whose private key everyone has")
    (server,) = allowed([" ".join([f"{parts.scheme}://{parts.netloc}", *networks])])
    if parts.scheme == "http" and not (plain and all(n.is_loopback for n in server.networks)):
        raise ValueError(f"{url} must be https; http is for tests on 127.0.0.1, with loopback_http = true")
    return server


def names_public_sandbox(value: str) -> bool:
    """True for an issuer or URL of the public CDS Hooks sandbox (its signing key is in its repository)."""
    return _SANDBOX in value.lower()
