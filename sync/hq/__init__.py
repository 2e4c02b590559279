"""The reference HQ: the same ``HqApi`` over its own tables. The only place that knows FastAPI."""
