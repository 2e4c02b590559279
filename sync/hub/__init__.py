"""A store's hub: the line between its tills, what the hub does for them, and what they do with it (docs/protocol.md).

Nothing here is imported by a till before its HQ does not answer, or before it is the hub itself.
"""
