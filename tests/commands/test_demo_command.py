"""``posclient demo`` as a person calls it; the day itself is in tests/e2e."""

import pytest

from ui.cli import main


@pytest.mark.parametrize("size", ["1920", "1920x", "0x0", "1023x768", "99999x99999", "²x²"])
def test_a_size_that_no_window_has_is_an_error_of_use(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["demo", "--headless", "--size", size])
    assert stopped.value.code == 2
    assert "1920x1080" in capsys.readouterr().err
