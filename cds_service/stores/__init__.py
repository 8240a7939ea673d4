"""What must outlive a request, behind Protocols. Knows neither HTTP nor FHIR."""
