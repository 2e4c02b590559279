"""Everything that may go wrong, as a tree.

    PosError                 an error carries a code and parameters, never a sentence
    ├── InputError           what a person or a file gave us is wrong; they can mend it
    │   └── NotFound         it is well formed, but nothing here has that name
    ├── Refused              a rule of the shop forbids it (permission, allowance, state)
    ├── DataError            a database or file of ours is broken, full, locked or not ours
    ├── DeviceError          printer, drawer, camera, scanner
    └── LinkError            HQ or the way to it (set in ``sync``)

The window and the command line own the sentences (``ui/sentences.py``). Whatever is not a
``PosError`` is a bug of ours.
"""

from __future__ import annotations


class PosError(Exception):
    """The world is not as we need it: ``code`` names how, ``params`` says where."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code}({details})" if details else self.code


class InputError(PosError):
    """Bad input; nothing was changed."""


class NotFound(InputError):
    """Well formed, but unknown here."""


class Refused(PosError):
    """A rule of the shop forbids it now; nothing was changed."""


class DataError(PosError):
    """A database or file of ours cannot be used."""


class DeviceError(PosError):
    """A device did not do what it was told. Never undoes a sale."""


class LinkError(PosError):
    """HQ could not be reached or did not understand us."""
