"""How a folder becomes a till, and becomes it anew without losing a fact."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from posclient.db import open_cart, terminal
from posclient.db.lock import FolderLock
from posclient.db.till_file import open_till
from posclient.domain.cart import Cart, CartLease
from posclient.domain.cart_text import CartWriter, read_cart
from posclient.errors import DataError, InputError, LinkError, Refused
from sync.credentials import FileVault, Secrets, entry, secrets_of
from sync.enrolment import Enrolment, enrol
from sync.hq.fact_tables import FactRow, SaleRow
from sync.hq.tables import EnrolmentCode
from sync.signing import Signer
from tests.sync.hq.till_at_hq import new_id
from tests.sync.tills import Chain, Line, TillFolder, stored, unreachable


def test_new_folder(chain: Chain, tmp_path: Path) -> None:
    till = TillFolder(chain, tmp_path / "new" / "till", chain.code("S002", 7))
    assert (till.me.terminal, till.me.store, till.me.slot, till.me.credentials) == ("S002-7", "S002", 7, "file")
    assert (till.me.hq, till.me.hq_url, len(till.me.seal_key)) == (chain.hq.id, "http://hq.test", 32)
    assert (till.folder.stat().st_mode & 0o777, (till.folder / "credentials.json").stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )
    assert till.cycle().error is None
    till.close()


def attempt(chain: Chain, folder: Path, dial: Callable[[str, Signer | None], Line] | None = None, **said: Any) -> None:
    wanted = Enrolment(**{"url": "http://hq.test", "code": "0000000000", "credentials": "file", **said})
    enrol(folder, wanted, dial or chain.dial, chain.clock, new_id)


def test_a_code_is_not_spent_where_the_key_could_not_be_kept(chain: Chain, tmp_path: Path) -> None:
    """S-28: no usable keyring: the error comes before the code is used, and the code still works."""
    code = chain.code()
    with pytest.raises(LinkError, match="no_keyring"):
        attempt(chain, tmp_path / "x", code=code, credentials="keyring")
    attempt(chain, tmp_path / "x", code=code)


@pytest.mark.parametrize("code", ["", "WRONG", "0" * 65, "\0"])
def test_code_that_is_wrong(chain: Chain, tmp_path: Path, code: str) -> None:
    """S-22: nothing is stored for it."""
    with pytest.raises(LinkError, match="bad_code"):
        attempt(chain, tmp_path / "x", code=code)
    con = open_till(tmp_path / "x")
    assert not terminal.is_enrolled(con)
    con.close()


def test_folder_that_a_till_runs_on(till: TillFolder, chain: Chain) -> None:
    """S-15: nobody enrols a folder under a running till."""
    with FolderLock(till.folder), pytest.raises(DataError, match="in_use"):
        attempt(chain, till.folder, code=chain.code("S001", 1))


def test_folder_that_cannot_be(chain: Chain, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot_write"):
        attempt(chain, tmp_path / "file" / "till")
    with pytest.raises(InputError, match="bad_credentials_kind"):
        attempt(chain, tmp_path / "y", credentials="cloud")


@pytest.mark.parametrize("changes", [{"seal_key": "?"}, {"seal_key": base64.b64encode(b"short").decode()}])
def test_hq_with_a_key_that_is_none(chain: Chain, tmp_path: Path, changes: dict[str, str]) -> None:
    def dial(url: str, signer: Signer | None) -> Line:
        line = chain.dial(url, signer)
        line.meddle = lambda _call, go: go().model_copy(update=changes)
        return line

    with pytest.raises(LinkError, match="not_hq"):
        attempt(chain, tmp_path / "x", dial, code=chain.code())


def dead_line(chain: Chain) -> Callable[[str, Signer | None], Line]:
    """The old key leads nowhere; a code still works."""

    def dial(url: str, signer: Signer | None) -> Line:
        line = chain.dial(url, signer)

        def meddle(_call: str, go: Callable[[], Any]) -> Any:
            if signer:
                raise unreachable()
            return go()

        line.meddle = meddle
        return line

    return dial


def again(till: TillFolder, code: str, dial: Callable[[str, Signer | None], Line] | None = None) -> None:
    till.close()
    try:
        till.enrol(code, dial)
    except Refused:
        till.con = open_till(till.folder)
        raise


def test_unsent_facts_go_first_under_the_old_identity(till: TillFolder, chain: Chain) -> None:
    """G-6: enrolled anew at another place: what was unsent has been sent as what it was."""
    facts = [till.note(), till.note()]
    again(till, chain.code("S002", 1))
    assert [(row.id, row.terminal) for row in stored(chain, FactRow)] == [(fact, "S001-1") for fact in facts]
    assert (till.me.terminal, till.unsent()) == ("S002-1", 0)
    report = till.cycle()
    assert (report.error, set(report.feeds)) == (None, {"global", "zone:z1", "store:S002", "terminal:S002-1"})


def test_lost_keys_and_the_same_place(till: TillFolder, chain: Chain) -> None:
    """G-6: the keyring was lost: the facts stay, and go under the new key."""
    facts = [till.note(), till.note()]
    FileVault(till.folder / "credentials.json").forget(entry(till.me.hq, till.me.terminal))
    again(till, chain.code("S001", 1))
    assert till.unsent() == 2
    facts.append(till.note())
    assert till.cycle().unsent == 0
    assert [row.id for row in stored(chain, FactRow)] == facts


def test_facts_that_could_never_be_sent_from_here(till: TillFolder, chain: Chain) -> None:
    """G-6: old identity dead, new place another: refused, and the folder is what it was."""
    fact = till.note()
    before = terminal.read(till.con), secrets_of(till.folder, till.me)
    with pytest.raises(Refused) as caught:
        again(till, chain.code("S002", 1), dead_line(chain))
    assert caught.value.code == "unsent_facts"
    assert caught.value.params["count"] == 1
    assert (caught.value.params["terminal"], caught.value.params["offered"]) == ("S001-1", "S002-1")
    assert (terminal.read(till.con), secrets_of(till.folder, till.me)) == before
    assert till.cycle().unsent == 0
    assert [row.id for row in stored(chain, FactRow)] == [fact]


def test_a_rolled_back_disk_is_enrolled_anew(till: TillFolder, chain: Chain, tmp_path: Path) -> None:
    """S-12: a disk that was put back: HQ knows more of this chain than the till. It tells, and a code mends it."""
    till.close()
    shutil.copytree(till.folder, tmp_path / "backup")
    till = TillFolder(chain, till.folder)
    for _ in range(3):
        till.sale()
    assert till.cycle().unsent == 0
    till.close()
    old = TillFolder(chain, tmp_path / "backup")
    old.sale()
    report = old.cycle()
    assert (report.outcomes, report.trouble) == ({"quarantined": 1}, "fork")
    again(old, chain.code("S001", 1))
    assert old.me.next_receipt_seq == 4
    after = old.sale()
    report = old.cycle()
    assert (report.error, report.unsent, report.outcomes, report.trouble) == (None, 0, {"applied": 1}, None)
    assert [row.id for row in stored(chain, SaleRow)][-1] == after
    old.close()


def test_what_was_leased_on_top_for_the_open_cart_was_the_earlier_enrolments(till: TillFolder, chain: Chain) -> None:
    """S-18: HQ keeps it for the machine that had the place; the cart itself waits for its customer."""
    top = CartLease("S001-1/M1/1", "M1", "value", 1_500, "2026-11-30T09:00:00+08:00", "signature")
    open_cart.save(
        till.con,
        CartWriter().text(Cart("C1", member="M1", guide="陈静", on_top=(top,))),
        chain.clock.now(),
    )
    again(till, chain.code("S001", 1))
    kept = open_cart.load(till.con)
    assert kept is not None
    assert read_cart(kept) == Cart("C1", member="M1", guide="陈静")


def test_a_cart_that_cannot_be_read_is_kept_by_an_enrolment(till: TillFolder, chain: Chain) -> None:
    """T-8: whoever opens the till next sees to it."""
    open_cart.save(till.con, '{"half', chain.clock.now())
    again(till, chain.code("S001", 1))
    assert open_cart.load(till.con) == '{"half'


def test_receipts_go_on_from_the_further_number(till: TillFolder, chain: Chain) -> None:
    """T-1, T-24: own number or HQ's, whichever is further: none is used twice."""
    for _ in range(3):
        till.sale()
    again(till, chain.code("S001", 1), dead_line(chain))
    assert till.me.next_receipt_seq == 4
    till.sale()
    assert till.cycle().outcomes == {"applied": 4}
    again(till, chain.code("S001", 1))
    assert till.me.next_receipt_seq == 5


def test_new_folder_at_an_old_place_goes_on_from_hqs_number(till: TillFolder, chain: Chain, tmp_path: Path) -> None:
    """T-1: a till whose disk was lost never uses a number again that HQ knows."""
    till.sale()
    till.cycle()
    fresh = TillFolder(chain, tmp_path / "fresh", chain.code("S001", 1))
    assert fresh.me.next_receipt_seq == 2
    assert till.cycle().error is not None  # the old folder's key has ended
    fresh.close()


def test_own_key_outlives_an_enrolment(till: TillFolder, chain: Chain) -> None:
    """What the till sealed for itself can still be opened."""
    key = secrets_of(till.folder, till.me).key
    again(till, chain.code("S001", 1))
    assert secrets_of(till.folder, till.me).key == key
    again(till, chain.code("S002", 1))
    assert secrets_of(till.folder, till.me).key == key


def test_no_key_is_left_behind(till: TillFolder, chain: Chain) -> None:
    old = entry(till.me.hq, till.me.terminal)
    again(till, chain.code("S002", 1))
    with pytest.raises(LinkError, match="no_credentials"):
        FileVault(till.folder / "credentials.json").load(old)


def word_of(chain: Chain, folder: Path) -> str:
    """What a till says when its sync begins."""
    try:
        till = TillFolder(chain, folder)
    except LinkError as error:
        return error.code
    report = till.cycle()
    till.close()
    return report.error.code if report.error else ""


@pytest.mark.parametrize(
    ("step", "word"),
    [("posclient.db.terminal.enrol", "unauthorized"), ("sync.credentials.FileVault.save", "no_credentials")],
)
def test_killed_before_the_new_key_is_kept(
    till: TillFolder, chain: Chain, monkeypatch: pytest.MonkeyPatch, step: str, word: str
) -> None:
    """HQ has a new key and waits for a new chain: the till says that it has no place, and is enrolled once more. With
    the new key and the old chain it would send all that it ever sent in each cycle, since HQ has nothing of the new.
    """
    till.note()
    assert till.cycle().unsent == 0
    fact = till.note()

    def kill(*_args: object) -> None:
        raise KeyboardInterrupt

    till.close()
    with monkeypatch.context() as patch:
        patch.setattr(step, kill)
        with pytest.raises(KeyboardInterrupt):
            attempt(chain, till.folder, dead_line(chain), code=chain.code("S001", 1))
    assert word_of(chain, till.folder) == word
    attempt(chain, till.folder, dead_line(chain), code=chain.code("S001", 1))
    till = TillFolder(chain, till.folder)
    assert [till.cycle().resent for _ in range(2)] == [0, 0]
    assert fact in {row.id for row in stored(chain, FactRow)}
    till.close()


def test_a_disk_of_before_the_enrolment_under_the_key_of_now(till: TillFolder, chain: Chain, tmp_path: Path) -> None:
    """S-19, S-22: a keyring is not put back with a disk. Under the new key HQ would take the old chain for one that
    it has lost, in each cycle, and prove no fork: the till says at once that it has to be enrolled, and then all is
    well. What it made before the copy and since arrives once.
    """
    facts = [till.note()]
    assert till.cycle().error is None
    facts.append(till.note())
    till.close()
    shutil.copy(till.folder / "till.db", tmp_path / "till.db")
    again(till, chain.code("S001", 1))
    facts.append(till.note())
    assert till.cycle().error is None
    till.close()
    shutil.copy(tmp_path / "till.db", till.folder / "till.db")
    assert word_of(chain, till.folder) == "no_credentials"
    attempt(chain, till.folder, code=chain.code("S001", 1))
    till = TillFolder(chain, till.folder)
    facts.append(till.note())
    assert [(report.error, report.resent) for report in (till.cycle(), till.cycle())] == [(None, 0)] * 2
    assert sorted(row.id for row in stored(chain, FactRow)) == sorted(facts)
    till.close()


def test_a_key_of_before_it_was_said_whose_it_is(till: TillFolder, chain: Chain) -> None:
    """A till that was enrolled by an earlier version goes on."""
    vault = FileVault(till.folder / "credentials.json")
    name = entry(till.me.hq, till.me.terminal)
    vault.save(name, replace(vault.load(name), incarnation=""))
    assert word_of(chain, till.folder) == ""


def test_codes_are_not_kept_in_the_clear(chain: Chain) -> None:
    """S-22."""
    code = chain.code()
    assert all(code not in repr(row) for row in stored(chain, EnrolmentCode))


def test_secrets_survive_a_second_till_in_the_same_vault(till: TillFolder) -> None:
    FileVault(till.folder / "credentials.json").save("other", Secrets(b"s" * 32, b"k" * 32))
    assert till.cycle().error is None
