from importlib import import_module
from inspect import getdoc
from pathlib import Path

import pytest
from cyclopts import App

import tocsin.commands
from tocsin.cli import run

MODULES = sorted(path.stem for path in Path(tocsin.commands.__path__[0]).glob("[a-z]*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_a_command_explains_itself(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = module.rstrip("_").replace("_", "-")
    command = import_module(f"tocsin.commands.{module}").command
    explained = command.help if isinstance(command, App) else getdoc(command)
    assert explained
    assert explained.split(".")[0].split("\n")[0]
    assert run([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Usage: tocsin {name}")
    assert "Invocation" not in said
    assert "--call" not in said


@pytest.mark.parametrize("module", MODULES)
def test_a_command_refuses_an_option_that_it_does_not_have(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([module.rstrip("_").replace("_", "-"), "--no-such-option"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err
