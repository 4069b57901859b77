"""Settings read from the environment and from files beside it."""

from pathlib import Path

import pytest

from xuexin.environment import env

pytestmark = pytest.mark.unit


def test_secret_from_a_file_loses_its_line_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text("s3cret \n")
    monkeypatch.setenv("SOME_TEST_TOKEN_FILE", str(file))

    assert env.str("SOME_TEST_TOKEN") == "s3cret "
