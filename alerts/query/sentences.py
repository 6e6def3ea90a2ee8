"""Sentences: where one ends and the next begins, by punctuation, capitals and a list of abbreviations."""

import re

_BLANK_LINE = r"\n\s*\n|\u2029"
_END = re.compile(
    r"(?P<stop>[.!?…]+)(?P<closed>[\"'’”»)\]]*)(?=\s+[\"'‘“„«(\[¿¡—–-]*\s*(?P<next>\w))"
    rf"|[。！？｡؟۔।॥։።။។៕]+|{_BLANK_LINE}"
)
_BEFORE = re.compile(r"(?:^|[\s(\[\"“«'’—–-])([^\s(\[\"“«]+)$")
_INITIALS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")

# Words that are written with a full stop in mid-sentence: before a name or a number, and before anything.
_TITLES = """
mr mrs ms dr st gen sen rep gov lt col sgt cpl pvt capt cmdr adm maj prof rev hon mt ft messrs jr sr vs inc corp co ltd
bros jan feb mar apr jun jul aug sep sept oct nov dec mme mlle mgr sra srta dra hr fr г ул им гр тов проф акад обл пр
e.g i.e a.k.a cf viz z.b d.h u.a т.е т.к т.н
"""
_NUMBERED = "no nos nr p pp art fig figs ch vol sec par para eq núm ст п пп стр рис табл гл"
_SHORTENED = """
approx etc est dept univ assn assoc incl excl resp misc esp govt intl natl natl tel avg min max temp
bzw usw evtl ggf inkl zzgl vgl напр млрд млн тыс руб коп
"""
_BEFORE_NAME = frozenset(_TITLES.split())
_BEFORE_NUMBER = _BEFORE_NAME | frozenset(_NUMBERED.split())
_BEFORE_SMALL = _BEFORE_NUMBER | frozenset(_SHORTENED.split())
_SHORTEST_LAST_WORD = 4
_LONGEST_WORD = 24


def sentence_ends(text: str) -> list[int]:
    """Give the places in a text behind which a new sentence begins."""
    small = text == text.lower()
    return [found.end() for found in _END.finditer(text) if not found["stop"] or _ends(text, found, small)]


def _ends(text: str, found: re.Match[str], all_small: bool) -> bool:
    """Tell whether a stop ends a sentence; where all is in small letters, capitals cannot tell."""
    before = _BEFORE.search(text[max(0, found.start() - _LONGEST_WORD) : found.start()])
    word = before[1] if before else ""
    abbreviated = found["stop"] == "." and not found["closed"]
    following = found["next"]
    if following.islower():
        if found["closed"] or found["stop"] not in (".", "!", "?") or word.lower() in _BEFORE_SMALL or "." in word:
            return False
        return all_small or len(word) >= _SHORTEST_LAST_WORD
    if not abbreviated:
        return True
    if following.isdigit() and word.lower() in _BEFORE_NUMBER:
        return False
    return word.lower() not in _BEFORE_NAME and not (_INITIALS.fullmatch(word) and word[0].isupper())
