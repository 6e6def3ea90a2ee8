"""Narrowing: what a query says of an article's terms, so that an index can leave out what cannot fit."""

from collections.abc import Iterable, Mapping

from newsdesk import Condition, Has, Prefix, all_of, any_of, facet_term

from .keys import Clause, Every, Key

Tags = Mapping[str, Iterable[str]]
"""The tags of each outlet, by its slug."""

_DEEPEST = 20
"""SQLite reads no more than some thirty parentheses inside each other."""


def condition_of(clause: Clause, tags: Tags, depth: int = 0) -> Condition | None:
    """Give what must be true of a fitting article's terms, None where nothing can be said."""
    if clause is None or depth > _DEEPEST:
        return None
    if isinstance(clause, Key):
        return _condition_of_key(clause, tags)
    parts = (condition_of(part, tags, depth + 1) for part in clause.parts)
    return all_of(parts) if isinstance(clause, Every) else any_of(parts)


def _condition_of_key(key: Key, tags: Tags) -> Condition | None:
    match key.table:
        case "word":
            return Has(key.text)
        case "prefix":
            return Prefix(key.text)
        case "facet":
            return _from_tagged(key.text[4:], tags) if key.text.startswith("tag:") else _facet(key.text)
    return None  # stems differ by language, and no index goes by the ends of words


def from_outlets(wanted: Iterable[str], tags: Tags) -> Condition | None:
    """Give what is true of the articles of any of the outlets: slugs, hosts, or `tag:` and a tag."""
    return any_of(_from_outlet(one, tags) for one in wanted)


def in_languages(wanted: Iterable[str]) -> Condition | None:
    """Give what is true of the articles in any of the languages."""
    return any_of(_facet(f"lang:{one.replace('_', '-').lower()}") for one in wanted)


def _from_outlet(wanted: str, tags: Tags) -> Condition | None:
    if wanted.startswith("tag:"):
        return _from_tagged(wanted[4:].strip().casefold(), tags)
    hosts = [_facet(f"host:{wanted.lower()}")] if "." in wanted else []
    return any_of([_facet(f"outlet:{wanted}"), *hosts])


def _from_tagged(tag: str, tags: Tags) -> Condition | None:
    slugs = (slug for slug, carried in tags.items() if tag in {one.casefold() for one in carried})
    return any_of(_facet(f"outlet:{slug}") for slug in slugs)


def _facet(facet: str) -> Condition:
    return Has(facet_term(facet))
