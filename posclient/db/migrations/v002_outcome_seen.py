"""Version 2: which of HQ's decisions on our facts a manager has seen (``posclient.db.outcomes``)."""

SQL = """
CREATE TABLE outcome_seen (
    fact TEXT NOT NULL, code TEXT NOT NULL, staff TEXT NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (fact, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_decided ON outbox (number) WHERE outcome IN ('applied_with_exception', 'quarantined');
"""
