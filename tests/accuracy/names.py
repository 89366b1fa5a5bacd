"""Invented firms, and how their names fold. Every name is made of coined syllables or everyday surnames."""

import re
import unicodedata

# country: weight, currency, language, legal forms, length of the domestic part of its IBAN (0: no IBAN)
COUNTRIES = {
    "DE": (330, "EUR", "de", ["GmbH", "GmbH", "GmbH", "GmbH & Co. KG", "AG", "KG", "e.K."], 18),
    "AT": (45, "EUR", "de", ["GmbH", "AG"], 16),
    "FR": (70, "EUR", "fr", ["SARL", "S.A.", "SAS"], 23),
    "IT": (60, "EUR", "it", ["S.r.l.", "SpA"], 23),
    "ES": (40, "EUR", "es", ["S.A.", "S.L."], 20),
    "NL": (50, "EUR", "nl", ["B.V.", "N.V."], 14),
    "BE": (30, "EUR", "nl", ["N.V.", "SARL"], 12),
    "FI": (25, "EUR", "en", ["Oy"], 14),
    "SE": (20, "EUR", "en", ["AB"], 20),
    "DK": (12, "EUR", "en", ["A/S"], 14),
    "PL": (20, "EUR", "en", ["Sp. z o.o."], 24),
    "GB": (90, "GBP", "en", ["Ltd", "Limited", "PLC"], 18),
    "US": (130, "USD", "en", ["Inc.", "LLC", "Corp."], 0),
    "JP": (45, "JPY", "en", ["KK"], 0),
    "IN": (14, "USD", "en", ["Ltd", "Limited"], 0),
    "BR": (9, "USD", "en", ["S.A."], 0),
    "TH": (6, "EUR", "en", ["Ltd"], 0),
    "ID": (6, "USD", "en", ["Ltd"], 0),
}
# transfers from here cost the payer nothing on the way
FREE_OF_CHARGES = {"DE", "AT", "FR", "IT", "ES", "NL", "BE", "FI", "SE", "DK", "PL"}
WITHHOLDING = {"IN": 10, "TH": 15, "BR": 15, "ID": 10}

SURNAMES = {
    "de": ["Müller", "Mueller", "Schäfer", "Jäger", "Köhler", "Krüger", "Böhm", "Groß", "Weiß", "Hübner", "Zinser", "Maier",
           "Meyer", "Mayr", "Schröder", "Schmitt", "Schmidt", "Löffler", "Fuchs", "Kühn", "Bär", "Lindner", "Steuer"],
    "fr": ["Lefèvre", "Garnier", "Bélanger", "Moreau", "Fournel", "Hébrard", "Chauvet"],
    "it": ["Rossetti", "Bianchin", "Ferrarin", "Colombi", "Nicolò", "Marchetti"],
    "es": ["Ibáñez", "Muñoz", "Peñalba", "Ortigosa", "Núñez"],
    "nl": ["van den Bos", "de Wit", "Jansens", "Kuiper", "Verhoeven"],
    "en": ["Ashdown", "Barlow", "Carver", "Dunmore", "Ellwood", "Fenwick", "Greaves", "Harlan", "Kirby", "Öberg", "Lövgren"],
}
TRADES = {
    "de": ["Bau", "Technik", "Maschinenbau", "Logistik", "Elektro", "Metallbau", "Handel", "Druck", "Möbel", "Haustechnik",
           "Versicherungsmakler", "Finanzkontor", "Kälte", "Gebäudereinigung", "Fördertechnik"],
    "fr": ["Bâtiment", "Services", "Matériaux", "Transports", "Électricité", "Distribution"],
    "it": ["Costruzioni", "Servizi", "Meccanica", "Trasporti", "Impianti"],
    "es": ["Construcción", "Servicios", "Logística", "Suministros"],
    "nl": ["Bouw", "Techniek", "Handel", "Logistiek", "Installatie"],
    "en": ["Engineering", "Services", "Supplies", "Logistics", "Holding", "Components", "Foods", "Packaging", "Systems",
           "Trading", "Insurance Services", "Refund Solutions", "Plastics", "Instruments"],
}
HEADS = ["Val", "Kes", "Tor", "Bren", "Mar", "Ost", "Lun", "Fer", "Gra", "Hol", "Ind", "Jor", "Kal", "Lem", "Nor", "Pel",
         "Quin", "Ras", "Sol", "Tam", "Ulm", "Ves", "Wal", "Yor", "Zan", "Ald", "Bor", "Cor", "Del", "Elm"]
MIDDLES = ["tro", "ka", "li", "mo", "ne", "ri", "sta", "va", "be", "do", "fe", "gu", "hi", "jo", "pu", "ze", "wi", "xa"]
TAILS = ["na", "vo", "rix", "tec", "lund", "mar", "sen", "dor", "fil", "gard", "ham", "kon", "les", "nox", "pan", "tis",
         "ver", "zon", "bru", "cal"]
SISTERS = ["Holding", "Services", "International", "Süd", "Nord", "Immobilien"]

_FORMS = {"GMBH", "CO", "KG", "AG", "LTD", "LIMITED", "PLC", "INC", "LLC", "CORP", "SA", "SARL", "SAS", "SPA", "SRL", "SL",
          "BV", "NV", "AB", "OY", "AS", "SP", "Z", "OO", "KK", "EK"}
_SAME_FORM = {"LIMITED": "LTD"}
_UMLAUT_PAIRS = re.compile("AE|OE|UE")


def without_marks(text, umlaut_as_pair):
    """Latin letters without accents; umlauts as AE/OE/UE or as the bare vowel, both are seen on statements."""
    if text.isascii():
        return text
    if umlaut_as_pair:
        for mark, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")):
            text = text.replace(mark, pair)
    text = text.replace("ß", "ss")
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def folded(name):
    """(letters of the name proper, legal form): what is left when spelling habits of banks are taken away."""
    plain = without_marks(name, True).upper().replace("A/S", "AS").replace(".", "").replace("Z O O", "Z OO")
    words = re.sub("[^A-Z0-9]+", " ", plain).split()
    forms = [_SAME_FORM.get(word, word) for word in words if word in _FORMS]
    base = "".join(word for word in words if word not in _FORMS)
    return _UMLAUT_PAIRS.sub(lambda pair: pair.group()[0], base), "".join(forms)


def letters(name):
    """All letters of a name in a row, its legal form as it is written: what a cut name is the beginning of."""
    plain = re.sub("[^A-Z0-9]+", "", without_marks(name, True).upper())
    return _UMLAUT_PAIRS.sub(lambda pair: pair.group()[0], plain)


def coined(rng):
    word = rng.choice(HEADS) + rng.choice(MIDDLES)
    return word + (rng.choice(MIDDLES) if rng.random() < 0.3 else "") + rng.choice(TAILS)


def firm(rng, country):
    _, _, language, forms, _ = COUNTRIES[country]
    kind = rng.random()
    if kind < 0.72:
        stem = coined(rng)
    elif kind < 0.92:
        stem = rng.choice(SURNAMES[language]) + " " + coined(rng)
    else:
        stem = rng.choice(SURNAMES[language])
        if language == "de" and rng.random() < 0.3:
            stem = rng.choice(["Gebr. ", "Gebrüder "]) + stem
    if kind >= 0.92 or rng.random() < 0.75:
        stem += " " + rng.choice(TRADES[language])
    return stem + " " + rng.choice(forms)


def twin(rng, name, country):
    """A name that is nearly another one: other legal form, other spelling of the umlaut, a sister firm."""
    forms = COUNTRIES[country][3]
    for form in sorted(set(forms), key=len, reverse=True):
        if name.endswith(" " + form):
            stem = name[: -len(form) - 1]
            break
    else:
        stem, form = name, forms[0]
    kind = rng.random()
    if kind < 0.45:
        return stem + " " + rng.choice(SISTERS) + " " + form
    others = [other for other in forms if other != form] or forms
    if kind < 0.8:
        return stem + " " + rng.choice(others)
    return without_marks(stem, True) + " " + rng.choice(others)


class NameIndex:
    """Who a printed name can be, for somebody who reads the customer list with care."""

    def __init__(self):
        self._by_head, self._by_letters = {}, {}

    def add(self, name, owner):
        base, form = folded(name)
        self._by_head.setdefault(base[:8], []).append((base, form, owner))
        self._by_letters.setdefault(letters(name)[:8], []).append((letters(name), form, owner))

    def owners(self, name, shown):
        """`name` is the sender's name in full, `shown` how many letters of it the bank left (0: all of them)."""
        base, form = folded(name[:shown] if shown else name)
        found = []
        if shown:
            # a name that was cut may end inside its legal form: "... SERVICES GM", "... GMBH & CO. K"
            cut = letters(name[:shown])
            found = [(form, owner) for whole, form, owner in self._by_letters.get(cut[:8], ()) if whole.startswith(cut)]
        for other, other_form, owner in self._by_head.get(base[:8], ()):
            if other == base and not any(owner is known for _, known in found):
                found.append((other_form, owner))
        if form and not shown:
            same = [owner for other_form, owner in found if other_form == form]
            if same:
                return same
        return [owner for _, owner in found]
