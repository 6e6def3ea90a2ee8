"""The commonest words: those that nearly every article of a language holds."""

COMMONEST = {
    "ar": "في من على إلى أن عن",
    "cs": "a v se na je že",
    "de": "der die das und in den von zu mit auf",
    "el": "και το να του η της με για την",
    "en": "the a an of to in and for on with that is was by at from as it",
    "es": "de la que el en y los las un una por con del",
    "fa": "در از به که این را با",
    "fr": "de la le les et des en un une du que pour dans",
    "he": "של את על לא עם כי",
    "hi": "के में की है को से का",
    "id": "yang di dan dari untuk dengan ini",
    "it": "di che la il un e per in una del della",
    "nl": "de het een van en in op te dat",
    "pl": "w i na z do się że",
    "pt": "de a o que e do da em um uma para com",
    "ro": "de și în la a cu pe din",
    "ru": "и в на с по не что",
    "sv": "och i att det som en på är av",
    "tr": "ve bir bu da de için ile",
    "uk": "і в на з до та що не",
}
"""By language: the words, apart from each other."""
NAMES = {
    "ar": "Arabic", "cs": "Czech", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fa": "Persian",
    "fr": "French", "he": "Hebrew", "hi": "Hindi", "id": "Indonesian", "it": "Italian", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian",
}  # fmt: skip
"""By language: what it is called in English."""
