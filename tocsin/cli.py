"""The command line: finds the commands, hands each its Invocation, turns errors into exit codes."""

import os
import pkgutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from newsdesk import ConfigError, QueryError, TocsinError
from tocsin import commands
from tocsin.invocation import Invocation, UsageError

_HELP_FLAGS = ("--help", "-h")
_EPILOGUE = "Exit codes: 0 done; 1 it ran and something failed; 2 wrong use or wrong configuration."


def build_app() -> App:
    """Give the root App with every file of `tocsin/commands/` registered by its name, none imported yet."""
    app = App(
        name="tocsin",
        help="Polls news outlets, finds new articles, tells people by e-mail or webhook.",
        help_epilogue=_EPILOGUE,
        help_flags=_HELP_FLAGS,
        help_format="plaintext",
        version=_version,
        error_console=Console(stderr=True),
    )
    for module in pkgutil.iter_modules(commands.__path__):
        app.command(f"tocsin.commands.{module.name}:command", name=module.name.rstrip("_").replace("_", "-"))
    app.meta.suppress_keyboard_interrupt = False  # run() ends it, with what was written flushed
    app.meta.default(_launcher(app))
    return app


def _version() -> str:
    from importlib.metadata import version

    return version("tocsin")


def _launcher(app: App) -> Callable[..., Any]:
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        config: Annotated[Path | None, Parameter(name=["--config", "-c"])] = None,
        set_: Annotated[list[str] | None, Parameter(name="--set", negative="")] = None,
    ) -> int:
        """Run one command.

        Parameters
        ----------
        config: Path | None
            The configuration folder; else TOCSIN_CONFIG, else ./config.
        set_: list[str] | None
            A setting for this call, like crawl.delay=2s; beats the file and the environment.
        """
        command, bound, ignored = app.parse_args(tokens, exit_on_error=False, print_error=True)
        call = Invocation(config=config, flags=_flags(set_ or ()))
        return command(*bound.args, **bound.kwargs, **dict.fromkeys(ignored, call)) or 0

    return launch


def _flags(pairs: Sequence[str]) -> dict[str, str]:
    flags = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set {pair}: write a setting and its value, like --set crawl.delay=2s")
        flags[key.strip()] = value
    return flags


def run(arguments: Sequence[str]) -> int:
    """Run the command line `arguments` and give its exit code; errors are told on standard error."""
    try:
        app = build_app()
        names = {name for name in app if not name.startswith("-")}
        if names.isdisjoint(arguments) or any(argument in _HELP_FLAGS for argument in arguments):
            _load_all(app)
        code = app.meta(list(arguments), exit_on_error=False, print_error=True, result_action="return_value")
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except CycloptsError:
        return 2
    except BrokenPipeError:
        return _quiet_pipe()
    except KeyboardInterrupt:
        return 130
    except TocsinError as error:
        _tell(str(error))
        return 2 if isinstance(error, (ConfigError, QueryError, UsageError)) else 1
    except OSError as error:
        _tell(f"{error.filename or 'this machine'}: {error.strerror or error}")
        return 1
    except Exception as error:
        if not type(error).__module__.startswith("sqlalchemy"):
            raise
        _tell(f"the database failed: {' '.join(str(getattr(error, 'orig', None) or error).split())}")
        return 1


def _load_all(app: App) -> None:
    """Import every command: the list of commands shows what each one's own file says of it."""
    for name in list(app):
        app[name]


def _tell(text: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"{text}\n")


def _quiet_pipe() -> int:
    """End as if by SIGPIPE; what still waits in the buffer must not raise again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141
