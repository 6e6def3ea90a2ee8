"""Watchlist: the watches that are kept, each with whom it tells; what a reload replaces, hangs here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from newsdesk import ConfigError, Guard, Problem, did_you_mean, remedy_of

from .channel import Channel, Target, channel_for
from .channels.email import SmtpSettings
from .digest import Cadence
from .matcher import Matcher
from .settings import AlertSettings
from .subscriptions import INVITED
from .watch import OPERATOR, Watch


class Addressed(Protocol):
    """What names one target of one watch."""

    @property
    def watch(self) -> str:
        """Give the watch's slug."""

    @property
    def channel(self) -> str:
        """Give the channel's kind."""

    @property
    def address(self) -> str:
        """Give who is told."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Whom a watch tells, and by what."""

    channel: Channel[Any]
    target: Target
    key: tuple[str, str] = field(init=False)
    """What names the subscription: the channel's kind and the address."""

    def __post_init__(self) -> None:
        """Read the address once: it is asked for at every match."""
        object.__setattr__(self, "key", (self.channel.kind, self.target.address))


class Watchlist:
    """The watches in force, their targets, and what the channels need to know of the house."""

    def __init__(
        self,
        watches: Iterable[Watch],
        smtp: SmtpSettings | None = None,
        *,
        guard: Guard | None = None,
        public_url: str = "",
        outlet_tags: Mapping[str, Iterable[str]] | None = None,
        outlet_names: Mapping[str, str] | None = None,
        operator: Watch | None = None,
        alerts: AlertSettings | None = None,
    ) -> None:
        """Read the targets of all `watches` and of the `operator`. Raises ConfigError with every mistake in them."""
        self.watches: Sequence[Watch] = tuple(watches)
        self.guard = guard or Guard()
        self.alerts = alerts or AlertSettings()
        self.settings: Mapping[str, BaseModel] = {"email": smtp or SmtpSettings()}
        self.public_url = public_url.rstrip("/")
        self.outlet_tags = {slug: tuple(tags) for slug, tags in (outlet_tags or {}).items()}
        self.outlet_names = dict(outlet_names or {})
        self.matcher = Matcher(self.watches)
        self.revising: Mapping[str, Watch] = {
            watch.slug: watch for watch in self.watches if watch.revisions and watch.tells_each
        }
        """Those that tell of edits, by their slugs."""
        self._targets: dict[str, tuple[Kept, ...]] = {}
        problems: list[Problem] = []
        for watch in self.watches:
            self._targets[watch.slug] = tuple(self._read(watch, problems))
        if operator is not None:
            self._targets[OPERATOR] = tuple(self._read_operator(operator, problems))
        if problems:
            raise ConfigError(sorted(problems, key=lambda problem: (str(problem.file), problem.line, problem.column)))
        self._readers: Mapping[str, Sequence[Kept]] = {}
        self._told, self._by_key = _joined(self._targets, {})
        self._elsewhere: tuple[_Told, Mapping[tuple[str, str], Sequence[Watch]]] = ({}, {})

    def targets(self, slug: str) -> Sequence[Kept]:
        """Give whom a watch tells, by its file and by the wish of readers; nobody when there is no such watch."""
        return self._told.get(slug, ())

    def target(self, slug: str, kind: str, address: str) -> Kept | None:
        """Give one target of a watch, if the watch still tells it; whom nobody tells yet, can be asked."""
        if slug == INVITED:
            return read_target({kind: address}, self.guard)[0]
        return self._by_key.get((slug, kind, address))

    def elsewhere(self, key: tuple[str, str]) -> Sequence[Watch]:
        """Give the watches that tell an address each story at once, of some outlets or in some languages alone."""
        if self._elsewhere[0] is not self._told:
            self._elsewhere = (self._told, _limited(self.watches, self._told))
        return self._elsewhere[1].get(key, ())

    def wait_for_nobody(self) -> None:
        """Let no alert wait for others: for a process that ends when what it brought is sent."""
        self.alerts = self.alerts.model_copy(update={"group_wait": timedelta(0), "group_interval": timedelta(0)})

    def is_named(self, slug: str, kind: str, address: str) -> bool:
        """Tell whether the file of a watch names a target."""
        return any(kept.key == (kind, address) for kept in self._targets.get(slug, ()))

    def take_readers(self, readers: Mapping[str, Sequence[Kept]]) -> None:
        """Tell these readers besides, by the watches' slugs, at once; whom a file names is told as the file says."""
        told, by_key = _joined(self._targets, readers)
        self.__dict__.update(_readers=readers, _told=told, _by_key=by_key)

    def has_body(self, told: Addressed) -> bool:
        """Tell whether a target wants whole texts."""
        kept = self.target(told.watch, told.channel, told.address)
        return kept is not None and kept.target.with_body

    def unsubscribe_url(self, token: str, of: str = "") -> str:
        """Give the address that ends a subscription, or all that a delivery is `of`; none without a web face."""
        return f"{self.public_url}/unsubscribe/{token}{of and f'-{of}'}" if self.public_url else ""

    def replace(self, other: "Watchlist") -> None:
        """Take over all that another list says, at once; readers stay."""
        told, by_key = _joined(other._targets, self._readers)
        self.__dict__.update(vars(other) | {"_readers": self._readers, "_told": told, "_by_key": by_key})

    def _read_operator(self, operator: Watch, problems: list[Problem]) -> Iterable[Kept]:
        for number, mapping in enumerate(operator.notify):
            for key in [key for key in ("when", "at", "day", "quiet") if key in mapping]:
                if (key, mapping[key]) != ("when", "now"):
                    what = f"{key}: {mapping[key]}"
                    problems.append(operator.problem(("notify", number, key), what, "the operator is told at once"))
        return self._read(operator, problems)

    def _read(self, watch: Watch, problems: list[Problem]) -> Iterable[Kept]:
        seen: set[tuple[str, str]] = set()
        for number, mapping in enumerate(watch.notify):
            kept, faults = read_target(mapping, self.guard)
            problems += [watch.problem(("notify", number, *place), what, remedy) for place, what, remedy in faults]
            if kept is None:
                continue
            if kept.key in seen:
                what = f"{kept.target.address} stands twice"
                problems.append(watch.problem(("notify", number), what, "keep one of them"))
            seen.add(kept.key)
            yield kept


_Told = Mapping[str, tuple[Kept, ...]]
_ByKey = Mapping[tuple[str, str, str], Kept]


def _joined(named: Mapping[str, Sequence[Kept]], readers: Mapping[str, Sequence[Kept]]) -> tuple[_Told, _ByKey]:
    """Give whom each watch tells, those first whom its file names, and each of them by what names it."""
    told: dict[str, tuple[Kept, ...]] = {}
    by_key: dict[tuple[str, str, str], Kept] = {}
    for slug, targets in named.items():
        mine = {kept.key: kept for kept in targets}
        mine |= {kept.key: kept for kept in readers.get(slug, ()) if kept.key not in mine}
        told[slug] = tuple(mine.values())
        by_key |= {(slug, *key): kept for key, kept in mine.items()}
    return told, by_key


def _limited(watches: Iterable[Watch], told: _Told) -> Mapping[tuple[str, str], Sequence[Watch]]:
    """Give the watches that are limited to outlets or languages, by whom they tell each story at once."""
    found: dict[tuple[str, str], list[Watch]] = {}
    for watch in watches:
        if watch.tells_each and (watch.outlets or watch.languages):
            for kept in told.get(watch.slug, ()):
                if kept.channel.is_for_people and kept.target.when is Cadence.NOW:
                    found.setdefault(kept.key, []).append(watch)
    return found


Fault = tuple[tuple[str | int, ...], str, str]


def read_target(mapping: Mapping[str, Any], guard: Guard | None = None) -> tuple[Kept | None, list[Fault]]:
    """Give the channel and target of one entry of `notify:`, or each mistake with its place and remedy."""
    try:
        channel = channel_for(mapping)
    except ValueError as error:
        what, _, remedy = str(error).partition("; ")
        odd = next((key for key in mapping if key not in Target.model_fields), None)
        return None, [((odd, "") if odd else (), what, remedy)]
    try:
        return Kept(channel, channel.target_type.model_validate(dict(mapping), context={"guard": guard})), []
    except ValidationError as error:
        return None, [_fault(channel, mapping, fault) for fault in error.errors(include_url=False)]


def _fault(channel: Channel[Any], mapping: Mapping[str, Any], fault: Any) -> Fault:
    place = tuple(fault["loc"])
    key = str(place[0]) if place else channel.kind
    if fault["type"] == "extra_forbidden":
        known = channel.target_type.model_fields
        return (*place, ""), f'"{key}" is nothing that {channel.kind} knows', did_you_mean(key, known)
    is_hidden = "secret" in key or key in channel.target_type.hidden or isinstance(mapping.get(key), Mapping)
    what = key if is_hidden else f"{key}: {mapping.get(key)}"
    return place, what, remedy_of(fault)
