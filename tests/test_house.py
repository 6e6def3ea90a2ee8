"""The house rules that no other tool holds: short files, sorted faces, documented shelves, doors kept shut."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("newsdesk", "crawler", "alerts", "tocsin")
SOURCES = [path for package in (*PACKAGES, "tests", "benchmarks") for path in sorted((ROOT / package).rglob("*.py"))]


def test_no_file_is_above_400_lines() -> None:
    long = {str(path.relative_to(ROOT)): n for path in SOURCES if (n := len(path.read_text().splitlines())) > 400}
    assert not long


@pytest.mark.parametrize("package", PACKAGES[:3])
def test_the_face_of_a_package_is_sorted_and_holds_what_it_names(package: str) -> None:
    face = __import__(package)
    # As ruff sorts: constants, types, functions.
    assert list(face.__all__) == sorted(face.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name))
    assert all(hasattr(face, name) for name in face.__all__)


def test_every_module_opens_with_a_sentence() -> None:
    """Say in one sentence what the file holds."""
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if not path.is_relative_to(ROOT / "tests")
        and ((source := path.read_text()).strip() or path.name != "__init__.py")
        and not ast.get_docstring(ast.parse(source))
    ]
    assert not silent


def test_the_guide_names_every_shelf() -> None:
    guide = (ROOT / "docs" / "extending.md").read_text()
    for shelf in (
        "config/outlets/",
        "crawler/pages/",
        "crawler/spiders/",
        "alerts/channels/",
        "alerts/query/operators/",
        "tocsin/commands/",
        "tocsin/web/pages/",
        "tocsin/web/api/endpoints/",
    ):
        assert shelf in guide
        assert (ROOT / shelf).is_dir()


def test_every_link_between_the_documents_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


@pytest.mark.parametrize(
    ("door", "package"),
    [
        ("httpx", "alerts/post.py"),
        ("apscheduler", "tocsin/schedule.py"),
        ("scrapy", "crawler/"),
        ("twisted", "crawler/"),
    ],
)
def test_each_of_the_big_libraries_enters_by_one_door(door: str, package: str) -> None:
    pattern = re.compile(rf"^\s*(?:from|import) {door}\b", re.MULTILINE)
    users = {
        str(p.relative_to(ROOT))
        for name in PACKAGES
        for p in (ROOT / name).rglob("*.py")
        if pattern.search(p.read_text())
    }
    assert users
    assert all(user.startswith(package) for user in users)


def test_every_locked_package_carries_a_hash() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        for entry in re.split(r"\n(?=\S)", lock.read_text().strip()):
            if entry and not entry.startswith("#"):
                assert "--hash=sha256:" in entry, f"{lock.name}: {entry.splitlines()[0]}"


def test_the_wheel_ships_the_starter_configuration() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel["force-include"]) >= {"config/tocsin.yaml", "config/outlets", "config/watches"}
