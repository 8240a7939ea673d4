"""The feedback report: counts over what was shown and answered, as a table, as CSV and as a page with plots."""
