"""Lines that stand in or around a text and are not of it: its own title and byline, dates, calls to read on."""

import re

from .dates import only_a_date
from .texts import squeeze

_LONGEST = 220
_CALL = re.compile(
    r"^\W*(?:"
    r"read (?:more|also|next|the full|full)\b|also (?:on|read|see)\b|see also\b|more (?:on|from|about) this\b|"
    r"related(?: (?:articles?|stor(?:y|ies)|posts?|news|topics?|content|coverage|links?))?\s?(?::|$)|"
    r"you (?:may|might) (?:also )?(?:like|be interested)|recommended(?: for you)?\s?(?::|$)|"
    r"like this story\?|share (?:this|it|on)\b|follow (?:us|me|him|her|them|bbc|[\w ]{2,20}) on\b|"
    r"(?:click|tap) here (?:to|for)\b|sign up (?:for|to|here)\b|subscribe (?:to|now|here|for)\b|subscribe$|"
    r"(?:get|download) (?:our|the) (?:free )?(?:app|newsletter)|join (?:our|the) (?:telegram|whatsapp|newsletter)|"
    r"advertisement$|sponsored$|story continues below|continue reading|"
    r"(?:leave a|post a|view|add a|\d+) comments?$|comments?(?: \(\d+\))?$|"
    r"most (?:read|popular|viewed)\b|trending(?: now)?$|newsletter$|"
    r"newsfeed$|log in or register|to participate in the discussion|"
    r"the views (?:and opinions )?expressed|(?:photo|image|picture|foto|bild)s?(?: credits?| by)?\s?[:©]|©\s?\w|"
    r"all rights reserved|copyright ©|©\s?\d{4}|"
    r"читайте также|читать (?:далее|полностью|также)|подпис(?:ывайтесь|аться|ка)|поделиться|смотрите также|"
    r"заголовок открываемого материала|войдите или зарегистрируйтесь|чтобы участвовать в дискуссии|"
    r"lesen sie (?:auch|mehr|hier)|mehr zum thema|lire aussi|à lire (?:aussi|également)|voir aussi|abonnez-vous|"
    r"leer (?:más|también)|lea también|te puede interesar|más información\s?:?$|leggi anche|potrebbe interessarti|"
    r"leia (?:também|mais)|veja também|lees ook|czytaj (?:też|także|więcej)|zobacz (?:też|także)|читайте ще|"
    r"läs också|læs også|les også|lue myös|přečtěte si|citește și|ayrıca bak|"
    r"اقرأ أيضا|相关阅读|関連記事|あわせて読みたい"
    r")",
    re.I,
)
_FURNITURE = re.compile(
    r"^\W*(?:share|tweet|print|e-?mail|facebook|twitter|whatsapp|telegram|linkedin|reddit|pinterest|copy link|save|"
    r"loader|chats?|newsfeed|subscribe|advertisement|menu|search|home|close|\d{1,3}|icon [\w -]+)\W*$",
    re.I,
)
_TAIL = re.compile(
    r"^\W*(?:(?:more )?top stories|more (?:from|great|stories|news|on this|in this)\b.{0,40}|"
    r"popular(?: (?:now|stories|posts))?|(?:related|recommended|suggested|similar|trending|latest|other|further)"
    r"(?: (?:articles?|stor(?:y|ies)|posts?|news|topics?|content|coverage|links?|reading|headlines))?"
    r"(?: (?:now|for you))?|most (?:read|popular|viewed|shared)|(?:what to )?read (?:next|more|also|this next)|"
    r"you (?:may|might) (?:also )?(?:like|be interested in)|don.t miss|partner news|editor.s picks?|"
    r"mehr zum thema|das könnte (?:sie|dich) (?:auch )?interessieren|weitere (?:artikel|themen|nachrichten|meldungen)|"
    r"meistgelesen|lesen sie auch|à lire (?:aussi|également)|lire aussi|sur le même sujet|les plus lus|"
    r"te puede interesar|lo más (?:leído|visto)|más (?:noticias|información|sobre .{0,30})|relacionad[ao]s|"
    r"noticias relacionadas|leggi anche|potrebbe interessarti|ultime notizie|leia (?:também|mais)|veja também|"
    r"mais lidas|lees ook|meer over .{0,30}|läs (?:också|mer)|les også|czytaj (?:też|także|również)|"
    r"zobacz (?:też|także)|читайте также|(?:другие|последние|главные) новости|новости по теме|по теме|"
    r"материалы по теме|смотрите также|関連記事|あわせて読みたい|おすすめ(?:記事)?|"
    r"相关(?:阅读|新闻|报道)|관련 ?기사)\W*$",
    re.I,
)
_LONGEST_HEADING, _LONG = 70, 350
_EDGE = 4
_SURE = 20


def trimmed(paragraphs: list[str], *, title: str, lede: str | None, authors: tuple[str, ...]) -> list[str]:
    """Give the paragraphs without the lines that are not of the text."""
    kept = [line for line in paragraphs if not _is_call(line)]
    kept = _without_twins(kept)
    heads = _drop_front(kept, title, lede, authors)
    return _drop_back(heads)


def without_tail(paragraphs: list[str]) -> list[str]:
    """Cut where a heading in the last third says that what follows are other pieces, and no long paragraph follows."""
    rest, cut = sum(map(len, paragraphs)) / 3, len(paragraphs)
    for at in range(len(paragraphs) - 1, 0, -1):
        line = paragraphs[at]
        rest -= len(line)
        if rest < 0 or len(line) > _LONG:
            break
        if len(line) <= _LONGEST_HEADING and not line.endswith(":") and _TAIL.match(line):
            cut = at
    return paragraphs[:cut]


def _is_call(line: str) -> bool:
    return len(line) <= _LONGEST and bool(_CALL.match(line))


def _without_twins(paragraphs: list[str]) -> list[str]:
    """Drop a paragraph that directly repeats the one before it."""
    return [line for at, line in enumerate(paragraphs) if at == 0 or line != paragraphs[at - 1]]


def _drop_front(paragraphs: list[str], title: str, lede: str | None, authors: tuple[str, ...]) -> list[str]:
    said = {squeeze(title), *map(squeeze, authors)} - {""}
    told = squeeze(lede or "")
    kept = []
    for line in paragraphs[:_EDGE]:
        key = squeeze(line)
        in_lede = len(key) > _SURE and key in told
        headed = len(key) < 2 * len(squeeze(title)) and key.endswith(squeeze(title) or "\0")
        if not (key in said or in_lede or headed or _is_furniture(line, said)):
            kept.append(line)
    return kept + paragraphs[_EDGE:]


def _is_furniture(line: str, said: set[str]) -> bool:
    if len(line) > 120:
        return False
    key = squeeze(line)
    return bool(_FURNITURE.match(line)) or only_a_date(line) or key.removeprefix("by") in said


def _drop_back(paragraphs: list[str]) -> list[str]:
    end = len(paragraphs)
    while end and end > len(paragraphs) - _EDGE and _is_furniture(paragraphs[end - 1], set()):
        end -= 1
    return paragraphs[:end]
