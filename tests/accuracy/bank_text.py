"""What is left of a payer's words when his bank and ours have printed them (FORMATS sections 2.1 to 2.4)."""

import names
from references import ISO

WORDS = {
    "de": ["Rechnung", "RG-NR", "Re.", "RNr.", "Rg", "Zahlung Rechnung", "Beleg", ""],
    "en": ["Invoice", "INV NO", "Inv.", "payment of invoice", "Bill", ""],
    "fr": ["Facture", "FACT", "Fact. no", "Reglement facture", ""],
    "it": ["Fattura", "FT", "Saldo fattura", "Fatt. n.", ""],
    "es": ["Factura", "FRA", "Pago factura", ""],
    "nl": ["Factuur", "Fact.nr", "Betaling factuur", ""],
}
EMPTY = {"de": ["Zahlung", "Ueberweisung", "Danke", "wie besprochen", "lt. Vereinbarung"], "en": ["payment", "thank you", "transfer", "as agreed"],
         "fr": ["virement", "reglement"], "it": ["bonifico", "saldo"], "es": ["transferencia", "pago"], "nl": ["betaling", "overboeking"]}

# layout: (columns per line, lines, upper case, share of lines with the payer's account, code, cross-border code)
LAYOUTS = {
    "camt": (140, 1, False, 0.95, "PMNT/RCDT/ESCT", "PMNT/RCDT/XBCT"),
    "mt940": (27, 8, True, 0.88, "NTRF", "NTRF"),
    "mt940_short": (27, 4, True, 0.88, "NTRF", "NTRF"),
    "bacs": (18, 1, True, 0.75, "NBGC", "NTRF"),
    "bai2": (35, 4, True, 0.40, "195", "195"),
    "ach": (80, 1, True, 0.50, "142", "142"),
    "check": (30, 1, True, 0.60, "115", "115"),
}
BY_CURRENCY = {
    "EUR": (["camt", "mt940", "mt940_short"], [60, 32, 8]),
    "USD": (["bai2", "ach", "check"], [45, 35, 20]),
    "GBP": (["bacs", "mt940", "camt"], [40, 40, 20]),
    "JPY": (["mt940", "mt940_short"], [70, 30]),
}
NAME_LENGTH = {"camt": (70, 140), "mt940": (27, 54), "mt940_short": (27, 35), "bacs": (18, 35), "bai2": (35, 35), "ach": (22, 35), "check": (30, 30)}


def layout_for(rng, currency):
    kinds, weights = BY_CURRENCY[currency]
    return rng.choices(kinds, weights)[0]


def capacity(layout):
    columns, lines = LAYOUTS[layout][:2]
    return columns * lines


def printed_name(rng, name, layout):
    """(as printed, letters left when cut, the name it was cut from). Banks fold umlauts each in their own way."""
    limit = NAME_LENGTH[layout][rng.random() < 0.5]
    as_pair = rng.random() < 0.7
    text = name
    if LAYOUTS[layout][2] or rng.random() < 0.35:
        text = names.without_marks(text, as_pair).upper()
    drop = rng.random()
    if drop < 0.10:                                    # the form had a short field: the legal form goes first
        stem = _without_form(text)
        text, name = stem, _without_form(name)
    elif drop < 0.16:
        text = text.replace("GmbH & Co. KG", "GmbH&Co.KG").replace("GMBH & CO. KG", "GMBH+CO KG").replace("LIMITED", "LTD").replace("Limited", "Ltd.")
    if len(text) > limit:
        text = text[:limit].rstrip()
        if drop < 0.10:
            name = _without_form(name)
        return text, len(text), names.without_marks(name, as_pair)
    return text, 0, name


def _without_form(name):
    words = name.split(" ")
    while len(words) > 1 and not names.folded(words[-1])[0]:
        words.pop()
    if len(words) > 3 and words[-1] in ("&", "z"):
        words.pop()
    return " ".join(words)


def reformatted(rng, item):
    """The number with other separators: same digits, same order."""
    style, counter, number = item.series.style, item.counter, item.number
    if style in ("inv", "CM", "DN"):
        head, year, digits = number.split("-")
        return rng.choice([f"{head} {year} {digits}", f"{head}{year}{digits}", f"{head}/{year}/{digits}", f"{head.lower()}-{year}-{digits}",
                           f"{head}.{year}.{digits}", f"{year}-{digits}", f"{head}_{year}_{digits}"])
    if style == "re":
        year = item.series.year % 100
        return rng.choice([f"RE{counter}/{year}", f"RE-{counter}-{year}", f"Re {counter} / {year}", f"{counter}/{year}", f"RE{counter}{year:02d}"])
    half = len(number) // 2
    return rng.choice([f"{number[:4]} {number[4:7]} {number[7:]}".strip(), f"{number[:half]}-{number[half:]}", f"Nr{number}",
                       f"{number[:half]} {number[half:]}"])


def core(item):
    """The running number alone, as it is written."""
    return item.number.split("-")[-1] if item.series.style in ("inv", "CM", "DN") else str(item.counter)


def noise(rng, language, day):
    """Digits that are no document: dates, telephones, amounts, tax and account numbers stand in every second text."""
    kind = rng.randrange(7)
    iso = ISO[day - rng.randrange(3, 40)]
    if kind == 0:
        return rng.choice([f"vom {iso[8:]}.{iso[5:7]}.{iso[2:4]}", f"{iso[8:]}/{iso[5:7]}/{iso[:4]}", iso.replace("-", "")])
    if kind == 1:
        return f"Tel 0{rng.randrange(200, 999)} {rng.randrange(100000, 9999999)}"
    if kind == 2:
        return f"EUR {rng.randrange(1, 9)}.{rng.randrange(100, 999)},{rng.randrange(10, 99)}"
    if kind == 3:
        return f"USt-ID DE{rng.randrange(100000000, 999999999)}" if language == "de" else f"VAT {rng.randrange(100000000, 999999999)}"
    if kind == 4:
        return f"BELEG-ID {rng.randrange(10**9, 10**10)}"
    if kind == 5:
        return f"Lauf {rng.randrange(100, 9999)}"
    return f"KST {rng.randrange(1000, 99999)}"


def lines_of(text, layout):
    """Cut as the bank cuts: columns break numbers in two, and what does not fit is gone. Returns (lines, text that is left)."""
    columns, count, upper = LAYOUTS[layout][:3]
    if upper:
        text = names.without_marks(text, True).upper()
    left = text[: columns * count]
    return [left[at: at + columns].rstrip() for at in range(0, len(left), columns)], left
