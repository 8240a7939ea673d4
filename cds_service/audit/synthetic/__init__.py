"""Synthetic exports with known truth: everybody can check what the audit finds and how fast it is. Nobody is real."""
