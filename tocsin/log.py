"""One line an event, secrets never: structlog, with the logging of every library led through the same door."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

_SECRET_KEY = re.compile(r"password|passwd|secret|token|authorization|cookie|signature|api_?key", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@")
# C0, C1, and the marks that turn the direction of a line or break it: what a log reader would act on.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_TRACE = re.compile(_CONTROL.pattern.replace(r"\x00-\x1f", r"\x00-\x08\x0b-\x1f"))
_LONGEST = 10_000

_QUIET = {
    "scrapy": logging.WARNING,
    "twisted": logging.ERROR,
    "apscheduler": logging.ERROR,
    "uvicorn": logging.WARNING,
    "uvicorn.access": logging.CRITICAL,
    "aiosmtplib": logging.WARNING,
    "mail.log": logging.ERROR,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "asyncio": logging.WARNING,
    "alembic": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "trafilatura": logging.CRITICAL,
    "htmldate": logging.CRITICAL,
    "charset_normalizer": logging.WARNING,
    "filelock": logging.WARNING,
}


_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.processors.StackInfoRenderer(),
)

_CLOSED = frozenset({"sqlalchemy", "uvicorn.access", "httpx", "httpcore", "aiosmtplib", "mail.log"})


def configure(
    verbose: int = 0, *, stream: TextIO | None = None, pretty: bool | None = None, quiet: bool = False
) -> None:
    """Lead every log line to `stream` (stderr): JSON lines where it is no terminal, else a form for people.

    `verbose` 0 shows warnings only below the daemon's own events, 1 also what libraries tell, 2 everything; `quiet`
    keeps to errors.
    """
    stream = stream or sys.stderr
    if pretty is None:
        pretty = stream.isatty()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_SHARED],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            clean,
            _renderer(pretty, stream),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in [h for h in root.handlers if getattr(h, "tocsin", False)]:
        root.removeHandler(old)
    handler.tocsin = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(logging.ERROR if quiet else logging.DEBUG if verbose else logging.INFO)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(_loosened(name, level, verbose))
    logging.captureWarnings(True)


def logger(name: str) -> FilteringBoundLogger:
    """Give the logger of one room: `logger("app").info("started", outlets=3)`."""
    # Wrapped by hand, not by structlog's global settings: those print tracebacks with every local variable.
    return cast(
        FilteringBoundLogger,
        structlog.wrap_logger(
            logging.getLogger(f"tocsin.{name}"),
            processors=[
                structlog.stdlib.filter_by_level,
                *_SHARED,
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            wrapper_class=structlog.stdlib.BoundLogger,
        ),
    )


def clean(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Star out what is secret by its key's name, escape control characters, bound lengths."""
    return {str(key): _cleaned(str(key), value) for key, value in event.items()}


def _cleaned(key: str, value: Any) -> Any:
    if _SECRET_KEY.search(key) and value not in (None, "", True, False):
        return "***"
    if isinstance(value, Mapping):
        return {str(k): _cleaned(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned("", item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _text(str(value), _TRACE if key in ("exception", "stack") else _CONTROL)


def _text(text: str, control: re.Pattern[str]) -> str:
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}... ({len(text)} characters)"
    text = _USERINFO.sub(r"\1:***@", text)
    return control.sub(lambda found: ascii(found[0])[1:-1], text)


def _renderer(pretty: bool, stream: TextIO) -> Processor:
    if pretty:
        return structlog.dev.ConsoleRenderer(
            colors=stream.isatty(),
            pad_event_to=24,
            timestamp_key="time",
            exception_formatter=structlog.dev.plain_traceback,
        )
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


def _loosened(name: str, level: int, verbose: int) -> int:
    # What goes into the database and over the wire holds addresses, texts and tokens: no verbosity shows that.
    return level if name in _CLOSED else max(logging.DEBUG, level - 10 * verbose)
