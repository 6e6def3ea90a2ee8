"""What stands on a page around its text and changes by itself: clocks, counters, buttons, links to other stories.

The words were gathered from the pages of news sites in these languages: en de fr es pt it nl pl ru uk tr ar fa hi id
zh ja ko. A line is judged by what is left of it without them; in a sentence a number always counts.
"""

import re

# A name that stands alone here is no news in any sentence either, as nothing is judged by it but lines without one.
_STAMPS = """
updated update modified edited published posted created uploaded last first revised reviewed corrected
aktualisiert geändert veröffentlicht erstellt stand zuletzt publié mis à jour mise modifié actualisé actualizado
publicado modificado creado última actualización atualizado atualização publicada aggiornato aggiornata
pubblicato ultimo aggiornamento bijgewerkt gepubliceerd laatst aktualizacja zaktualizowano opublikowano dodano
data обновлено опубликовано изменено размещено дата публикации обновление оновлено опубліковано змінено
güncellendi güncelleme yayınlanma yayınlandı tarihi son diperbarui diterbitkan تحديث آخر نشر نُشر تاريخ النشر
الأخير تم بروزرسانی انتشار अपडेट प्रकाशित अद्यतन
"""
_AGO = """
ago just now yesterday today tomorrow second seconds sec secs minute minutes min mins hour hours hr hrs day days
week weeks month months year years vor sekunden minute minuten stunde stunden tag tagen heute gestern uhr il y a
il ya seconde secondes heure heures jour jours hier aujourd hui hace segundo segundos minuto minutos hora horas
día días hoy ayer há atrás dia dias hoje ontem fa secondi minuti ora ore giorno giorni oggi ieri geleden uur
dagen vandaag gisteren temu godzin godziny godzinę minut minuty dni dziś wczoraj назад сегодня вчера секунд
секунды минут минуты минуту минута час часа часов день дня дней тому хвилин хвилини хвилину годин години годину
днів сьогодні вчора önce dakika saat gün bugün dün lalu menit jam hari kemarin منذ قبل دقيقة دقائق دقيقتين ساعة
ساعات ساعتين يوم أيام اليوم أمس پیش دقیقه ساعت روز مिनट पहले घंटे घंटा मिनट दिन
"""
_COUNTERS = """
views view viewed reads read comments comment replies reply shares share shared likes like reactions reaction
votes vote retweets tweets tweet followers subscribers listens downloads plays watching online viewers readers
kommentare kommentar aufrufe teilen mal gelesen commentaires commentaire partages partager vues lectures
réactions comentarios comentario compartir compartidos visitas vistas lecturas comentários comentário
compartilhar visualizações partilhas commenti commento condividi condivisioni visualizzazioni letture reacties
reactie delen komentarzy komentarze udostępnij wyświetleń просмотров просмотра просмотр просмотры комментариев
комментария комментарий комментарии поделиться поделились лайков нравится переглядів перегляди коментарів
коментарі коментар поширити yorum yorumlar paylaş görüntülenme okunma beğeni komentar bagikan dilihat مشاهدة
مشاهدات تعليق تعليقات مشاركة مشاركات قراءة إعجاب نظر بازدید टिप्पणियां शेयर
"""
_BUTTONS = """
save print email copy link listen facebook twitter whatsapp telegram linkedin reddit pinterest instagram vk
viber messenger x threads bluesky mastodon flipboard pocket follow subscribe bookmark gift article story page
this the to on by at in of for via from with and us our advertisement advertisment ad ads sponsored anzeige
werbung publicité publicidad pubblicità publicidade реклама реклама: реклами reklam iklan إعلان اعلان drucken
merken zuhören imprimer enregistrer écouter guardar imprimir escuchar time reading lesezeit lecture lectura
tempo leitura lettura czas czytania am um le la el los las das der die den de da do dos à o il lo del di на в у
о по e ed y et und um w dnia godz gmt utc est edt cet cest bst msk мск ist pst pdt cst cdt kst jst eet eest edt
et pm a m p h
"""
_MONTHS = """
january february march april may june july august september october november december jan feb mar apr jun jul
aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur
thurs fri sat sun januar februar märz april mai juni juli august september oktober november dezember montag
dienstag mittwoch donnerstag freitag samstag sonntag janvier février mars avril juin juillet août septembre
octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi dimanche enero febrero marzo abril mayo
junio julio agosto septiembre octubre noviembre diciembre lunes martes miércoles jueves viernes sábado domingo
janeiro fevereiro março maio junho julho setembro outubro novembro dezembro gennaio febbraio aprile maggio
giugno luglio settembre ottobre dicembre januari februari maart mei augustus stycznia lutego marca kwietnia maja
czerwca lipca sierpnia września października listopada grudnia января февраля марта апреля мая июня июля августа
сентября октября ноября декабря янв фев мар апр июн июл авг сен окт ноя дек понедельник вторник среда четверг
пятница суббота воскресенье січня лютого березня квітня травня червня липня серпня вересня жовтня листопада
грудня ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık januari februari maret agustus
desember يناير فبراير مارس أبريل ابريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر كانون تشرين شباط آذار
نيسان أيار حزيران تموز آب أيلول जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर
"""
_UNSPACED = (
    "更新|发布|發布|發佈|发表|發表|刊登|编辑|编辑时间|时间|時間|来源|今天|昨天|刚刚|分钟|分鐘|小时|小時|天前|前|年|月|日|时|時|分|秒"
    "|阅读|閱讀|浏览|瀏覽|评论|評論|分享|点赞|收藏|転載|公開|配信|投稿|閲覧|コメント|シェア|いいね|保存|印刷"
    "|입력|수정|등록|조회수?|댓글|공유|추천|오전|오후|시간|분|일|월|년|시|전"
)
_LABELS = (
    r"read (?:more|also|next|on)|also read|see also|see more|watch(?: also| more)?|more (?:on|from|about) .{1,40}"
    r"|more(?: stories| news)|related(?: \w+){0,3}|most (?:read|popular|viewed|shared)|trending(?: now)?|don.?t miss"
    r"|recommended(?: for you)?|you (?:may|might) (?:also )?(?:like|be interested in)|top stories|latest news"
    r"|in this story"
    r"|editor.?s picks?|what to read next|video|podcast"
    r"|tags?|topics?|keywords?|newsletters?|sign up(?: .{1,60})?|follow us.{0,60}"
    r"|lesen sie (?:auch|mehr)|zum artikel|mehr dazu|weiterlesen|mehr lesen"
    r"|mehr zum thema|siehe auch|auch interessant|meistgelesen|themen|schlagworte"
    r"|(?:à )?lire (?:aussi|également|plus)|voir aussi|sur le même sujet|les plus lus|mots.clés|lea también|leer más"
    r"|le puede interesar|te puede interesar|más leídas|más información|etiquetas|leia (?:também|mais)|mais lidas"
    r"|veja também"
    r"|leggi anche|potrebbe interessarti|lees ook|lees meer|czytaj (?:też|także|więcej)|zobacz (?:też|także)"
    r"|читайте также|читать (?:также|далее|ещё|еще)|по теме|смотрите также|материалы по теме|самое читаемое"
    r"|теги"
    r"|читайте також|за темою|ayrıca okuyun|ilgili haberler|baca juga|اقرأ أيضا|اقرأ أيضًا|إقرأ أيضا|اقرأ المزيد"
    r"|شاهد أيضا"
    r"|مواضيع ذات صلة|الأكثر قراءة|بیشتر بخوانید|यह भी पढ़ें|相关(?:阅读|新闻|报道)|相關(?:閱讀|新聞|報導)|延伸閱讀"
    r"|关键词|标签"
    r"|関連(?:記事|ニュース)|あわせて読みたい|관련\s?기사"
)
_WORDS = frozenset("".join((_STAMPS, _AGO, _COUNTERS, _BUTTONS, _MONTHS)).split())
_UNITS_OF_TIME = frozenset(_AGO.split())
_EDITED = frozenset(_STAMPS.split()) - frozenset("last first tarihi son data date mise à jour آخر".split())  # noqa: SIM905
_PAST = frozenset("ago vor hace ya há atrás fa geleden temu назад тому önce lalu منذ قبل پیش पहले".split())  # noqa: SIM905
_COUNTED = frozenset(_COUNTERS.split())
_NAMED_DAYS = frozenset(_MONTHS.split())

_NUMBER = r"\d[\d.,:'’/\-\u00a0\u202f ]*(?:st|nd|rd|th|k|m|mln|mio|tsd|tys|тыс|млн|тис|bin|rb|万|千|천|만)?(?![^\W\d_])"
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}\b|\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|[年月時时分]|오[전후]")
_TOKEN = re.compile(rf"{_NUMBER}|[^\W\d_]+|\d+[^\W\d_]+", re.IGNORECASE)
_UNSPACED_COUNT = re.compile(rf"(?:{_UNSPACED})\W*\d|\d\W*(?:{_UNSPACED})")
_UNSPACED_WORD = re.compile(_UNSPACED)
_LABEL = re.compile(rf"\W*(?:{_LABELS})\s*(?P<rest>[:：|>»→–—-].*|\W*)", re.IGNORECASE | re.DOTALL)
_SENTENCE_END = re.compile(r"[.!?…。！？؟۔।։።][\"'”’»›)\]」』]*\s*$")
_SCORE = re.compile(r"(?:^|\s)\d{1,3}\s?[-–—:]\s?\d{1,3}(?:\s|$)")
_TICKER = re.compile(r"[▲▼△▽↑↓]|[+\-\u2212–]\s?\d+(?:[.,]\d+)?\s?%")
_STAMP_RUN = re.compile(
    r"\b(?:(?:last|first) )?(?:updated|modified|edited|published|posted|aktualisiert|veröffentlicht|mis à jour|publié"
    r"|actualizado|publicado|atualizado|aggiornato|pubblicato|bijgewerkt|обновлено|опубликовано|оновлено|опубліковано"
    r"|güncellendi)\b\W{0,3}(?:(?:on|at|am|um|le|à|el|a las|às|il|alle|в|о|op|om)\s)?"
    r"(?:\W*(?:\d[\d:./-]*|[ap]\.?m\b\.?|gmt|utc|et|est|edt|cet|cest|bst|msk|мск|uhr|h|"
    + "|".join(sorted(set(_MONTHS.split())))
    + r")\b)+",
    re.IGNORECASE,
)  # fmt: skip
_LEAST_OF_A_SENTENCE = 4
_LONG_LINE = 25


def is_sentence(line: str) -> bool:
    """Tell whether a line is running text: it ends like a sentence, or is too long for anything else."""
    words = len(line.split())
    if words >= _LONG_LINE or (words < _LEAST_OF_A_SENTENCE and len(line) > 60):
        return True
    return bool(_SENTENCE_END.search(line)) and (words >= _LEAST_OF_A_SENTENCE or len(line) > 12)


def is_broken_off(text: str) -> bool:
    """Tell whether a text ends before its last sentence does."""
    return text.rstrip().endswith(("…", "...")) or not _SENTENCE_END.search(text)


def is_label(line: str) -> bool:
    """Tell whether a line introduces links, or is one that is introduced by its own words: `Read more: ...`."""
    return _LABEL.fullmatch(line.strip()) is not None


def is_bare_label(line: str) -> bool:
    """Tell whether a line introduces what stands below it."""
    found = _LABEL.fullmatch(line.strip())
    return found is not None and not re.search(r"\w", found["rest"])


def is_stamp(line: str) -> bool:
    """Tell whether a line says nothing but a time, a count, or the names of buttons."""
    return not residue(line)


def residue(line: str) -> tuple[str, ...]:
    """Give the words of a line that are no part of a time, a count or a button."""
    tokens = [token.casefold().strip() for token in _TOKEN.findall(_UNSPACED_WORD.sub(" ", line))]
    return tuple(token for token in tokens if not token[:1].isdigit() and token not in _WORDS)


def is_timely(line: str) -> bool:
    """Tell whether a line bears a time, a score, a price or a count that changes by itself."""
    if _CLOCK.search(line) or _SCORE.search(line) or _TICKER.search(line) or _UNSPACED_COUNT.search(line):
        return True
    tokens = [token.casefold().strip() for token in _TOKEN.findall(line)]
    numbers = [place for place, token in enumerate(tokens) if token[:1].isdigit()]
    if numbers and not _EDITED.isdisjoint(tokens):
        return True
    beside = {token for place in numbers for token in tokens[max(0, place - 1) : place + 2]}
    units = _PAST & set(tokens) and beside & _UNITS_OF_TIME
    return bool(units or beside & _COUNTED or beside & _NAMED_DAYS)


def without_stamps(text: str) -> str:
    """Give a text without the times of its own last edit, wherever they stand."""
    return _STAMP_RUN.sub(" ", text)
