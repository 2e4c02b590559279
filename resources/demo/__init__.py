"""晴朗童装, a demo chain: three stores and a warehouse, made by a seeded script as HQ's import files.

``write_chain(folder, today)`` writes the files that ``posclient hq import`` reads; the same day gives the same bytes.
"""

from resources.demo.chain import write_chain

__all__ = ["write_chain"]
