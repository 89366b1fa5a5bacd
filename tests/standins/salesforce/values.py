"""Values as they travel: record ids with their checksum suffix, times, numbers, and the errors of the REST API."""
import datetime
import json
import re
from decimal import Decimal

UTC = datetime.timezone.utc
DIGITS62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


class ApiError(Exception):
    """Refuses a whole call. `form` is "array", as most endpoints answer, or "object", as some do."""

    def __init__(self, status, code, message, fields=None, form="array", headers=()):
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields
        self.form, self.headers = form, list(headers)

    def body(self):
        error = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            error["fields"] = self.fields
        return error if self.form == "object" else [error]


class RowError(Exception):
    """Refuses one record; a collection goes on with the next one. `status` is what a call for one record answers."""

    def __init__(self, code, message, fields=(), status=400):
        super().__init__(message)
        self.code, self.message, self.fields, self.status = code, message, list(fields), status

    def row(self):
        return {"statusCode": self.code, "message": self.message, "fields": self.fields}

    def call(self):
        bare = self.code in ("INVALID_FIELD", "JSON_PARSER_ERROR", "NOT_FOUND", "ENTITY_IS_DELETED")   # these name no fields
        return ApiError(self.status, self.code, self.message, None if bare else self.fields)


def id18(text):
    """15 characters -> 18: each suffix character is five bits that say which of five characters are capitals."""
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << place for place, char in enumerate(text[start:start + 5]) if "A" <= char <= "Z")
        suffix += SUFFIX[bits]
    return text + suffix


def normal_id(text):
    """The 18 character form of an id, or None if it is not one (wrong length, alphabet or suffix)."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?", text):
        return None
    whole = id18(text[:15])
    # The suffix may come in any case: the eighteen characters are made for systems that fold case.
    return whole if len(text) == 15 or text[15:].upper() == whole[15:] else None


def make_id(prefix, number):
    digits = ""
    for _ in range(9):
        number, digit = divmod(number, 62)
        digits = DIGITS62[digit] + digits
    return id18(f"{prefix}Ow0{digits}")


def time_text(moment):
    """2011-07-07T00:37:00.000+0000, without a colon in the zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:?\d\d)")


def parse_time(text):
    """An instant with its zone, to the second; None if the text is not one."""
    found = TIME.fullmatch(text) if isinstance(text, str) else None
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone = found.group(8)
    offset = 0 if zone == "Z" else int(zone[0] + "1") * (int(zone[1:3]) * 60 + int(zone[-2:]))
    try:
        local = datetime.datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return local - datetime.timedelta(minutes=offset)
    except (ValueError, OverflowError):
        return None


def parse_date(text):
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def double_text(number):
    """A decimal as the org writes its doubles: 100.0, 1234.5, and from ten million on 1.23456789E7."""
    number = Decimal(number)
    if number == 0:
        return "0.0"
    sign, digits, exponent = number.normalize().as_tuple()
    shown = "".join(map(str, digits))
    point = len(shown) + exponent          # digits before the decimal point
    if -2 <= point <= 7:                   # from 0.001 up to, but without, 10,000,000
        if point <= 0:
            text = "0." + "0" * -point + shown
        else:
            shown = shown.ljust(point, "0")
            text = shown[:point] + "." + (shown[point:] or "0")
    else:
        text = f"{shown[0]}.{shown[1:] or '0'}E{point - 1}"
    return "-" + text if sign else text


def dump(value):
    """JSON with decimals as exact numbers: a cent never passes through a double here."""
    if isinstance(value, Decimal):
        return double_text(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{dump(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def load(data):
    """JSON from bytes; whatever is wrong is a ValueError. Numbers stay exact."""
    return json.loads(data.decode("utf-8"), parse_float=Decimal, parse_constant=no_constant)
