"""Transport only: HTTP and the CDS Hooks wire format around `cds_service.advice`."""
