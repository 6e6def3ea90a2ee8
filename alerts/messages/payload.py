"""The JSON of an alert, frozen when it is promised: what a webhook receives and a mail is worded from."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from newsdesk import FiledArticle, article_json, instant

from .edits import Edit, Shift

LIMIT = 19_960
"""Bytes: with its number no request reaches 20 kB, unless the watch asks for whole texts."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Cut:
    """How much of each part is kept; texts in code points, lists in items."""

    title: int = 500
    lede: int = 1000
    line: int = 200
    excerpt: int = 700
    authors: int = 20
    matches: int = 60
    also_in: int = 25
    query: int = 2000
    address: int = 4000
    passages: int = 8
    passage: int = 700

    def by(self, scale: float) -> "_Cut":
        """Give a tighter cut."""
        return _Cut(*(max(1, int(getattr(self, name) * scale)) for name in _Cut.__slots__))


_WHOLE = _Cut()
_LEAST_QUERY = 60
_FEW = 2
"""How many stories of a report have a place in a digest."""
_HEADLINE = 150
_IN_SHORT = frozenset({"outlet", "url", "title", "language", "published", "published_precision", "first_seen"})
_ITEM = _Cut(title=300, lede=300, excerpt=240, matches=12, also_in=8, passages=3, passage=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an alert tells: one article, why it matched, and who else carries it."""

    id: str
    reason: str
    watch: Mapping[str, str]
    filed: FiledArticle
    matches: Sequence[Mapping[str, Any]]
    also_in: Sequence[FiledArticle] = ()
    earlier: FiledArticle | None = None
    """What it is an update of, and ..."""
    what_is_new: Sequence[str] = ()
    """... the passages that tell more than that one did."""
    edit: Edit | None = None
    """What a revision did to the words of the watch, where the watch asks for that."""
    watches: Sequence[Mapping[str, str]] = ()
    """Where it tells of several watches at once: all of them, the first included."""


def story_payload(told: Told, now: datetime, *, with_body: bool = False, type: str = "story.matched") -> str:
    """Give the frozen payload of one alert: below 20 kB unless `with_body`."""
    for scale in (1.0, 0.5, 0.25, 0.1, 0.03):
        cut = _WHOLE.by(scale)
        data: Json = {"id": told.id, "watch": _watch(told.watch, cut)}
        if len(told.watches) > 1:
            data["watches"] = _watches(told.watches, cut)
        data |= _item(told, cut, with_body=with_body)
        text = dumps({"type": type, "timestamp": instant(now), "data": data})
        if with_body or len(text.encode()) < LIMIT:
            break
    return text


def report_payload(
    id: str,
    type: str,
    watch: Mapping[str, str],
    report: Mapping[str, Any],
    stories: Sequence[Told],
    now: datetime,
) -> str:
    """Give the frozen payload of an alert about many stories, or none: below 20 kB, the later stories left out first.

    `report` holds its headline, its lines and its facts.
    """
    told = list(stories)
    while True:
        items = [_item(one, _ITEM, with_body=False) for one in told]
        data = {"id": id, "watch": _watch(watch, _WHOLE), **report, "stories": items}
        text = dumps({"type": type, "timestamp": instant(now), "data": data})
        if len(text.encode()) < LIMIT or not told:
            return text
        told.pop()


@dataclass(frozen=True, slots=True)
class Part:
    """Which of several digests one is that tell together what one would be too small for."""

    number: int
    of: int
    total: int
    """How many items all of them hold."""


def digest_payload(id: str, items: Sequence[Mapping[str, Any]], now: datetime, part: Part | None = None) -> str:
    """Give the frozen payload of a digest from the payloads of its alerts, newest first as they come.

    Where it tells of several watches, it names them all, and each item those that it is of.
    """
    watches = _distinct(watch for item in items for watch in watches_of(item))
    data: Json = {"id": id, "watch": watches[0]}
    if len(watches) > 1:
        room = max(_ITEM.query // len(watches), _LEAST_QUERY)
        data["watches"] = [{**watch, "query": cut_text(watch["query"], room)} for watch in watches]
    if part and part.of > 1:
        data["part"] = {"number": part.number, "of": part.of, "total": part.total}
    data["items"] = [_in_digest(item, named=len(watches) > 1) for item in items]
    return dumps({"type": "digest", "timestamp": instant(now), "data": data})


def digest_size(payload: Mapping[str, Any]) -> int:
    """Give how many bytes an alert takes in a digest; what HTML escapes counts as it stands there."""
    text = dumps(_in_digest(payload, named=True))
    return len(text.encode()) + 3 * sum(map(text.count, "<>&"))


def watches_of(payload: Mapping[str, Any]) -> list[Json]:
    """Give the watches that an alert names, the first of all first."""
    data = payload["data"]
    return list(data.get("watches") or [data["watch"]])


def together(payloads: Sequence[str]) -> Json:
    """Give one alert for several that tell the same: it names all their watches, and marks the words of each."""
    documents = [json.loads(payload) for payload in payloads]
    document = documents[0]
    data = document["data"]
    watches = _distinct(watch for one in documents for watch in watches_of(one))
    if len(watches) > 1:
        data = {"id": data["id"], "watch": watches[0], "watches": watches} | data | {"watches": watches}
        data["matches"] = _all_matches([one["data"] for one in documents])
    return {**document, "data": data}


def without(payload: Mapping[str, Any], gone: Collection[str]) -> Json:
    """Give an alert or a digest without the watches named, and without the items that only they asked for."""
    data = dict(payload["data"])
    watches = [watch for watch in watches_of(payload) if watch["slug"] not in gone]
    data |= {"watch": watches[0], "watches": watches}
    if "items" in data:
        items = [{**item, "watches": [slug for slug in item["watches"] if slug not in gone]} for item in data["items"]]
        data["items"] = [item for item in items if item["watches"]]
    return {**payload, "data": data}


def _distinct(watches: Iterable[Json]) -> list[Json]:
    return list({watch["slug"]: watch for watch in reversed(list(watches))}.values())[::-1]


def _all_matches(ones: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Give the matches of several alerts, as far as they are of one text."""
    text = (ones[0]["article"]["id"], ones[0]["article"]["revision"])
    same = [one for one in ones if (one["article"]["id"], one["article"]["revision"]) == text]
    found = {(match["field"], match["start"], match["end"]): match for one in same for match in one["matches"]}
    return list(found.values())[: _WHOLE.matches]


def _in_digest(payload: Mapping[str, Any], *, named: bool) -> Json:
    """Give an alert as an item; a report says what it is, since it holds no article of its own."""
    item = {key: value for key, value in payload["data"].items() if key not in ("watch", "watches")}
    if named:
        item = {"watches": [watch["slug"] for watch in watches_of(payload)], **item}
    return {"type": payload["type"], **item} if "stories" in item else item


def notice_payload(id: str, type: str, document: Mapping[str, Any], now: datetime) -> str:
    """Give the frozen payload of a notice to the operator: `document` holds its subject, its lines and its facts."""
    return dumps({"type": type, "timestamp": instant(now), "data": {"id": id, **document}})


def tightened(payload: Mapping[str, Any]) -> Json:
    """Give the payload of an alert with its long parts cut for a place in a digest."""
    data = dict(payload["data"])
    if "stories" in data:
        return {**payload, "data": {**data, "stories": data["stories"][:_FEW]}}
    article = dict(data["article"])
    for key, most in (("title", _ITEM.title), ("lede", _ITEM.lede), ("excerpt", _ITEM.excerpt)):
        if article.get(key) and "body" not in article:
            article[key] = cut_text(article[key], most)
    data["article"] = article
    data["matches"] = data["matches"][: _ITEM.matches]
    data["also_in"] = data["also_in"][: _ITEM.also_in]
    if "what_is_new" in data:
        data["what_is_new"] = [cut_text(text, _ITEM.passage) for text in data["what_is_new"][: _ITEM.passages]]
    if "edit" in data:
        edit = data["edit"]
        few = {"changes": edit["changes"][: _ITEM.passages], "matches_before": edit["matches_before"][: _ITEM.matches]}
        data["edit"] = {**edit, **few}
    return {**payload, "data": data}


def headlined(payload: Mapping[str, Any]) -> Json:
    """Give the payload of an alert by its headline alone, for a digest of very many; reports and edits stay whole."""
    data = payload["data"]
    if "stories" in data or "edit" in data or "body" in data["article"]:
        return dict(payload)
    article = {key: value for key, value in data["article"].items() if key in _IN_SHORT}
    short = {
        "brief": True,
        "article": {**article, "title": cut_text(article["title"], _HEADLINE), "lede": None, "excerpt": ""},
        "matches": [match for match in data["matches"] if match["field"] == "title"][:_FEW],
        "also_in": [{**other, "url": "", "title": ""} for other in data["also_in"][:_FEW]],
    }
    kept = {key: value for key, value in data.items() if key not in ("id", "sequence", "earlier", "what_is_new")}
    return {**payload, "data": kept | short}


def relisted(payload: str, also_in: Sequence[FiledArticle], *, with_body: bool) -> str:
    """Give the payload of an alert with those who carry its story by now; as many as it has room for."""
    document = json.loads(payload)
    data = document["data"]
    carriers = [_carrier(other, _WHOLE) for other in also_in[: _WHOLE.also_in]]
    while True:
        text = dumps({**document, "data": {**data, "also_in": carriers}})
        if with_body or len(text.encode()) < LIMIT or not carriers:
            return text
        carriers.pop()


def joined(payload: str, told: Told) -> str:
    """Give the payload of an alert that nobody has been sent yet, with another watch that its story matches."""
    filed = told.filed
    article = {"id": filed.id, "revision": filed.revision}
    matches = [_match(match, _WHOLE) for match in told.matches]
    other = {"data": {"watch": _watch(told.watch, _WHOLE), "article": article, "matches": matches}}
    return dumps(together([payload, dumps(other)]))


def overtaken(payload: str, later: str) -> str:
    """Give the payload of a later report in place of one that nobody has been sent yet, with the watches of both."""
    document, before = json.loads(later), json.loads(payload)
    watches = _distinct([*watches_of(before), *watches_of(document)])
    data = document["data"]
    if len(watches) > 1:
        data = {"id": data["id"], "watch": watches[0], "watches": watches} | data | {"watch": watches[0]}
    return dumps({**document, "data": data})


def dumps(document: Any) -> str:
    """Give compact JSON in UTF-8; a lone surrogate, which no receiver reads, becomes U+FFFD."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text


def cut_text(text: str, most: int) -> str:
    """Give at most `most` code points, ending in an ellipsis where words were left out."""
    if len(text) <= most:
        return text
    kept = text[: max(most - 1, 0)]
    # A word is not cut in two, where the script has words at all.
    if not text[len(kept)].isspace() and (space := kept.rfind(" ")) > max(most - 25, 0):
        kept = kept[:space]
    return kept.rstrip(" ,;:–—-") + "…"


def _watch(watch: Mapping[str, str], cut: _Cut) -> Json:
    return {
        "slug": watch["slug"],
        "name": cut_text(watch["name"], cut.line),
        "query": cut_text(watch["query"], cut.query),
    }


def _watches(watches: Sequence[Mapping[str, str]], cut: _Cut) -> list[Json]:
    """Give several watches in the room that one has."""
    cut = replace(cut, query=max(cut.query // len(watches), _LEAST_QUERY))
    return [_watch(watch, cut) for watch in watches]


def _item(told: Told, cut: _Cut, *, with_body: bool) -> Json:
    article = article_json(told.filed, with_body=with_body)
    if not with_body:
        article |= {
            "title": cut_text(article["title"], cut.title),
            "lede": article["lede"] and cut_text(article["lede"], cut.lede),
            "authors": [cut_text(name, cut.line) for name in article["authors"][: cut.authors]],
        }
        for key in ("dateline", "section", "published_raw"):
            article[key] = article[key] and cut_text(article[key], cut.line)
        for key in ("url", "canonical_url"):
            article[key] = article[key][: cut.address]
    article["excerpt"] = excerpt(told.filed, told.matches, cut.excerpt)
    item = {
        "reason": told.reason,
        "article": article,
        "also_in": [_carrier(other, cut) for other in told.also_in[: cut.also_in]],
        "matches": [_match(match, cut) for match in told.matches[: cut.matches]],
    }
    if told.earlier is not None:
        item["earlier"] = _carrier(told.earlier, cut)
        item["what_is_new"] = [cut_text(_flat(text), cut.passage) for text in told.what_is_new[: cut.passages]]
    if told.edit is not None:
        item["edit"] = _edit(told.edit, cut)
    return item


def _edit(edit: Edit, cut: _Cut) -> Json:
    return {
        "earlier_revision": edit.revision,
        "matched_before": edit.fitted,
        "matches_now": edit.fits,
        "appeared": [_shift(shift, cut) for shift in edit.shifts[: cut.matches] if shift.after],
        "disappeared": [_shift(shift, cut) for shift in edit.shifts[: cut.matches] if shift.before],
        "changes": [
            {
                "field": change.field,
                "before": cut_text(_flat(change.before_text), cut.passage),
                "after": cut_text(_flat(change.after_text), cut.passage),
            }
            for change in edit.changes[: cut.passages]
        ],
        "matches_before": [_match(span._asdict(), cut) for span in edit.gone[: cut.matches]],
    }


def _shift(shift: Shift, cut: _Cut) -> Json:
    return {"term": cut_text(shift.term, cut.line), "before": shift.before, "after": shift.after}


def _carrier(filed: FiledArticle, cut: _Cut) -> Json:
    article = filed.article
    return {
        "outlet": article.outlet,
        "url": article.canonical_url[: cut.address],
        "title": cut_text(article.title, cut.line),
    }


def _match(match: Mapping[str, Any], cut: _Cut) -> Json:
    return {
        "field": match["field"],
        "start": match["start"],
        "end": match["end"],
        "text": cut_text(match["text"], cut.line),
        "term": cut_text(match["term"], cut.line),
    }


def excerpt(filed: FiledArticle, matches: Sequence[Mapping[str, Any]], most: int) -> str:
    """Give the text around the first matches in the body; without any, around those in the lede, or the beginning."""
    article = filed.article
    for field, text in (("body", article.body), ("lede", article.lede or "")):
        spans = [(match["start"], match["end"]) for match in matches if match["field"] == field]
        if spans and text:
            return _around(text, sorted(spans), most)
    return cut_text(_flat(article.lede or article.body), most)


def _around(text: str, spans: Sequence[tuple[int, int]], most: int) -> str:
    """Cut up to three windows around the spans, each ending at white space."""
    windows: list[tuple[int, int]] = []
    reach = max(most // 6, 20)
    for start, end in spans:
        first, last = _to_space(text, start - reach, -1), _to_space(text, min(end, start + most) + reach, 1)
        if windows and first <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(last, windows[-1][1]))
        elif len(windows) < 3:
            windows.append((first, last))
    parts = [_flat(text[first:last]) for first, last in windows]
    lead = "… " if windows[0][0] > 0 else ""
    trail = " …" if windows[-1][1] < len(text) else ""
    return cut_text(lead + " … ".join(parts) + trail, most)


def _to_space(text: str, place: int, step: int) -> int:
    """Move a cut to white space, where some is near; scripts without any are cut where it falls."""
    place = min(max(place, 0), len(text))
    for moved in range(place, place + 20 * step, step):
        if moved <= 0 or moved >= len(text):
            return min(max(moved, 0), len(text))
        if text[moved].isspace():
            return moved
    return place


def _flat(text: str) -> str:
    return " ".join(text.split())
