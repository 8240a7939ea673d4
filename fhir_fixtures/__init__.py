"""Complete hook requests, why each is there, and the decision the rules call for; see README.md."""
