"""The names of months as outlets write them, folded to lower case: full, shortened, inflected."""

_NAMES = """
1 january jan январь января янв januar jänner janvier janv enero ene gennaio gen janeiro styczeń stycznia sty januari ocak oca січень січня січ leden ledna ianuarie ianuarie január tammikuu tammikuuta ιανουαρίου ιαν יناير יنایر يناير ינואר جانفي ژانویه जनवरी студзеня janvāris sausio
2 february feb февраль февраля фев februar feber février févr fév febrero febbraio febr fevereiro fev luty lutego lut februari şubat şub лютий лютого лют únor února februarie február helmikuu helmikuuta φεβρουαρίου φεβ فبراير פברואר فيفري فوریه फरवरी лютага vasario
3 march mar март марта мар märz mrz mars marzo março marec marzec marca maart mrt mart березень березня бер březen března martie március maaliskuu maaliskuuta μαρτίου μαρ مارس מרץ मार्च сакавіка kovo
4 april apr апрель апреля апр avril avr abril abr aprile abril kwiecień kwietnia kwi nisan nis квітень квітня кві duben dubna aprilie április huhtikuu huhtikuuta απριλίου απρ أبريل ابريل אפריל أفريل آوریل अप्रैल красавіка balandžio
5 may май мая mai mayo maggio mag maio maj maja mei mayıs травень травня тра květen května május toukokuu toukokuuta μαΐου μαϊ مايو מאי ماي مه मई траўня gegužės
6 june jun июнь июня июн juni juin junio giugno giu junho czerwiec czerwca cze haziran haz червень червня чер červen června iunie június kesäkuu kesäkuuta ιουνίου ιουν يونيو יוני جوان ژوئن जून чэрвеня birželio
7 july jul июль июля июл juli juillet juil julio luglio lug julho lipiec lipca lip temmuz tem липень липня лип červenec července iulie július heinäkuu heinäkuuta ιουλίου ιουλ يوليو יולי جويلية ژوئیه जुलाई ліпеня liepos
8 august aug август августа авг août agosto ago sierpień sierpnia sie augustus ağustos ağu серпень серпня сер srpen srpna elokuu elokuuta augusztus αυγούστου αυγ أغسطس اغسطس אוגוסט أوت اوت अगस्त жніўня rugpjūčio
9 september sep sept сентябрь сентября сен сент septembre septiembre settembre set setembro wrzesień września wrz eylül eyl вересень вересня вер září septembrie szeptember syyskuu syyskuuta σεπτεμβρίου σεπ سبتمبر ספטמבר سپتامبر सितंबर верасня rugsėjo
10 october oct октябрь октября окт oktober okt octobre octubre ottobre ott outubro out październik października paź ekim eki жовтень жовтня жов říjen října octombrie október lokakuu lokakuuta οκτωβρίου οκτ أكتوبر اكتوبر אוקטובר اکتبر अक्टूबर кастрычніка spalio
11 november nov ноябрь ноября ноя нояб novembre noviembre novembro listopad listopada lis kasım kas листопад листопада noiembrie november marraskuu marraskuuta νοεμβρίου νοε نوفمبر נובמבר نوامبر नवंबर лістапада lapkričio
12 december dec декабрь декабря дек dezember dez décembre déc diciembre dic dicembre dezembro grudzień grudnia gru aralık ara грудень грудня гру prosinec prosince decembrie december joulukuu joulukuuta δεκεμβρίου δεκ ديسمبر דצמבר دسامبر दिसंबर снежня gruodžio
"""  # noqa: E501

MONTHS = {name: int(line.split()[0]) for line in _NAMES.strip().splitlines() for name in line.split()[1:]}
"""Each name with the number of its month."""
