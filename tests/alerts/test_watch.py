"""Watches as files: read whole, with every mistake at its line and column."""

import pytest

from alerts import load_watches
from alerts.advising.advice import Adviser


@pytest.fixture
def folder(tmp_path):
    def lay(**files):
        for slug, text in files.items():
            (tmp_path / f"{slug}.yaml").write_text(text, "utf-8")
        return load_watches(tmp_path)

    return lay


def places(problems):
    return [(problem.line, problem.column) for problem in problems]


def test_a_watch_is_read_with_its_raw_targets(folder):
    watches, problems = folder(
        quartet="""\
name: Middle East Quartet
query: (Lavrov OR "foreign minister") AND (Quartet OR Hamas)
outlets: [rt, "tag:state-media"]
languages: [en]
notify:
  - email: desk@example.org
    at: "08:00"
"""
    )
    assert problems == []
    (watch,) = watches
    assert (watch.slug, watch.name) == ("quartet", "Middle East Quartet")
    assert watch.query_text == str(watch.query) == '(Lavrov OR "foreign minister") AND (Quartet OR Hamas)'
    assert (watch.outlets, watch.languages) == (("rt", "tag:state-media"), ("en",))
    assert watch.notify == ({"email": "desk@example.org", "at": "08:00"},)
    problem = watch.problem(("notify", 0, "at"), "wrong")
    assert (problem.line, problem.column) == (7, 9)


def test_a_watch_without_a_name_has_its_slugs_and_no_folder_is_no_watch(folder, tmp_path):
    assert folder(lavrov="query: Lavrov")[0][0].name == "lavrov"
    assert load_watches(tmp_path / "missing") == ([], [])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("query: Lavrov AND\n", (1, 15)),
        ("query: Lavrov\n  Hamas titel:x\n", (2, 9)),
        ("query: 'Lavrov''s AND'\n", (1, 19)),
        ('query: "a \\"x y\\" AND"\n', (1, 19)),
        ('query: "\\u041b AND"\n', (1, 16)),
        ("query: >\n  (Lavrov\n  OR Hamas) titel:x\n", (3, 13)),
        ("query: |  # long\n    Lavrov\n    AND\n", (3, 5)),
        ('query: "Lavrov\n   AND"\n', (2, 4)),
        ("query: ''\n", (1, 8)),
        ("name: x\nquery: (Lavrov\n", (2, 8)),
    ],
)
def test_a_wrong_query_is_shown_at_its_letter(folder, text, place):
    watches, problems = folder(wrong=text)
    assert watches == []
    assert places(problems) == [place]
    assert str(problems[0]).startswith(str(problems[0].file))
    assert problems[0].remedy


def test_all_mistakes_of_all_files_are_told_at_once_and_sound_files_are_kept(folder):
    watches, problems = folder(
        a="query: Lavrov\n",
        b="query: Lavrov AND\nlangages: [en]\n",
        c="name: no query\n",
        d="query: [a\n",
        e="query: Lavrov\nlanguages: [english language]\noutlets: ['']\n",
        F_="query: x\n",
        g="query: 5\n",
        h="[]\n",
    )
    assert [watch.slug for watch in watches] == ["a"]
    told = {problem.file.stem: [] for problem in problems}
    for problem in problems:
        told[problem.file.stem].append(problem.what)
    assert sorted(told) == ["F_", "b", "c", "d", "e", "g", "h"]
    assert len(told["b"]) == 2
    assert len(told["e"]) == 2
    assert places(problem for problem in problems if problem.file.stem == "b") == [(1, 15), (2, 1)]


def test_stems_can_be_asked_for_throughout(folder):
    (watch,) = folder(a="query: negotiate\nstem: true\n")[0]
    from alerts.query import Doc

    doc = Doc(("negotiating", "", "", "", "", "", ""), (), "rt", "en", ())
    assert watch.query.matches(doc)


def test_what_a_query_may_not_mean_is_told_at_its_place(folder):
    (watch,) = folder(a="query: >\n  cats\n  and dogs\n")[0]
    (warning,) = Adviser().problems(watch)
    assert (warning.line, warning.column) == (3, 3)
    assert "small letters" in warning.what
