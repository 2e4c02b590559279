"""Reading a chain's CSV files into HQ (docs/hq.md, import files)."""
