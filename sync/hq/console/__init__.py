"""HQ's console in the browser, at ``/admin``: how things stand, what went wrong, and the few things a person may do.

It reads through read-only sessions. What it does, it does by functions of ``sync.hq`` that know no browser.
"""
