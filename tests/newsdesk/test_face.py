"""The newsdesk is entered by its face, and entering costs next to nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

import newsdesk


def test_the_face_lists_its_names_in_order() -> None:
    assert newsdesk.__all__ == sorted(newsdesk.__all__, key=lambda name: (not name.isupper(), name))
    assert dir(newsdesk) == sorted(newsdesk.__all__)


@pytest.mark.parametrize("name", newsdesk.__all__)
def test_every_name_of_the_face_is_there_with_its_sentence(name: str) -> None:
    thing = getattr(newsdesk, name)
    assert name in ("Duration", "Size", "Word") or thing.__doc__


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="module 'newsdesk' has no attribute 'Dsek'"):
        newsdesk.Dsek  # type: ignore[attr-defined]  # noqa: B018


def test_entering_brings_in_neither_database_nor_validation() -> None:
    program = (
        "import sys, newsdesk; newsdesk.canonical_url('http://example.org'); newsdesk.TocsinError\n"
        "print([heavy for heavy in ('sqlalchemy', 'pydantic', 'yaml', 'idna') if heavy in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert (run.stdout.strip(), run.stderr) == ("[]", "")
