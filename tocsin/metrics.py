"""What the daemon counts, for Prometheus: names `tocsin_...`, base units, few labels, a registry of its own."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Generic, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from crawler import COUNTED

from .log import logger

if TYPE_CHECKING:
    from alerts import Counters, Ledger
    from crawler import OutletState

Tally = Mapping[tuple[str, ...], float]

T = TypeVar("T")

_MINUTE = 60.0

log = logger("metrics")


class Metrics:
    """All metrics of one daemon."""

    def __init__(self) -> None:
        """Begin at nought."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each, of no use to us
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        Info("tocsin_build", "Which Tocsin runs.", registry=self.registry).info({"version": version("tocsin")})
        started = Gauge("tocsin_start_time_seconds", "When the daemon started, Unix time.", registry=self.registry)
        started.set(time.time())
        self._runs = Histogram(
            "tocsin_job_duration_seconds",
            "How long a run of a job took.",
            ["job"],
            buckets=(0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120),
            registry=self.registry,
        )
        self._errors = Counter(
            "tocsin_job_errors", "Runs of a job that an unexpected exception ended.", ["job"], registry=self.registry
        )
        self._reloads = Counter(
            "tocsin_reloads", "Reloads of the configuration by result.", ["result"], registry=self.registry
        )
        self._reloaded = Gauge(
            "tocsin_reload_success_timestamp_seconds",
            "When a configuration was last taken over, Unix time.",
            registry=self.registry,
        )

    def job_ended(self, name: str, seconds: float, failed: bool) -> None:
        """Take note of one run; what a job's name says after a colon is no label."""
        job = name.partition(":")[0]
        self._runs.labels(job).observe(seconds)
        if failed:
            self._errors.labels(job).inc()

    def reloaded(self, taken: bool) -> None:
        """Take note of a reload."""
        self._reloads.labels("taken" if taken else "refused").inc()
        if taken:
            self._reloaded.set(time.time())

    def follow(self, polls: Mapping[str, Tally], sends: "Counters", ledger: "Ledger") -> None:
        """Show what the crawler and the dispatch count, and how many deliveries are on record."""
        for name, labels in COUNTED.items():
            text = f"{name.replace('_', ' ').capitalize()} since the start, by {' and '.join(labels)}."
            self.counts(f"tocsin_{name}", text, labels, partial(polls.__getitem__, name))
        by_state, by_reason = ("channel", "state"), ("channel", "reason")
        self.counts("tocsin_delivery_attempts", "Attempts by what followed.", by_state, lambda: sends.attempts)
        self.counts("tocsin_delivery_failures", "Failed attempts by reason.", by_reason, lambda: sends.failures)
        self.counts("tocsin_delivery_seconds", "Time spent in attempts.", ("channel",), lambda: sends.seconds)
        self.gauges(
            "tocsin_deliveries",
            "Deliveries on record by state.",
            ("state",),
            lambda: {(state,): count for state, count in ledger.counts().items()},
        )
        self._balance(ledger)
        self.gauges("tocsin_delivery_wait_seconds", "How overdue the oldest delivery is.", (), partial(_wait, ledger))

    def _balance(self, ledger: "Ledger") -> None:
        """Show where the matches of the last day stand, and how many things do not add up."""
        taken = _Lasting(lambda: ledger.balance(datetime.now(UTC) - timedelta(days=1)))
        self.gauges(
            "tocsin_matches",
            "Matches of the last day, counted once a target, by where they stand.",
            ("state",),
            lambda: {(state,): count for state, count in taken().states.items()},
        )
        text = "What does not add up between matches and deliveries of the last day: 0 when all is well."
        self.gauges("tocsin_matches_faults", text, (), lambda: {(): len(taken().faults)})

    def watch_health(self, states: "Callable[[], Mapping[str, OutletState]]") -> None:
        """Show how each outlet does: one for the state that it is in."""
        text = "How an outlet does: 1 for its state, ok, dark, failing or rotten."
        self.gauges(
            "tocsin_outlet_health",
            text,
            ("outlet", "state"),
            lambda: {(slug, one.health.value): 1.0 for slug, one in states().items()},
        )

    def counts(self, name: str, text: str, labels: Iterable[str], tally: Callable[[], Tally]) -> None:
        """Show a running count that another room keeps, by its labels."""
        self.registry.register(_Counts(name, text, tuple(labels), tally))

    def gauges(self, name: str, text: str, labels: Iterable[str], tally: Callable[[], Tally]) -> None:
        """Show a measure that is taken when it is asked for; one that cannot be taken is left out."""
        self.registry.register(_Gauges(name, text, tuple(labels), tally))


class _Lasting(Generic[T]):
    """A measure that is dear to take, and is taken at most once a minute."""

    def __init__(self, take: Callable[[], T]) -> None:
        self._take = take
        self._taken: tuple[float, T] | None = None

    def __call__(self) -> T:
        if self._taken is None or time.monotonic() - self._taken[0] > _MINUTE:
            self._taken = time.monotonic(), self._take()
        return self._taken[1]


def _wait(ledger: "Ledger") -> Tally:
    since = ledger.waiting_since()
    return {(): max(0.0, time.time() - since.timestamp()) if since else 0.0}


class _Counts(Collector):
    def __init__(self, name: str, text: str, labels: tuple[str, ...], tally: Callable[[], Tally]) -> None:
        self._name, self._text, self._labels, self._tally = name, text, labels, tally

    def describe(self) -> Iterable[Metric]:
        return [self._family()]

    def collect(self) -> Iterable[Metric]:
        family = self._family()
        try:
            for values, number in sorted(self._tally().items()):
                family.add_metric(list(values), number)
        except Exception:
            # One measure less must not blind the whole page: the database may be the very thing that fails.
            log.exception("metric not taken", metric=self._name)
            return
        yield family

    def _family(self) -> CounterMetricFamily | GaugeMetricFamily:
        return CounterMetricFamily(self._name, self._text, labels=self._labels)


class _Gauges(_Counts):
    def _family(self) -> CounterMetricFamily | GaugeMetricFamily:
        return GaugeMetricFamily(self._name, self._text, labels=self._labels)
