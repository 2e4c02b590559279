"""The next revision of HQ's tables, out of what they are declared to be and what the revisions make so far.

``python tools/new_revision.py leases`` writes ``sync/hq/migrations/versions/v0003_leases.py``: read and
correct it, then raise ``HEAD``.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command

from sync.hq.database import connect_database
from sync.hq.migrating import FOLDER, alembic_config, upgrade
from sync.hq.schema import HEAD


def main() -> int:
    """Write the file and say where it is."""
    if len(sys.argv) != 2 or not sys.argv[1].isidentifier():
        print(__doc__, file=sys.stderr)
        return 2
    number = f"{int(HEAD) + 1:04}"
    with TemporaryDirectory() as folder:
        database = connect_database(f"sqlite:///{Path(folder) / 'hq.db'}")
        with database.write() as session:
            upgrade(session.connection())
            command.revision(alembic_config(session.connection()), sys.argv[1], autogenerate=True, rev_id=number)
        database.close()
    made = FOLDER / "versions" / f"v{number}_{sys.argv[1]}.py"
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", made], check=True)
    print(f"{made}: read it, correct it, then HEAD in sync/hq/schema.py is {number}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
