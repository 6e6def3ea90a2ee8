"""Texts made from templates: each house prints them daily with other names and numbers, and none is a copy."""

import random
import re
from functools import cache

_FIRST = "Anna Boris Clara David Elena Farid Greta Henrik Irina Jonas Karla Leon Mira Nikolai Olga Pavel".split()  # noqa: SIM905
_STEMS = "Alder Brand Carl Dorn Elling Fenn Gar Hol Ister Jar Kell Lund Mar Nor Ost Pren Rav Stav Tor Vess".split()  # noqa: SIM905
_ENDS = "by dale feld gate ham ing mark ness port sen stad ton ville wick worth".split()  # noqa: SIM905
_WAYS = {
    "sky": ["cloudy with sunny spells", "overcast", "clear", "cloudy with showers", "hazy"],
    "moved": ["rose", "fell", "gained", "lost", "advanced", "slipped"],
    "day": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "trade": ["joiner", "teacher", "pilot", "printer", "surgeon", "librarian", "farmer"],
    "день": ["понедельник", "вторник", "среду", "четверг", "пятницу"],
    "城": ["安平", "临海", "东川", "北原", "长河", "青石"],
    "天": ["多云", "晴", "阴", "小雨", "阵雨"],
}

TEMPLATES = {
    "market": """{place} shares {moved} on {day} as investors weighed results from {firm} and {firm2}. The
benchmark index
of the exchange closed at {n4} points, {n1}.{n2} percent away from its level of the day before. {firm}
{moved2} {n1b}.{n2b} percent after it reported earnings of {n3} million, while {firm2} {moved3}
{n1c}.{n2c} percent. Volume amounted to {n3b} million shares, against an average of {n3c} million over
the past thirty days. The currency traded at {n1d}.{n2d} to the dollar. The yield of the ten-year bond
stood at {n1e}.{n2e} percent in late trading, dealers said.""",
    "weather": """{place} will be {sky} on {day} with a high of {n2} degrees and a low of {n2b}, the weather
service said.
Winds from the {place2} side will reach {n2c} kilometres an hour in the afternoon. In {place3} it will be
{sky2} with temperatures between {n2d} and {n2e} degrees. The chance of rain is put at {n2f} percent for
the whole region, and the sea off {place4} will be moderate. Drivers are asked to allow for mist in the
early hours. The outlook for the following two days will be published in the evening.""",
    "obituary": """{first} {last}, a {trade} who was known to everybody in {place}, has died at the age of
{n2}, the family
said. {last} was born in {place2} in 19{n2b} and moved to {place} after the school years. For {n2c} years
{last} worked at the workshop in {street} Street and served on the parish council. {last} is survived by
{first2}, {first3} and {n1} grandchildren. A service will be held on {day} at the church of {place3}. In
place of flowers the family asks for gifts to the hospice that cared for {last} in the past months.""",
    "match": """{team} beat {team2} {n1}-{n1b} at home on {day} before a crowd of {n5}. {last} put the hosts ahead after
{n2} minutes, and {last2} added the second shortly before the break. {last3} pulled one back for the
visitors in the {n2b}th minute, but the hosts held on in the closing stages. The win lifts {team} to
place {n1c} of the table with {n2c} points, while {team2} stay on {n2d}. On {day2} {team} travel to
{team3}, and {team2} receive {team4}. Coach {last4} said that the team had deserved the points over the
ninety minutes.""",
    "quake": """An earthquake of magnitude {n1}.{n1b} was recorded {n2} kilometres off {place} on {day} at {n2b}:{n2c},
the seismological institute said. The depth of the focus was given as {n2d} kilometres. Residents of
{place2} and {place3} felt the shock, and some left their houses. There were no reports of damage or of
injuries at first. A warning of a tidal wave was not issued. The region lies on a fault, and earthquakes
are common there: {n2e} of this size were counted in the past twelve months, according to the institute.""",
    "рынок": """Индекс биржи города {место} в {день} составил {n4} пункта, что на {n1},{n2} процента отличается
от уровня
предыдущего дня. Акции компании «{имя}» изменились в цене на {n1b},{n2b} процента, акции компании
«{имя2}» на {n1c},{n2c} процента. Объём торгов составил {n3} миллиона рублей. Курс доллара к концу дня
установился на отметке {n2d},{n2e} рубля, сообщили участники рынка. По словам аналитика по фамилии
{имя3}, в ближайшие дни торги пройдут спокойно, если банк сохранит ставку на уровне {n1d} процента.""",
    "天气": """{城}气象台今天发布预报，{城}明天{天}，最高气温{n2}度"""
    """，最低气温{n2b}度，风力{n1}级。"""
    """{城2}明天{天2}，最高气温{n2c}度，"""
    """夜间有雾，能见度不足{n3}米，请驾驶员注意行车安全。未来三天全区降水概率为百分之{n2d}，江面风力较大，过往船只应当及时了解"""
    """航道情况。气象台将于明天早晨六时发布下一次预报，并通过广播和短信向公众通报。""",
}


def _fill(kind: str, number: str, chance: random.Random) -> str:
    if kind == "n":
        return str(chance.randrange(10 ** (int(number) - 1), 10 ** int(number)))
    if kind in _WAYS:
        return chance.choice(_WAYS[kind])
    name = chance.choice(_STEMS) + chance.choice(_ENDS)
    if kind == "first":
        return chance.choice(_FIRST)
    return {"firm": f"{name} Group", "team": f"{name} United"}.get(kind, name)


def filled(name: str, chance: random.Random) -> str:
    """Fill a template so that the same slot says the same thing throughout."""
    said: dict[str, str] = {}

    def fill(slot: re.Match[str]) -> str:
        return said.setdefault(slot[0], _fill(slot[1], slot[2], chance))

    return re.sub(r"{([^\W\d_]+)(\d*)([a-f]?)}", fill, TEMPLATES[name])


_VOWELS, _CONSONANTS = "aeiou", "bcdfglmnprstvz"
_COMMON = (  # noqa: SIM905
    "the of and to in that for it was on with as by at from this be are has had said not but its they who would which"
).split()


def invented(seed: int, words: int) -> str:
    """Give a report of invented words: common ones recur, names keep their capitals, some numbers stand between."""
    chance, vocabulary = random.Random(seed), _vocabulary()
    names = [_word(chance).capitalize() for _ in range(12)]
    text: list[str] = []
    while sum(map(len, text)) < 6 * words:
        sentence = [_said(chance, vocabulary, names) for _ in range(chance.randint(9, 24))]
        text.append(" ".join(sentence).capitalize() + ".")
    return "\n\n".join(" ".join(text[start : start + 3]) for start in range(0, len(text), 3))


@cache
def _vocabulary() -> list[str]:
    chance = random.Random(0)
    return [_word(chance) for _ in range(20_000)]


def _word(chance: random.Random) -> str:
    return "".join(chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(chance.randint(1, 4)))


def _said(chance: random.Random, vocabulary: list[str], names: list[str]) -> str:
    dice = chance.random()
    if dice < 0.42:
        return chance.choice(_COMMON)
    if dice < 0.5:
        return chance.choice(names)
    return str(chance.randint(2, 3000)) if dice < 0.52 else vocabulary[int(len(vocabulary) * chance.random() ** 3)]
