"""Records, questions and answers of owed as Python objects, and their wire form: the FlatBuffers of records.fbs.

Every table of records.fbs is a class here: Customer(number="10001", name="Muster KG"). What is not given is "", [], 0, False or
None, as the field's kind has it (but an outcome that is not given is unknown); a field that the table has not got is a TypeError. Dates are datetime.date, amounts are Amount,
an OptionalInt is an int; None where none is known. A field called `from` is from_, since Python keeps that word.
encode(object) and decode(Class, bytes) are the wire form. It needs the standard library alone, and reads the schema that is
packed beside it, so that a later schema's new fields are there by themselves.
"""
import datetime
import keyword
import pkgutil
import re
import struct

_DIGITS = {**dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
           **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3), "CLF": 4, "UYW": 4}   # all others have two
_EPOCH = datetime.date(1970, 1, 1)


class Amount:
    """units / 10^digits of a currency; `digits` are the currency's own. Never a float. Immutable."""
    __slots__ = ("units", "digits", "currency")

    def __init__(self, units, currency, digits=None):
        if not isinstance(units, int) or isinstance(units, bool):
            raise TypeError("units are a whole number of the currency's smallest unit; of a text: Amount.of(\"12.34\", \"EUR\")")
        if not re.fullmatch("[A-Z]{3}|", currency):
            raise ValueError("%r is no code of a currency" % currency)
        object.__setattr__(self, "units", units)
        object.__setattr__(self, "currency", currency)
        object.__setattr__(self, "digits", _DIGITS.get(currency, 2) if digits is None else digits)

    def __setattr__(self, name, value):
        raise AttributeError("an Amount does not change")

    @classmethod
    def of(cls, text, currency):
        """Amount.of("-1234.50", "EUR"). More decimals than the currency has are refused, unless they are zeros."""
        found = re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]+))?", text)
        if not found:
            raise ValueError("%r is no amount: digits, with a point before decimals" % text)
        digits, decimals = _DIGITS.get(currency, 2), found[3] or ""
        if decimals[digits:].strip("0"):
            raise ValueError("%s has more decimals than %s, which has %d" % (text, currency, digits))
        return cls(int(found[1] + found[2] + decimals[:digits].ljust(digits, "0")), currency)

    def same_money(self, other):
        return (self.currency, self.digits) == (other.currency, other.digits)

    def with_units(self, units):
        return Amount(units, self.currency, self.digits)

    def __str__(self):
        """Without the currency: "-1234.50"."""
        digits = str(abs(self.units)).rjust(self.digits + 1, "0")
        whole, part = digits[:len(digits) - self.digits], digits[len(digits) - self.digits:]
        return ("-" if self.units < 0 else "") + whole + ("." + part if part else "")

    def __repr__(self):
        return "Amount.of(%r, %r)" % (str(self), self.currency)

    def __eq__(self, other):
        return isinstance(other, Amount) and (self.units, self.digits, self.currency) == (other.units, other.digits, other.currency)

    def __hash__(self):
        return hash((self.units, self.digits, self.currency))


# ---- structs: form and alignment, and how they are packed and unpacked. An amount of digits 0 and no units is written as it is.
def _amount_in(value):
    return struct.pack("<qB3s4x", value.units, value.digits, value.currency.encode().ljust(3, b"\0"))


def _amount_out(data, at):
    units, digits, code = struct.unpack_from("<qB3s", data, at)
    return Amount(units, code.rstrip(b"\0").decode(), digits)


def _date_out(data, at):
    days, known = struct.unpack_from("<i?", data, at)
    return _EPOCH + datetime.timedelta(days) if known else None


def _int_out(data, at):
    value, known = struct.unpack_from("<i?", data, at)
    return value if known else None


_STRUCTS = {"Amount": (16, 8, _amount_in, _amount_out),
            "OptionalDate": (8, 4, lambda day: struct.pack("<i?3x", (day - _EPOCH).days, True), _date_out),
            "OptionalInt": (8, 4, lambda value: struct.pack("<i?3x", value, True), _int_out)}
_SCALARS = {"bool": "?", "ubyte": "B", "ushort": "H", "int": "i", "uint": "I", "long": "q", "ulong": "Q"}


class _Field:
    def __init__(self, name, kind, default, slot):
        self.name = name + "_" if keyword.iskeyword(name) else name   # from_
        self.slot, self.is_vector = slot, kind.startswith("[")
        self.kind = kind.strip("[]")
        if self.kind == "bool":
            self.default = default == "true"
        else:
            self.default = int(default or 0) if self.kind in _SCALARS else None

    def empty(self):
        if self.is_vector:
            return b"" if self.kind == "ubyte" else []
        return "" if self.kind == "string" else self.default


# What a plugin did not say, where the wire's own default would say too much: 0 is "sent" (owed/hosts.hpp, SendState).
_UNSAID = {("Receipt", "state"): 3, ("WriteResult", "state"): 3}


class Table:
    """What every class of the schema has: fields as attributes, equality and a readable repr."""
    __slots__ = ()
    fields = ()

    def __init__(self, **values):
        for field in self.fields:
            given = values.pop(field.name, None)
            setattr(self, field.name, _UNSAID.get((type(self).__name__, field.name), field.empty()) if given is None else given)
        if values:
            raise TypeError("%s has no field %s; it has %s" % (type(self).__name__, ", ".join(values), ", ".join(f.name for f in self.fields)))

    def __eq__(self, other):
        return type(self) is type(other) and all(getattr(self, f.name) == getattr(other, f.name) for f in self.fields)

    def __repr__(self):
        shown = ["%s=%r" % (f.name, getattr(self, f.name)) for f in self.fields if getattr(self, f.name) != f.empty()]
        return "%s(%s)" % (type(self).__name__, ", ".join(shown))


def _read_schema(text):
    text = re.sub("//[^\n]*", "", text)
    tables, unions = {}, {}
    for name, body in re.findall(r"\bunion\s+(\w+)\s*\{([^}]*)\}", text):
        unions[name] = [one.strip() for one in body.split(",") if one.strip()]
    for name, body in re.findall(r"\btable\s+(\w+)\s*\{([^}]*)\}", text):
        fields, slot = [], 0
        for field, kind, default in re.findall(r"(\w+)\s*:\s*(\[?\w+\]?)\s*(?:=\s*(\w+)\s*)?;", body):
            slot += 2 if kind in unions else 1            # a union's kind takes the slot before it
            fields.append(_Field(field, kind, default, slot - 1))
        tables[name] = type(name, (Table,), {"__slots__": tuple(f.name for f in fields), "fields": tuple(fields), "__module__": __name__})
    return tables, unions


_TABLES, _UNIONS = _read_schema(pkgutil.get_data(__name__, "records.fbs").decode())
globals().update(_TABLES)                                 # Customer, ArDocument, MatchAnswer, ...


# ---- writing: each table before what it refers to, since offsets only point forward
def _pad(out, align, ahead=0):
    out.extend(b"\0" * (-(len(out) + ahead) % align))


def _write_vector(out, field, values):
    if field.kind == "ubyte":
        _pad(out, 4)
        at = len(out)
        out += struct.pack("<I", len(values)) + bytes(values)
        return at
    size, align, pack, _ = _STRUCTS.get(field.kind, (4, 4, None, None))
    _pad(out, 4)
    _pad(out, align, 4)
    at = len(out)
    out += struct.pack("<I", len(values))
    if pack:
        for value in values:
            out += pack(value)
        return at
    out += bytes(size * len(values))
    for i, value in enumerate(values):
        place = at + 4 + 4 * i
        struct.pack_into("<I", out, place, _write(out, field, value) - place)
    return at


def _write(out, field, value):
    """Appends a string or a table; result: where it begins."""
    if field.kind == "string":
        data = value.encode()
        _pad(out, 4)
        at = len(out)
        out += struct.pack("<I", len(data)) + data + b"\0"
        return at
    wanted = _TABLES.get(field.kind)
    if wanted is not None and not isinstance(value, wanted):
        raise TypeError("%s is a %s, and not %r" % (field.name, field.kind, value))
    return _write_table(out, value)


def _write_table(out, table):
    inline, later, places, at = [], [], {}, 4
    for field in table.fields:
        value = getattr(table, field.name)
        if value is None or value == field.empty():
            continue
        form = None if field.is_vector else _SCALARS.get(field.kind)
        size, align, pack, _ = (struct.calcsize(form),) * 2 + (None, None) if form else _STRUCTS.get(field.kind, (4, 4, None, None))
        if field.is_vector:
            size, align, pack = 4, 4, None
        if field.kind in _UNIONS:
            kinds = _UNIONS[field.kind]
            if type(value).__name__ not in kinds:
                raise TypeError("%s is one of %s, and not %r" % (field.name, ", ".join(kinds), value))
            inline.append((at, struct.pack("<B", kinds.index(type(value).__name__) + 1)))
            places[field.slot - 1] = at
            at += 1
        at += -at % align
        places[field.slot] = at
        try:
            data = struct.pack("<" + form, value) if form else pack(value) if pack else b""
        except (struct.error, AttributeError, TypeError) as wrong:
            raise TypeError("%s.%s is a %s, and not %r" % (type(table).__name__, field.name, field.kind, value)) from wrong
        inline.append((at, data)) if data else later.append((at, field, value))
        at += size
    slots = max(places, default=-1) + 1
    _pad(out, 2)
    vtable = len(out)
    out += struct.pack("<HH", 4 + 2 * slots, at) + b"".join(struct.pack("<H", places.get(slot, 0)) for slot in range(slots))
    _pad(out, 8)
    begin = len(out)
    out += struct.pack("<i", begin - vtable) + bytes(at - 4)
    for place, data in inline:
        out[begin + place:begin + place + len(data)] = data
    for place, field, value in later:
        target = _write_vector(out, field, value) if field.is_vector else _write(out, field, value)
        struct.pack_into("<I", out, begin + place, target - begin - place)
    return begin


def encode(table):
    out = bytearray(8)
    struct.pack_into("<I", out, 0, _write_table(out, table))
    _pad(out, 8)
    return bytes(out)


# ---- reading: of buffers that the host made and verified
def _follow(data, at):
    return at + struct.unpack_from("<I", data, at)[0]


def _string(data, at):
    (length,) = struct.unpack_from("<I", data, at)
    return data[at + 4:at + 4 + length]


def _read_vector(data, at, kind):
    if kind == "ubyte":
        return _string(data, at)
    (count,) = struct.unpack_from("<I", data, at)
    size, _, _, unpack = _STRUCTS.get(kind, (4, 4, None, None))
    places = range(at + 4, at + 4 + size * count, size)
    if unpack:
        return [unpack(data, place) for place in places]
    if kind == "string":
        return [_string(data, _follow(data, place)).decode() for place in places]
    return [_read_table(data, _follow(data, place), _TABLES[kind]) for place in places]


def _read_table(data, begin, made):
    vtable = begin - struct.unpack_from("<i", data, begin)[0]
    (length,) = struct.unpack_from("<H", data, vtable)

    def place_of(slot):
        at = 4 + 2 * slot
        offset = struct.unpack_from("<H", data, vtable + at)[0] if at < length else 0
        return begin + offset if offset else None

    values = {}
    for field in made.fields:
        place = place_of(field.slot)
        if place is None:
            value = field.empty()
        elif field.is_vector:
            value = _read_vector(data, _follow(data, place), field.kind)
        elif field.kind in _SCALARS:
            (value,) = struct.unpack_from("<" + _SCALARS[field.kind], data, place)
        elif field.kind in _STRUCTS:
            value = _STRUCTS[field.kind][3](data, place)
        elif field.kind == "string":
            value = _string(data, _follow(data, place)).decode()
        elif field.kind in _UNIONS:
            number = data[place_of(field.slot - 1) or 0] if place_of(field.slot - 1) else 0
            kinds = _UNIONS[field.kind]
            value = _read_table(data, _follow(data, place), _TABLES[kinds[number - 1]]) if 0 < number <= len(kinds) else None
        else:
            value = _read_table(data, _follow(data, place), _TABLES[field.kind])
        values[field.name] = value
    return made(**values)


def decode(made, data):
    """The object of class `made` in `data`. Fields that this schema does not know are left out."""
    return _read_table(data, _follow(data, 0), made)
