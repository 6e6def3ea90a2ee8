"""Browser: where Chromium is, what is missing for rendering, and how it is started: without any way to the network."""

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_EXTRA = "scrapy_playwright"
_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")
_CONTAINER_VARIABLES = ("container", "KUBERNETES_SERVICE_HOST")
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "XDG_RUNTIME_DIR")
_LONGEST_START = 30_000
# No name and no literal address resolves, and the only proxy has such a name: nothing that a page starts by itself
# finds a machine, over TCP or UDP, whatever part of the browser it comes from.
_NO_NETWORK = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://no-way-out.invalid:1",
    "--proxy-bypass-list=<-loopback>",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # its name in other builds
    "--dns-prefetch-disable",
)
_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-domain-reliability",
    "--no-pings",
    "--blink-settings=imagesEnabled=false",
)
_SCRIPT_MEMORY = 256


def find_browser(path: str) -> str | None:
    """Give the program at `path`, or for an empty one the Chromium on PATH; None where there is none."""
    if path:
        return path if Path(path).is_file() and os.access(path, os.X_OK) else None
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def browser_trouble(path: str) -> tuple[str, str] | None:
    """Give what keeps pages from being rendered, and the remedy; None where nothing does."""
    if importlib.util.find_spec(_EXTRA) is None:
        return "render: the extra for rendering is not installed", "pip install 'tocsin[render]'"
    if find_browser(path) is None:
        if path:
            return f"render: there is no browser at {path}", "write the path of Chromium as crawl.browser"
        return "render: no Chromium is on PATH", "apt-get install chromium, or write its path as crawl.browser"
    return None


def is_fenced_already(uid: int, environment: Mapping[str, str]) -> bool:
    """Tell whether Chromium's own sandbox cannot work: as root, and in containers, which forbid what it is made of."""
    marked = any(Path(mark).exists() for mark in _CONTAINER_MARKS)
    return uid == 0 or marked or any(name in environment for name in _CONTAINER_VARIABLES)


def launch_options(program: str, uid: int, environment: Mapping[str, str]) -> dict[str, Any]:
    """Give how Playwright starts the browser; of the environment it learns no setting and no secret."""
    sandbox = not is_fenced_already(uid, environment)
    return {
        "executable_path": program,
        "args": [*_NO_NETWORK, *_QUIET, f"--js-flags=--max-old-space-size={_SCRIPT_MEMORY}"],
        "chromium_sandbox": sandbox,
        "env": {name: environment[name] for name in _KEPT_VARIABLES if name in environment},
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
        "timeout": _LONGEST_START,
    }
