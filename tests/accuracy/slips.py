"""How the payer names what he pays: the words on the slip, before and after the bank has cut them."""

import bank_text
import shares

SINGLE = shares.Draw(shares.HOW)
SINGLE_WITHOUT_SLIPS = shares.Draw(shares.HOW, ("transposed", "wrong_digit", "missing_digit", "others_number"))
SEVERAL = shares.Draw(shares.HOW_SEVERAL)
QUOTED = shares.Draw([row for row in shares.HOW if row[0] in ("structured", "printed", "reformatted", "prefix_lost")])
AHEAD = shares.Draw([("order", 45, ""), ("purchase_order", 30, ""), ("printed", 25, "")])
SILENT = shares.Draw([("none", 70, ""), ("customer_number", 30, "")])
REASON_WORDS = {"freight": "abzgl. Fracht", "damage": "less damaged goods", "pricing": "Preisdifferenz",
                "promotion": "less promotion WKZ", "tax": "ohne USt"}


class Slip:
    """What is on paper: free text, structured reference, end-to-end id; and what of it names a document whole."""

    def __init__(self, how):
        self.how, self.text, self.reference, self.end_to_end = how, "", "", ""
        self.typed = ""                # the number with its slip
        self.typed_end = 0             # where it ends in the text of a list
        self.named = []                # (document, where its number ends in the text)
        self.digits_only = False       # only running numbers: several series may share them
        self.payment_number = ""
        self.advice = None


def how_for(rng, what, items):
    if what in ("several", "credit_deducted"):
        return SEVERAL(rng)
    if what == "policy":
        return SILENT(rng)
    if what in ("duplicate", "settled_again"):
        return QUOTED(rng)
    if what == "before_invoice":
        return AHEAD(rng)
    if what == "stale_number":
        return "printed"
    if what == "deposit":
        return "order"
    if what == "unknown_amount_only":
        return "none"
    if what in ("partial", "short_pay", "over_pay"):
        # who pays another sum than asked mostly says for what: silence is drawn twice
        how = SINGLE_WITHOUT_SLIPS(rng)
        return SINGLE_WITHOUT_SLIPS(rng) if how in ("none", "customer_number", "contract") else how
    return (SINGLE if what in ("full", "rest", "discount_in_time", "discount_grace") else SINGLE_WITHOUT_SLIPS)(rng)


def slipped(rng, number, kind):
    """One slip of the fingers in the digits of a number."""
    places = [at for at, letter in enumerate(number) if letter.isdigit()]
    if kind == "transposed":
        pairs = [at for at in places if at + 1 in places and number[at] != number[at + 1]]
        if pairs:
            at = rng.choice(pairs)
            return number[:at] + number[at + 1] + number[at] + number[at + 2:]
        kind = "wrong_digit"
    at = rng.choice(places)
    if kind == "missing_digit":
        return number[:at] + number[at + 1:]
    return number[:at] + rng.choice([d for d in "0123456789" if d != number[at]]) + number[at + 1:]


def hits(item, typed):
    """The document that really has the number typed, if there is one in the same series."""
    digits = typed.split("/")[0].split("-")[-1].replace("RE ", "")
    if item.series.style == "long":
        digits = digits[1:] if digits[:1] == "9" else ""
    other = item.series.at(int(digits)) if digits.isdigit() else None
    return other if other is not None and other.number == typed else None


def single(rng, how, item, quoted, customer, layout, day):
    """A slip for one document; `quoted` is the document whose number is written (an old one, at times)."""
    if how == "structured" and not quoted.reference:
        how = "printed"
    if how == "zeros_lost" and quoted.series.style not in ("zeros", "inv"):
        how = "prefix_lost"
    if how == "prefix_lost" and quoted.series.style in ("long", "bare"):
        how = "printed"
    slip = Slip(how)
    lead = rng.choice(bank_text.WORDS[customer.language])
    if how == "structured":
        slip.reference = quoted.reference
        if layout not in ("camt",) or rng.random() < 0.3:       # no field for it: it stands in the text
            slip.reference, slip.text = "", quoted.reference
            slip.named = [(quoted, len(slip.text))]
        return slip
    if how in ("order", "purchase_order", "delivery"):
        words = {"order": ["AUFTRAG", "order", "Ihr Auftrag"], "purchase_order": ["unsere Bestellung", "PO", "Best.Nr."],
                 "delivery": ["Lieferschein", "LS", "delivery note"]}
        word, lead = getattr(quoted, how), rng.choice(words[how])
    elif how == "customer_number":
        word, lead = customer.number, rng.choice(["KdNr", "Kundennummer", "customer no", "Ihre Kd-Nr."])
    elif how == "contract":
        word, lead = customer.contract, rng.choice(["Vertrag", "contract", "Vertrags-Nr."])
    elif how == "none":
        slip.text = rng.choice(bank_text.EMPTY[customer.language]) if rng.random() < 0.7 else ""
        return slip
    elif how == "advice":
        return slip
    elif how == "reformatted":
        word = bank_text.reformatted(rng, quoted)
    elif how in ("prefix_lost", "zeros_lost"):
        word = bank_text.core(quoted) if how == "prefix_lost" else quoted.number.replace("-0", "-").replace("-0", "-").lstrip("0")
        if how == "zeros_lost" and quoted.series.style == "inv":
            word = f"INV-{quoted.series.year}-{quoted.counter}"
        slip.digits_only = how == "prefix_lost" or quoted.series.style == "zeros"
    elif how in ("transposed", "wrong_digit", "missing_digit", "others_number"):
        word = _with_slip(rng, slip, how, quoted)
    else:
        word = quoted.number
        if rng.random() < 0.06:                                   # only in the end-to-end id
            slip.end_to_end, slip.named = word, [(quoted, 0)]
            return slip
    front = f"{lead} " if lead else ""
    if bank_text.capacity(layout) <= len(front) + len(word) + 2:
        front = ""
    if front and rng.random() < 0.2:
        front = bank_text.noise(rng, customer.language, day) + " " + front
    slip.text = front + word
    if how not in ("customer_number", "contract") and not slip.typed:
        slip.named = [(quoted, len(slip.text))]
    return slip


def _with_slip(rng, slip, how, item):
    for _ in range(25):
        typed = slipped(rng, item.number, "wrong_digit" if how == "others_number" else how)
        other = hits(item, typed)
        if typed != item.number and (how != "others_number" or (other and other.customer is not item.customer)):
            break
    slip.typed = typed
    if other is not None and other.customer is not item.customer:
        slip.how = "others_number"        # numbers are dense, so many a slip is another customer's document
    elif how == "others_number":
        slip.how = "wrong_digit"
    return typed


def several(rng, how, items, customer):
    """A list of numbers as the payer's ledger or his hand writes it."""
    if how == "shorthand" and not _can_shorten(items):
        how = "list"
    slip = Slip(how)
    if how == "none":
        slip.text = rng.choice(bank_text.EMPTY[customer.language]) if rng.random() < 0.6 else ""
        return slip
    if how == "advice":
        return slip
    lead = rng.choice(bank_text.WORDS[customer.language])
    text = f"{lead} " if lead else ""
    if how == "shorthand":
        tails = [f"/{item.counter % 1000:03d}" for item in items[1:]]
        text += items[0].number
        slip.named.append((items[0], len(text)))
        for item, tail in zip(items[1:], tails):
            text += tail
            slip.named.append((item, len(text)))
        slip.text = text
        return slip
    between = rng.choice([", ", " ", "; ", " + ", " / ", ","])
    style = rng.random()
    slip.digits_only = style < 0.1
    wrong = rng.randrange(len(items)) if how == "list_typo" else -1
    for place, item in enumerate(items):
        if place == wrong:
            word = slip.typed = slipped(rng, item.number, rng.choice(["transposed", "wrong_digit", "missing_digit"]))
        elif style < 0.1:
            word = bank_text.core(item)
        elif style < 0.25:
            word = bank_text.reformatted(rng, item)
        else:
            word = item.number
        text += (between if place else "") + word
        if place != wrong:
            slip.named.append((item, len(text)))
        else:
            slip.typed_end = len(text)
    slip.text = text
    return slip


def _can_shorten(items):
    series = items[0].series
    return all(item.series is series and item.counter // 1000 == items[0].counter // 1000 for item in items) \
        and series.style in ("inv", "long", "zeros")
