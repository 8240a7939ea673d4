"""The retrospective audit: FHIR Bulk Data in, findings on charges out, with the service's own reader and decision."""
