"""Settings: defaults < DIR/tocsin.yaml < TOCSIN_* < flags; says where each value came from."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    model_validator,
)

from alerts import AlertSettings, SmtpSettings
from crawler import CrawlSettings
from newsdesk import (
    FOREVER,
    ConfigError,
    Keep,
    Problem,
    YamlFile,
    did_you_mean,
    parse_duration,
    parse_keep,
    read_yaml,
    validate,
)

Place = tuple[str | int, ...]

_PREFIX = "TOCSIN_"
_NOT_SETTINGS = {"TOCSIN_CONFIG", "TOCSIN_CRASH_AT"}
# What Kubernetes puts into every container beside a Service called "tocsin".
_SERVICE_LINK = re.compile(r"TOCSIN_(SERVICE_(HOST|PORT)\w*|PORT(_\d+_\w+)?)")


def _address(value: str) -> str:
    """Accept `HOST:PORT`, `[IPv6]:PORT`, or nothing for no web face."""
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\s:/]+):(\d{1,5})", value)
    if value and not (found and int(found[2]) < 65536):
        raise ValueError('write HOST:PORT, like 127.0.0.1:8480, or "" for no web face')
    return value


def _web_address(value: str) -> str:
    """Accept an http(s) address, kept without its last slash."""
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("write the address that readers use, like https://news.example.org")
    return value.rstrip("/")


def _keys(value: Any) -> Any:
    """Accept one key, several in one text, as a file holds them, or a list of them."""
    return re.split(r"[\s,]+", value.strip()) if isinstance(value, str) and value.strip() else value or ()


def _key(value: SecretStr) -> SecretStr:
    """Accept a key that nobody guesses."""
    if not re.fullmatch(r"[!-~]{32,}", value.get_secret_value()):
        raise ValueError("write 32 characters or more, as `tocsin secrets new` makes them")
    return value


def _networks(value: Any) -> Any:
    """Accept one network or a list of them."""
    return [value] if isinstance(value, str) else value


def _network(value: str) -> str:
    try:
        return str(ip_network(value.strip(), strict=False))
    except ValueError:
        raise ValueError("write a network, like 127.0.0.0/8 or fd00::/8") from None


def _keep_pages(value: Any) -> timedelta:
    """Read `none`, `forever` or a duration."""
    if value == "none":
        return timedelta(0)
    try:
        return parse_keep(value)
    except ValueError:
        raise ValueError("write none, forever, or a number and a unit of a day at least, like 30d") from None


def _database(value: str) -> str:
    if not re.match(r"sqlite:///.|postgresql(\+psycopg)?://", value):
        raise ValueError("write sqlite:///FILE or postgresql+psycopg://user@host/name")
    return re.sub(r"^postgresql://", "postgresql+psycopg://", value)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class WebSettings(_Section):
    """The web face: where it listens and how readers reach it."""

    bind: Annotated[str, AfterValidator(_address)] = "127.0.0.1:8480"
    public_url: Annotated[str, AfterValidator(_web_address)] = "http://127.0.0.1:8480"

    @model_validator(mode="before")
    @classmethod
    def _reached_where_it_listens(cls, given: Any) -> Any:
        """Have links lead to the port that it listens on, where nothing else is said."""
        port = str(given.get("bind", "")).rpartition(":")[2] if isinstance(given, dict) else ""
        if port.isdecimal() and int(port) and given.get("public_url") is None:
            return {**given, "public_url": f"http://127.0.0.1:{port}"}
        return given

    @property
    def enabled(self) -> bool:
        """Tell whether there is a web face at all."""
        return bool(self.bind)

    @property
    def host(self) -> str:
        """The host to listen on, an IPv6 address without its brackets."""
        return self.bind.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on."""
        return int(self.bind.rpartition(":")[2])

    @property
    def own(self) -> tuple[tuple[str, int], ...]:
        """Where this program itself listens, which no outlet or webhook may lead to; port 0 is not known yet."""
        return ((self.host, self.port),) if self.enabled and self.port else ()


class ArchiveSettings(_Section):
    """The archive: how long articles are kept, where an outlet's own file does not say so."""

    keep_articles: Keep = FOREVER
    keep_pages: Annotated[timedelta, BeforeValidator(_keep_pages)] = timedelta(0)
    """How long pages are kept as they came; zero is not at all."""
    pages_folder: Annotated[str, Field(min_length=1, max_length=4096)] = "pages"
    """Where; relative to the folder of the database, which is that of the settings where a server holds it."""


def _entries(value: Any) -> Any:
    """Read each bare address as the channel that it can only be."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple):
        return value
    return [{"webhook" if "://" in one else "email": one} if isinstance(one, str) else one for one in value]


def _pinged(value: SecretStr) -> SecretStr:
    """Accept an http(s) address, or nothing."""
    if value.get_secret_value() and not re.fullmatch(r"https?://[^\s/?#@]+([/?][^\s#]*)?", value.get_secret_value()):
        raise ValueError("write the address to ask, like https://hc-ping.com/UUID")
    return value


def _often(value: Any) -> timedelta:
    """Read a duration of 10 seconds to a day."""
    try:
        lasting = value if isinstance(value, timedelta) else parse_duration(str(value))
    except ValueError:
        lasting = timedelta(0)
    if not timedelta(seconds=10) <= lasting <= timedelta(days=1):
        raise ValueError("write a number and a unit, from 10s to 1d, like 1m")
    return lasting


class OperatorSettings(_Section):
    """Whom the house tells of itself: entries as under a watch's `notify:`, told at once."""

    notify: Annotated[tuple[dict[str, Any], ...], BeforeValidator(_entries)] = ()
    alarm: Annotated[tuple[dict[str, Any], ...], BeforeValidator(_entries)] = ()
    """Who is told of the house's own trouble past the database; an entry by e-mail brings its own mail server."""
    heartbeat: Annotated[SecretStr, AfterValidator(_pinged)] = SecretStr("")
    heartbeat_every: Annotated[timedelta, BeforeValidator(_often)] = timedelta(minutes=1)


class Settings(_Section):
    """Everything that `tocsin.yaml` can say, joined from the packages that obey it."""

    database: Annotated[str, AfterValidator(_database)] = "sqlite:///tocsin.db"
    crawl: CrawlSettings = CrawlSettings()
    allow_private: Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], BeforeValidator(_networks)] = ()
    secrets_key: Annotated[tuple[Annotated[SecretStr, AfterValidator(_key)], ...], BeforeValidator(_keys)] = ()
    """What closes the secrets of webhooks in the database; the first closes, each opens."""
    smtp: SmtpSettings = SmtpSettings()
    alerts: AlertSettings = AlertSettings()
    web: WebSettings = WebSettings()
    archive: ArchiveSettings = ArchiveSettings()
    operator: OperatorSettings = OperatorSettings()

    _file: YamlFile | None = PrivateAttr(default=None)
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)
    _beside: Path = PrivateAttr(default=Path())

    @property
    def beside_database(self) -> Path:
        """Give the folder of the database, which is that of the settings where a server holds it."""
        return self._beside

    def origin(self, key: str) -> str:
        """Say where the value of `crawl.delay` came from: `FILE:LINE:COL`, the variable, the flag, or `default`."""
        return self._origins.get(key, "default")

    def section(self, name: str) -> YamlFile | None:
        """Give one section as a file of its own, so that mistakes in it are told at their places."""
        return self._file and _within(self._file, name)


@dataclass(frozen=True, slots=True)
class _Layers(YamlFile):
    """The file with the environment and the flags laid over it; a mistake is told where it was written."""

    outside: Mapping[Place, str] = field(default_factory=dict)

    def problem(self, place: Place, what: str, remedy: str = "") -> Problem:
        """Name the variable or flag that gave the value, else the place in the file."""
        bare = tuple(part for part in place if part != "")
        for length in range(len(bare), 0, -1):
            if bare[:length] in self.outside:
                return Problem(self.outside[bare[:length]], 0, 0, what, remedy)
        return YamlFile.problem(self, place, what, remedy)


def _within(file: YamlFile, name: str) -> YamlFile:
    inner: dict[Place, Any] = {place[1:]: mark for place, mark in file.marks.items() if place[:1] == (name,)}
    if isinstance(file, _Layers):
        outside = {place[1:]: variable for place, variable in file.outside.items() if place[0] == name}
        return _Layers(file.path, file.value.get(name) or {}, inner, {}, outside=outside)
    return YamlFile(file.path, file.value.get(name) or {}, inner, {})


def load_settings(folder: Path, env: Mapping[str, str], flags: Mapping[str, str]) -> Settings:
    """Join the layers; `flags` by dotted name (`crawl.delay`). Raises ConfigError with every mistake."""
    settings, problems = survey_settings(folder, env, flags)
    if problems:
        raise ConfigError(problems)
    return settings


def survey_settings(folder: Path, env: Mapping[str, str], flags: Mapping[str, str]) -> tuple[Settings, list[Problem]]:
    """Like `load_settings`, but gives the mistakes, with the defaults where the settings cannot be had."""
    problems: list[Problem] = []
    path = folder / "tocsin.yaml"
    try:
        file = read_yaml(path) if path.exists() else YamlFile(path, {}, {}, {})
    except ConfigError as error:
        problems += error.problems
        file = YamlFile(path, {}, {}, {})
    outside = [*_from_environment(folder, env, problems), *_from_flags(folder, flags, problems)]
    layers = _lay_over(file, outside)
    try:
        settings = validate(Settings, layers)
    except ConfigError as error:
        return Settings(), problems + list(error.problems)
    return _finish(settings, layers, folder), problems


def known_keys(model: type[BaseModel] = Settings, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Give the place and the type of every setting."""
    for name, setting in model.model_fields.items():
        inner = setting.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from known_keys(inner, (*place, name))
        else:
            yield (*place, name), inner


def _from_environment(
    folder: Path, env: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[Place, str, Any]]:
    known = {_PREFIX + "__".join(str(part) for part in place).upper(): (place, kind) for place, kind in known_keys()}
    given: dict[Place, str] = {}
    for variable in sorted(env):
        if not variable.startswith(_PREFIX) or variable in _NOT_SETTINGS or _SERVICE_LINK.fullmatch(variable):
            continue
        name = variable if variable in known else variable.removesuffix("_FILE")
        if name not in known:
            problems.append(Problem(variable, 0, 0, "is not a setting", did_you_mean(variable, known)))
            continue
        place, kind = known[name]
        if given.setdefault(place, variable) != variable:
            problems.append(Problem(variable, 0, 0, f"gives the same setting as {given[place]}", "unset one of them"))
        written = env[variable] if name == variable else f"file:{env[variable]}"
        if (value := _resolve(folder, variable, written, env, problems)) is not None:
            yield place, variable, _as_list(value) if _is_list(kind) else value


def _from_flags(folder: Path, flags: Mapping[str, str], problems: list[Problem]) -> Iterator[tuple[Place, str, Any]]:
    known = {".".join(str(part) for part in place): (place, kind) for place, kind in known_keys()}
    for key, written in flags.items():
        name = f"--set {key}"
        if key not in known:
            problems.append(Problem(name, 0, 0, "is not a setting", did_you_mean(key, known)))
            continue
        place, kind = known[key]
        if (value := _resolve(folder, name, written, {}, problems)) is not None:
            yield place, name, _as_list(value) if _is_list(kind) else value


def _resolve(folder: Path, name: str, written: str, env: Mapping[str, str], problems: list[Problem]) -> str | None:
    """Follow `file:PATH` (relative to the folder) and `env:NAME`."""
    kind, _, target = written.partition(":")
    if kind == "env":
        if target not in env:
            problems.append(Problem(name, 0, 0, f"the environment has no {target}", f"set {target}"))
        return env.get(target)
    if kind != "file":
        return written
    try:
        return (folder / target).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        detail = error.strerror if isinstance(error, OSError) else "not a text file"
        problems.append(Problem(name, 0, 0, f"{target} cannot be read: {detail}", "create the file"))
        return None


def _is_list(kind: Any) -> bool:
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return get_origin(kind) in (list, tuple, set, frozenset)


def _as_list(text: str) -> Any:
    """Read a JSON list, else a comma list."""
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return [part.strip() for part in text.split(",") if part.strip()]


def _lay_over(file: YamlFile, outside: list[tuple[Place, str, Any]]) -> _Layers:
    value, marks, written = _copy(file.value), dict(file.marks), dict(file.written)
    for section in [key for key, inner in value.items() if inner is None]:
        del value[section]  # a section whose every line is a comment
    for place, _, given in outside:
        inner = value
        for part in place[:-1]:
            if not isinstance(inner.get(str(part)), dict):
                inner[str(part)] = {}
            inner = inner[str(part)]
        inner[str(place[-1])] = given
        for stale in [known for known in written if known[: len(place)] == place]:
            del written[stale]
        marks[place] = (1, 1)
        if isinstance(given, str):
            written[place] = given
    if "@" in written.get(("database",), ""):
        del written[("database",)]  # it may hold a password, so no mistake shows it
    names = {place: name for place, name, _ in outside}
    return _Layers(file.path, value, marks, written, file.mistakes, names)


def _copy(value: dict[str, Any]) -> dict[str, Any]:
    return {key: _copy(inner) if isinstance(inner, dict) else inner for key, inner in value.items()}


def _finish(settings: Settings, layers: _Layers, folder: Path) -> Settings:
    """Keep the origins, and place a relative SQLite file in the folder."""
    relative = re.fullmatch(r"sqlite:///([^/].*)", settings.database)
    if relative and relative[1] != ":memory:":
        file = folder.resolve() / relative[1]
        settings = settings.model_copy(update={"database": f"sqlite:///{file}"})
    beside = folder.resolve() if not settings.database.startswith("sqlite:///") else Path(settings.database[10:]).parent
    archive = {"pages_folder": str(beside / settings.archive.pages_folder)}
    settings = settings.model_copy(update={"archive": settings.archive.model_copy(update=archive)})
    settings._file, settings._beside = layers, beside
    for place, _ in known_keys():
        key = ".".join(str(part) for part in place)
        if place in layers.outside:
            settings._origins[key] = layers.outside[place]
        elif place in layers.marks:
            line, column = layers.marks[place]
            settings._origins[key] = f"{layers.path}:{line}:{column}"
    return settings
