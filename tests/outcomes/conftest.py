"""The databases of the store tests."""

from tests.stores.conftest import database, place

__all__ = ["database", "place"]
