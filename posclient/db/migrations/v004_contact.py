"""Version 4: when HQ last answered this till, and since when personal data are sealed (``posclient.db.contact``).

What is known of the last answer is when it took a fact.
"""

SQL = """
ALTER TABLE terminal ADD COLUMN contact_ms INTEGER;
ALTER TABLE terminal ADD COLUMN contact_wall_ms INTEGER;
ALTER TABLE terminal ADD COLUMN sealed_ms INTEGER;
UPDATE terminal SET contact_wall_ms = (SELECT max(acked_ms) FROM outbox);
UPDATE terminal SET contact_ms = contact_wall_ms + coalesce(offset_ms, 0);
"""
