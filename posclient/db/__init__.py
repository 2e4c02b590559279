"""What is kept on the till's disk: ``till.db`` (its own, precious) and ``cache-<n>.db`` (a copy of what HQ owns).

Only this package knows SQLite. Modules on the way of a start or a scan need nothing but the standard library;
SQLModel (1.5 s to import) is loaded by ``rows`` and the ``till_*_tables`` alone, which the first fact needs.
"""
