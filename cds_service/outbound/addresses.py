"""What addresses a site may write in its settings: browsers' origins, and the service's own base.

Knows URLs. Which servers may be called is `servers`'.
"""

import re
import ssl
from urllib.parse import urlsplit

_LOCAL = ("localhost", "127.0.0.1", "::1")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:]+\])(?::\d{1,5})?", re.IGNORECASE)


def check_origin(origin: str) -> None:
    """Accept one origin.

    Raises:
        ValueError: it is none, or one without TLS on another machine.
    """
    if not _ORIGIN.fullmatch(origin) or not _is_safe(origin):
        raise ValueError(f"{origin} must be one origin such as https://ehr.example.org, without path or star")


def check_base(value: str) -> None:
    """Accept an address before /cds-services, or nothing.

    Raises:
        ValueError: it is no such address; the message says what would be right.
    """
    url = urlsplit(value)
    if value and not (url.hostname and _is_safe(value) and url.geturl() == value and re.fullmatch("[!-~]+", value)):
        raise ValueError("it must be an address such as https://cds.hospital.example, http only on this machine")
    if url.port == 0 or url.query or url.fragment or "@" in url.netloc or "/cds-services" in url.path:
        raise ValueError("it must end before /cds-services, without user name, query and fragment")


def _is_safe(url: str) -> bool:
    """https, or http on this machine."""
    found = urlsplit(url)
    return found.scheme == "https" or (found.scheme == "http" and found.hostname in _LOCAL)


def check_authorities(path: str) -> None:
    """Nothing for a file of certificate authorities, or for no path.

    Raises:
        ValueError: there is no such file, or no certificate in it.
    """
    if path:
        try:
            ssl.create_default_context(cafile=path)
        except ssl.SSLError:
            raise ValueError("holds no certificate; it must be a file of PEM certificates") from None
        except OSError as error:
            raise ValueError(f"cannot be read: {error.strerror}") from None
