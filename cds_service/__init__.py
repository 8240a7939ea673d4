"""The version, and nothing else: `cards` imports beneath this package, so importing it must cost nothing."""

__version__ = "0.1.0"
