"""The ways in: the window (Qt, thin) and the command line."""
