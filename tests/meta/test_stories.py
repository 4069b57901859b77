"""Browser stories wait in a way that the pages' own policy allows."""

from pathlib import Path

import pytest

from tests.meta.project import ROOT, relative

pytestmark = pytest.mark.unit

STORIES = sorted((ROOT / "tests/browser").glob("*.py"))


@pytest.mark.parametrize("path", STORIES, ids=relative)
def test_story_does_not_evaluate_strings_in_the_page(path: Path) -> None:
    # Its first look comes from outside the page, each further one from inside, where the policy forbids `eval`.
    assert "wait_for_function(" not in path.read_text()
