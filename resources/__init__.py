"""Data files that the program ships: words, icons, tokens, receipt labels, the demo chain."""
