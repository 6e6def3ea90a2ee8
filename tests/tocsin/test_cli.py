import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.cli import run

HEAVY = (
    "scrapy",
    "twisted",
    "sqlalchemy",
    "trafilatura",
    "httpx",
    "apscheduler",
    "starlette",
    "lxml",
    "alembic",
)


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOCSIN_CONFIG", raising=False)


def heavy_imports(*arguments: str) -> str:
    code = (
        "import sys; from tocsin.cli import run\n"
        "try: code = run(sys.argv[1:])\n"
        "finally: print('LOADED', *[name for name in sys.modules if '.' not in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = done.stdout.rpartition("LOADED")[2].split()
    return " ".join(name for name in HEAVY if name in loaded)


def test_help_loads_nothing_heavy() -> None:
    assert heavy_imports("--help") == ""
    assert heavy_imports("try", "--help") == ""
    assert heavy_imports("--version") == ""


def test_reading_settings_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "tocsin.yaml").write_text("crawl:\n  dealy: 1s\n")
    assert heavy_imports("-c", str(tmp_path), "export") == ""


@pytest.mark.parametrize("arguments", [["--help"], [], ["-c", "."]])
def test_help_lists_every_command_with_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    listed = {line.split()[1]: line for line in lines if line.startswith("│ ") and not line.startswith("│  ")}
    files = (Path(__file__).parents[2] / "tocsin" / "commands").glob("[a-z]*.py")
    for name in (path.stem.rstrip("_") for path in files):
        assert len(listed[name].split()) > 3, name


def test_without_a_configuration_one_is_told_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["outlets"]) == 2
    assert "tocsin init" in capsys.readouterr().err


def test_a_folder_that_does_not_exist_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-c", "nowhere", "outlets"]) == 2
    assert "nowhere is not a folder" in capsys.readouterr().err


def test_the_folder_comes_from_the_flag_the_environment_or_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("config", "env", "flag"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tocsin.yaml").write_text(f"{name}: 1\n")
    assert run(["outlets"]) == 2
    assert 'config/tocsin.yaml:1:1: "config" is not a setting' in capsys.readouterr().err
    monkeypatch.setenv("TOCSIN_CONFIG", "env")
    assert run(["outlets"]) == 2
    assert "env/tocsin.yaml:1:1" in capsys.readouterr().err
    assert run(["outlets", "--config", "flag"]) == 2
    assert "flag/tocsin.yaml:1:1" in capsys.readouterr().err


def test_an_unknown_command_or_option_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["chekc"]) == 2
    assert "check" in capsys.readouterr().err
    assert run(["articles", "--limt", "3"]) == 2
    assert run(["articles", "--limit", "many"]) == 2
    assert capsys.readouterr().out == ""


def test_a_setting_flag_needs_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--set", "crawl.delay", "outlets"]) == 2
    assert "--set crawl.delay=2s" in capsys.readouterr().err


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip()


def test_init_lays_down_a_folder_that_check_finds_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "mine"]) == 0
    assert (tmp_path / "mine" / "tocsin.yaml").is_file()
    assert list((tmp_path / "mine" / "watches").glob("*.yaml"))
    capsys.readouterr()
    assert run(["-c", "mine", "check"]) == 0
    assert capsys.readouterr().out.startswith("ok")


def test_init_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "tocsin.yaml").write_text("web: {}\n")
    assert run(["init", "mine"]) == 0
    assert (tmp_path / "mine" / "tocsin.yaml").read_text() == "web: {}\n"
    assert "kept mine/tocsin.yaml" in capsys.readouterr().out


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m tocsin init mine"
    with subprocess.Popen(
        command.split(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_a_place_that_cannot_be_written_is_told_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert run(["init", "file/mine"]) == 1
    assert capsys.readouterr().err.startswith("file/mine")
