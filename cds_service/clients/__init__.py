"""The CDS clients that are trusted, and how a caller proves to be one of them. Knows no HTTP server and no FHIR."""
