"""Whatever is in an import file, HQ reports faults and takes the good rows; never a crash or a hang (S-9)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posclient.errors import InputError
from sync.hq.database import Database
from sync.hq.imports.importing import FILES, import_folder
from sync.hq.imports.reading import NOTES, CsvFile, Fault
from sync.hq.service import Hq
from tests.fuzz.mutants import ODD, broken
from tests.fuzz.runs import examples
from tests.sync.hq.test_import_folder import FILES as GOOD

KNOWN = {one.name: one for one in FILES}


def spoiled(random: Random, name: str) -> bytes:
    """A good file with odd cells, or with its bytes broken."""
    lines = [line.split(",") for line in GOOD[name].splitlines()]
    for _ in range(random.randrange(3)):
        line = random.choice(lines)
        line[random.randrange(len(line))] = str(random.choice(ODD))
    if random.random() < 0.3:
        lines.append(list(random.choice(lines)))
    data = "\n".join(",".join(line) for line in lines).encode("utf-8", "surrogatepass") + b"\n"
    data = broken(random, data) if random.random() < 0.5 else data
    return data.decode("utf-8", "replace").encode("utf-16") if random.random() < 0.02 else data


def rows_of(path: Path) -> tuple[int, list[Fault]]:
    faults: list[Fault] = []
    return len(list(CsvFile(path, KNOWN[path.name].columns, faults.append).rows())), faults


def test_any_file_is_rows_and_faults(tmp_path: Path) -> None:
    ends: Counter[str] = Counter()
    for random in examples(600):
        name = random.choice(list(GOOD))
        path = tmp_path / f"{name}.csv"
        path.write_bytes(spoiled(random, name))
        good, faults = rows_of(path)
        ends["good"] += good
        ends.update(fault.code for fault in faults)
        assert all(fault.line >= 0 and fault.file == path.name for fault in faults)
    assert ends["good"] > 0 < ends["cells"]


@settings(max_examples=40)
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8"))))
def test_a_file_of_anything(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "products.csv"
    for start in (b"", b"sku,price,name\n", b'sku,price,name\n"'):
        path.write_bytes(start + data)
        rows_of(path)


@pytest.mark.slow
def test_any_folder_is_imported_as_far_as_it_is_good(hq_database: Database, tmp_path: Path) -> None:
    """With the database behind it: every row is counted as good or bad, and strict leaves nothing of a bad folder."""
    Hq(hq_database)
    folder = tmp_path / "in"
    folder.mkdir()
    ends: Counter[str] = Counter()
    for random in examples(25, share=50):
        for path in folder.iterdir():
            path.unlink()
        for name in random.sample(list(GOOD), 4):
            (folder / f"{name}.csv").write_bytes(spoiled(random, name))
        faults: list[Fault] = []
        try:
            report = import_folder(hq_database, folder, random.random() < 0.3, faults.append)
        except InputError as error:
            ends[error.code] += 1
            continue
        assert bool(report.bad) == any(fault.code not in NOTES for fault in faults)
        assert not (report.undone and report.published)
        ends["good"] += sum(one.good for one in report.files.values())
        ends["bad"] += report.bad
    assert ends["good"] > 0 < ends["bad"]
