"""Keeping: how long what is kept, of this folder's settings and outlets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from newsdesk import FOREVER, Retention, show_duration

if TYPE_CHECKING:
    from crawler import Keeper
    from newsdesk import Database
    from tocsin.configuration import Configuration
    from tocsin.settings import ArchiveSettings


def retention_of(configuration: Configuration) -> Retention:
    """Give how long articles are kept: as an outlet's own file says, else as the settings do."""
    own = {one.slug: one.keep_articles for one in configuration.outlets if one.keep_articles is not None}
    return Retention(configuration.settings.archive.keep_articles, own)


def keeper_of(database: Database, archive: ArchiveSettings) -> Keeper:
    """Give who keeps pages as they came."""
    from crawler import Keeper

    return Keeper(database, Path(archive.pages_folder), archive.keep_pages, lambda: datetime.now(UTC))


def told(configuration: Configuration) -> str | None:
    """Tell how long articles are kept, None where none ever goes."""
    retention = retention_of(configuration)
    rules = {slug: keep for slug, keep in retention.outlets.items() if keep != retention.others}
    if not rules and retention.others == FOREVER:
        return None
    own = "".join(f"; {slug}: {show_duration(keep)}" for slug, keep in sorted(rules.items()))
    return f"articles are kept: {show_duration(retention.others)}{own}"
