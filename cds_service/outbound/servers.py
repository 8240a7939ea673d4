"""The servers that may be called: who is on an allow-list, which addresses they may have, what lies under them.

Knows URLs and IP addresses; opens no connection. A URL from a request or an answer is never used as it came: what is
called is built from the allow-list's own words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urljoin, urlsplit

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")
_PLAIN = re.compile(r"[!-\[\]-~]+")  # visible ASCII without the backslash
_HIDDEN_STEP = re.compile(r"%(?:2e|2f|5c)|(?:^|/)\.{1,2}(?:/|$)|//", re.IGNORECASE)
# Ways to write an IPv4 address, possibly a private one, as an IPv6 address of the public part.
_TUNNELS = (ip_network("64:ff9b::/96"), ip_network("2002::/16"), ip_network("2001::/32"))
# Public by their number, but of a network's inside: site-local and documentation addresses, protocol assignments, the
# relays of 6to4, and the host of an Azure machine.
_INSIDE = tuple(ip_network(n) for n in ("fec0::/10", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"))
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One base URL on an allow-list. Without `networks` its addresses must be public ones."""

    scheme: str
    host: str
    port: int
    path: str
    networks: tuple[Network, ...] = ()

    @property
    def base(self) -> str:
        """The base URL, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def permits(self, address: str) -> bool:
        """True when a connection may be made to this IP address."""
        try:
            found = ip_address(address)
        except ValueError:
            return False
        if isinstance(found, IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        if self.networks:
            return any(found in network for network in self.networks)
        inside = any(found in network for network in (*_TUNNELS, *_INSIDE))
        return found.is_global and not (found.is_multicast or found.is_reserved or inside)

    def within(self, link: str) -> str:
        """A relative or absolute link as a URL under this base; empty when it leads anywhere else."""
        if not _PLAIN.fullmatch(link):
            return ""
        try:
            found = urlsplit(urljoin(f"{self.base}/", link))
            same = _place(found) == (self.scheme, self.host, self.port)
        except ValueError:
            return ""
        if not same or "@" in found.netloc or _HIDDEN_STEP.search(found.path):
            return ""
        rest = found.path.removeprefix(self.path)
        if not found.path.startswith(self.path) or rest[:1] not in ("", "/"):
            return ""
        return f"{self.base}{rest}" + (f"?{found.query}" if found.query else "")


def allowed(entries: Sequence[str]) -> tuple[Server, ...]:
    """The servers of an allow-list. An entry is a base URL and, for a private address, the networks it may lie in.

    Raises:
        ValueError: an entry cannot be used; says which and why.
    """
    return tuple(_server(entry) for entry in entries)


def server_at(servers: Sequence[Server], url: object) -> Server | None:
    """The allow-listed server whose base is this URL, path and all; a slash at the end does not matter."""
    if not isinstance(url, str) or not _PLAIN.fullmatch(url):
        return None
    try:
        found = _bare(urlsplit(url))
    except ValueError:
        return None
    return next((s for s in servers if (s.scheme, s.host, s.port, s.path) == found), None)


def _server(entry: str) -> Server:
    url, *named = entry.split() or [""]
    try:
        scheme, host, port, path = _bare(urlsplit(url))
        networks = tuple(ip_network(n) for n in named) or _own(host)
    except ValueError as error:
        raise ValueError(f"{url or 'an entry'} cannot be called: {error}") from None
    if scheme == "http" and (not networks or any(n.is_global for n in networks)):
        raise ValueError(
            f"{url} must be https: without TLS a token may only travel in a private network named after it"
        )
    return Server(scheme=scheme, host=host, port=port, path=path, networks=networks)


def _own(host: str) -> tuple[Network, ...]:
    """The network of a host that is an address itself."""
    if host == "localhost":
        return _LOOPBACK
    try:
        return (ip_network(host),)
    except ValueError:
        return ()


def _bare(url: SplitResult) -> tuple[str, str, int, str]:
    """Scheme, host, port and path of a base URL.

    Raises:
        ValueError: it has more than these, or they are not plain.
    """
    if "@" in url.netloc or url.query or url.fragment:
        raise ValueError("a base URL has no user name, query or fragment")
    path = url.path.rstrip("/")
    if "%" in path or _HIDDEN_STEP.search(path):
        raise ValueError("its path must be plain, without dots and percent signs")
    return (*_place(url), path)


def _place(url: SplitResult) -> tuple[str, str, int]:
    host = (url.hostname or "").lower()
    if url.scheme not in _PORTS:
        raise ValueError("it must start with https://")
    if not _HOST.fullmatch(host):
        raise ValueError("its host must be a plain name or address")
    if url.port == 0:
        raise ValueError("its port must be one that can be called")
    return url.scheme, host, url.port or _PORTS[url.scheme]
