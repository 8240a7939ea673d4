"""Where a store is. Knows the data directory; opens nothing."""

from dataclasses import dataclass, field
from pathlib import Path

FILE_NAME = "iliac-cds.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A PostgreSQL `url`, or else a file in `directory`, or else one in the user's own data directory."""

    url: str = field(default="", repr=False)
    directory: str = ""

    @property
    def file(self) -> Path:
        """The embedded store's file."""
        from platformdirs import user_data_path

        folder = Path(self.directory) if self.directory else user_data_path("iliac-cds", appauthor=False)
        return folder / FILE_NAME
