"""Calls to other servers: which may be called, at which addresses, and until when. Knows nothing of what is asked."""
