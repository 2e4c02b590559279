"""A keyring that waits for somebody at its prompt: one thread waits there, however often the till tries."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import keyring
import pytest

from posclient.errors import LinkError
from sync import credentials
from sync.credentials import KeyringVault
from sync.prompts import OneByOne
from tests.sync.test_credentials import HELD, MemoryKeyring


class Prompting(MemoryKeyring):
    """Asks a person each time that a password is read, and waits until they ``answered``."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answered = 0, threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        assert self.answered.wait(20)
        return super().get_password(service, username)


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Prompting]:
    """It holds the keys of till t, and is locked."""
    before, prompting = keyring.get_keyring(), Prompting()
    monkeypatch.setattr(credentials, "_PROMPTS", OneByOne())
    keyring.set_keyring(prompting)
    KeyringVault().save("t", HELD)
    yield prompting
    prompting.answered.set()
    nobody_waits()
    keyring.set_keyring(before)


def waiting() -> int:
    return sum(one.name == "keyring" for one in threading.enumerate())


def nobody_waits() -> None:
    for one in threading.enumerate():
        if one.name == "keyring":
            one.join(5)


def why_not(seconds: float) -> object:
    with pytest.raises(LinkError, match="no_keyring") as caught:
        KeyringVault(seconds).load("t")
    return caught.value.params["why"]


def slow(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except LinkError as error:
        return error.params["why"] == "slow"
    return False


def test_a_prompt_that_nobody_answers_is_shown_once(prompt: Prompting) -> None:
    """S-28: a till tries again each half minute. Each try left a thread, a socket and one more prompt behind."""
    assert why_not(0.1) == "slow"
    began = time.monotonic()
    assert [why_not(0.5) for _ in range(20)] == ["slow"] * 20
    assert time.monotonic() - began < 0.5, "nobody waits again for what has not come"
    assert (waiting(), prompt.asked) == (1, 1)


def test_the_next_try_works_once_the_prompt_is_answered(prompt: Prompting) -> None:
    assert why_not(0.1) == "slow"
    prompt.answered.set()
    nobody_waits()
    assert KeyringVault(5).load("t") == HELD
    KeyringVault(5).save("t", HELD)
    KeyringVault(5).check()


def test_a_call_that_is_merely_under_way_is_waited_for(prompt: Prompting) -> None:
    """The window and its sync read the keyring at the same time, as each till does that starts."""
    with ThreadPoolExecutor(2) as both:
        read = [both.submit(KeyringVault(10).load, "t") for _ in range(2)]
        time.sleep(0.2)
        assert (waiting(), prompt.asked) == (1, 1)
        prompt.answered.set()
        assert [one.result(5) for one in read] == [HELD, HELD]
    assert prompt.asked == 2


def test_whoever_waits_for_another_waits_no_longer_than_for_the_keyring(prompt: Prompting) -> None:
    with ThreadPoolExecutor(1) as other:
        first = other.submit(KeyringVault(10).load, "t")
        while not prompt.asked:
            time.sleep(0.01)
        began = time.monotonic()
        assert why_not(0.2) == "slow"
        assert 0.2 <= time.monotonic() - began < 2
        prompt.answered.set()
        assert first.result(5) == HELD
    assert prompt.asked == 1


def test_whoever_waits_for_one_that_turns_out_to_hang_is_told_then(prompt: Prompting) -> None:
    with ThreadPoolExecutor(1) as other:
        first = other.submit(slow, lambda: KeyringVault(0.3).load("t"))
        while not prompt.asked:
            time.sleep(0.01)
        began = time.monotonic()
        assert why_not(10) == "slow"
        assert time.monotonic() - began < 2
        assert first.result(5)
    assert (waiting(), prompt.asked) == (1, 1)


def test_many_at_once_come_one_after_the_other() -> None:
    """Each gets the answer to its own question."""
    calls, under_way, most = OneByOne(), [0], [0]

    def call(number: int) -> int:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        time.sleep(0.005)
        under_way[0] -= 1
        return number

    with ThreadPoolExecutor(8) as all_of_them:
        answers = list(all_of_them.map(lambda number: calls.ask(lambda: call(number), 10), range(40)))
    assert (answers, most) == (list(range(40)), [1])
