"""What the shop knows and does: no Qt, no HTTP."""

__version__ = "0.1.0"
