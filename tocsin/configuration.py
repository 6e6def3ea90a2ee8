"""Configuration: settings, outlets and watches of one folder, with every mistake in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alerts import Watch, load_watches
from crawler import Outlet, load_outlets
from newsdesk import ConfigError, Problem
from tocsin.settings import Settings, survey_settings


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one folder says; `problems` are the mistakes that keep parts of it out."""

    folder: Path
    settings: Settings
    outlets: tuple[Outlet, ...]
    watches: tuple[Watch, ...]
    problems: tuple[Problem, ...] = ()


def load_configuration(folder: Path, env: Mapping[str, str], flags: Mapping[str, str]) -> Configuration:
    """Read the whole folder. Raises ConfigError with every mistake in every file."""
    configuration = survey_configuration(folder, env, flags)
    if configuration.problems:
        raise ConfigError(configuration.problems)
    return configuration


def survey_configuration(folder: Path, env: Mapping[str, str], flags: Mapping[str, str]) -> Configuration:
    """Read the whole folder and keep the mistakes beside what is sound."""
    settings, problems = survey_settings(folder, env, flags)
    outlets, outlet_problems = load_outlets(folder / "outlets")
    watches, watch_problems = load_watches(folder / "watches")
    return Configuration(
        folder, settings, tuple(outlets), tuple(watches), (*problems, *outlet_problems, *watch_problems)
    )
