"""Version 3: HQ's signing key, what HQ has against this till, and the last differences of the clocks."""

SQL = """
ALTER TABLE terminal ADD COLUMN hq_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE terminal ADD COLUMN trouble TEXT;
ALTER TABLE terminal ADD COLUMN offsets TEXT NOT NULL DEFAULT '[]';
"""
