"""The till's two databases: ``till.db`` (its own, precious) and ``cache.db`` (a copy of what HQ owns)."""
