"""The pure core: from treated vessels to the codes of a session. Standard library only; no FHIR, no clock, no I/O."""
