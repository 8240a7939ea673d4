"""The addresses of what this product writes into charges and knows again: an identifier system and an extension."""

CHARGE_SUGGESTION = "https://iliac-cds.org/fhir/sid/charge-suggestion"
"""The system of the identifier of charges that a card suggested."""

CHARGE_MODIFIER = "https://iliac-cds.org/fhir/StructureDefinition/charge-modifier"
"""The extension of a ChargeItem that holds a modifier, for which FHIR has no element."""
