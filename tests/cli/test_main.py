"""What the command says when it fails by a fault of its own."""

from __future__ import annotations

import pytest

from cleanclaim_cli import main


def test_a_fault_of_our_own_quotes_nothing_and_is_no_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise ValueError("DOE, JANE 1960-02-03")

    monkeypatch.setattr(main, "app", fails)
    with pytest.raises(SystemExit) as ended:
        main.main()
    said = capsys.readouterr().err
    assert ended.value.code == 70
    assert said.startswith("cleanclaim itself failed (ValueError in test_main.py, line ")
    assert "DOE" not in said and "Traceback" not in said
