"""The settings as the README shows them. Knows how a default is written for a reader."""

from cds_service.settings import Settings


def table() -> list[tuple[str, str, str]]:
    """The settings as rows of (variable, default, meaning), for the README."""
    fields = Settings.model_fields.items()
    return [(f"ILIAC_CDS_{name.upper()}", _shown(info.default), info.description or "") for name, info in fields]


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ", ".join(default) or "(empty)"
    return str(default) or "(empty)"
