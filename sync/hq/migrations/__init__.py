"""Alembic's revisions of HQ's tables, one file each in ``versions``, numbered from 0001 (CONTRIBUTING.md)."""
