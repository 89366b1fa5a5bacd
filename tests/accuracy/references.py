"""Numbers with check digits, document number series, and money and dates as text."""

import datetime

DAY0 = datetime.date(2024, 1, 1)
ISO = [(DAY0 + datetime.timedelta(days=n)).isoformat() for n in range(1500)]
DECIMALS = {"EUR": 2, "USD": 2, "GBP": 2, "JPY": 0}


def day_of(year, month, day):
    return (datetime.date(year, month, day) - DAY0).days


def is_workday(day):
    return (DAY0.weekday() + day) % 7 < 5


def money(units, currency):
    if DECIMALS[currency] == 0:
        return str(units)
    sign, units = ("-", -units) if units < 0 else ("", units)
    return f"{sign}{units // 100}.{units % 100:02d}"


def share(units, percent_times_100):
    """units x percent, rounded half away from zero (DOMAIN section 1)."""
    return (units * percent_times_100 + 5000) // 10000


def _as_digits(text):
    return int("".join(str(int(letter, 36)) for letter in text))


def iso11649(body):
    return f"RF{98 - _as_digits(body + 'RF00') % 97:02d}{body}"


def iso11649_valid(reference):
    return _as_digits(reference[4:] + reference[:4]) % 97 == 1


def viite(body):
    """Finland: weights 7 3 1 from the right (DOMAIN section 8)."""
    total = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(body)))
    return body + str((10 - total % 10) % 10)


def viite_valid(reference):
    return viite(reference[:-1]) == reference


def ogm(number):
    """Belgium: ten digits and their remainder by 97, 97 for none."""
    return f"{number:010d}{number % 97 or 97:02d}"


def ogm_valid(reference):
    return ogm(int(reference[:10])) == reference


def iban(country, domestic):
    return f"{country}{98 - _as_digits(domestic + country + '00') % 97:02d}{domestic}"


def iban_valid(text):
    return _as_digits(text[4:] + text[:4]) % 97 == 1


class Series:
    """One range of document numbers, counted up in the order of document dates as real ones are."""

    def __init__(self, style, year, first):
        self.style, self.year, self.first = style, year, first
        self.items = []

    def next(self, item):
        counter = self.first + len(self.items)
        self.items.append(item)
        return self.text(counter), counter

    def text(self, counter):
        style, year = self.style, self.year
        if style == "inv":
            return f"INV-{year}-{counter:06d}"
        if style == "re":
            return f"RE {counter}/{year % 100}"
        if style == "long":
            return f"9{counter:09d}"
        if style == "zeros":
            return f"000{counter:07d}"
        if style == "bare":
            return str(counter)
        return f"{style}-{year}-{counter:05d}"   # CM: credit memo, DN: debit memo

    def at(self, counter):
        place = counter - self.first
        return self.items[place] if 0 <= place < len(self.items) else None


class Numbering:
    """The entity's history: four divisions with their own styles; one changed its system at the start of October 2025."""

    FIRST = {"inv": 3187, "re": 2041, "long": 123455, "zeros": 2411873, "bare": 21544, "CM": 811, "DN": 95}
    CHANGE = day_of(2025, 10, 1)

    def __init__(self):
        self._series = {}

    def give(self, item, kind, division):
        year = int(ISO[item.doc][:4])
        if kind == "credit_memo":
            style = "CM"
        elif kind == "debit_memo":
            style = "DN"
        else:
            style = ("inv", "long", "zeros", "bare")[division]
            if division == 0 and item.doc < self.CHANGE:
                style = "re"
        if style in ("long", "zeros", "bare"):
            year = 0                              # one range through the years
        key = (style, year)
        if key not in self._series:
            self._series[key] = Series(style, year, self.FIRST[style])
        item.series = self._series[key]
        item.number, item.counter = item.series.next(item)

    def with_counter(self, counter):
        """Every document that ends in this running number, whatever its series."""
        for series in self._series.values():
            item = series.at(counter)
            if item is not None:
                yield item
