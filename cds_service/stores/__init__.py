"""What must outlive a request: which cards were shown, what was answered to them, which tokens were used.

Knows neither HTTP nor FHIR nor cards, and holds no patient data. Importing this package costs nothing: the database is
loaded by `opening`, only where one is used.
"""

from cds_service.stores.protocols import CardStore, StoreFault, Stores, StoreUnavailable, TokenStore

__all__ = ["CardStore", "StoreFault", "StoreUnavailable", "Stores", "TokenStore"]
