"""Reading only: FHIR JSON in, facts with their evidence out. Nothing here decides a code."""
