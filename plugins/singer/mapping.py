"""Records of a tap's streams as owed's records: paths, literals, dates and exact decimals, as the settings say."""
import datetime
import decimal

import flatbuffers
import owed_frames as frames
import records_generated as wire

#: Currencies whose minor unit is not a hundredth (ISO 4217).
MINOR_DIGITS = {**dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
                **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3), **dict.fromkeys("CLF UYW".split(), 4)}
UNITS_MAX = 4_500_000_000_000_000_000  # money_units_max of the SDK
DIGITS_MAX = 100                   # of a number as it is written
EXACT = decimal.Context(prec=3 * DIGITS_MAX)   # more than anything here has: Python's own 28 digits would round
EPOCH = datetime.date(1970, 1, 1).toordinal()

_DOCUMENT = {**{n: "text" for n in ("number", "entity", "customer", "order", "payment_reference", "original_document", "text")},
             "document_date": "date", "due_date": "date", "posting_date": "date", "amount": "amount", "tax": "amount", "open": "amount", "freight": "amount",
             "terms_days": "int"}
#: By kind: table, ArDocument's kind, fields and their types, those that must be there.
KINDS = {
    "customer": ("Customer", None, {**{n: "text" for n in ("number", "entity", "name", "email", "language", "contact_name", "postcode", "city", "region",
                 "country", "tax_id", "segment", "parent", "dunning_block", "channel")}, "terms_days": "int", "address_lines": "texts",
                 "accounts": "texts"}, ("number",)),
    "invoice": ("ArDocument", 0, _DOCUMENT, ("number", "customer", "amount")),
    "credit_memo": ("ArDocument", 1, _DOCUMENT, ("number", "customer", "amount")),
    "debit_memo": ("ArDocument", 2, _DOCUMENT, ("number", "customer", "amount")),
    "payment": ("ErpPayment", None, {"number": "text", "entity": "text", "customer": "text", "date": "date", "amount": "amount", "reference": "text"},
                ("number", "amount")),
    "contact": ("Contact", None, {**{n: "text" for n in ("number", "entity", "customer", "name", "email", "phone", "role", "language")}, "no_email": "bool"},
                ("number", "customer")),
    "sales_order": ("SalesOrder", None, {**{n: "text" for n in ("number", "entity", "customer", "status", "text")}, "date": "date", "amount": "amount",
                    "awaiting_authorisation": "bool", "on_hold": "bool"}, ("number", "customer")),
}


class Unfit(Exception):
    """A value that does not fit its field."""

    def __init__(self, field, why):
        super().__init__("field %s: %s" % (field, why))


def _shown(value):
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def at_path(record, path):
    """customer.id, lines.0.text; None where something on the way is missing."""
    for step in path.split("."):
        if isinstance(record, list):
            record = record[int(step)] if step.isdigit() and int(step) < len(record) else None
        elif isinstance(record, dict):
            record = record.get(step)
        else:
            return None
    return record


def as_text(field, value, _rule):
    if isinstance(value, (dict, list)):
        raise Unfit(field, "%s is no single value" % _shown(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if "\0" in text:
        raise Unfit(field, "the text has a NUL")
    try:
        text.encode()
    except UnicodeEncodeError:     # half a surrogate pair, which JSON can write
        raise Unfit(field, "the text is no UTF-8") from None
    return text


def as_texts(field, value, rule):
    return [as_text(field, v, rule) for v in (value if isinstance(value, list) else [value]) if v is not None]


def as_bool(field, value, _rule):
    known = {"true": True, "yes": True, "1": True, "y": True, "false": False, "no": False, "0": False, "n": False, "": False}
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() not in known:
        raise Unfit(field, "%s is neither true nor false" % _shown(value))
    return known[str(value).strip().lower()]


def as_decimal(field, value):
    """Exactly what the tap wrote: numbers came as Decimal and int, never as float."""
    if isinstance(value, bool) or not isinstance(value, (int, str, decimal.Decimal)):
        raise Unfit(field, "%s is no number" % _shown(value))
    try:
        number = decimal.Decimal(value.strip() if isinstance(value, str) else value)
    except decimal.InvalidOperation:
        raise Unfit(field, "%s is no decimal number" % _shown(value)) from None
    if not number.is_finite() or number.adjusted() > 20:
        raise Unfit(field, "%s is no amount" % _shown(value))
    return number


def as_int(field, value, _rule):
    number = as_decimal(field, value)
    if number != number.to_integral_value() or not -2**31 <= number < 2**31:
        raise Unfit(field, "%s is no whole number" % _shown(value))
    return int(number)


def as_date(field, value, rule):
    """Days since 1970. Of a point in time the day as it is written, in the source's own zone."""
    form = rule.get("date")
    try:
        if form == "epoch":
            day = EPOCH + int(as_decimal(field, value) // 86400)
        elif form:
            day = datetime.datetime.strptime(str(value), form).toordinal()
        else:
            text = str(value)
            if len(text) > 10 and text[10] not in "T ":
                raise ValueError
            day = datetime.date.fromisoformat(text[:10]).toordinal()
    except (ValueError, OverflowError):
        raise Unfit(field, "%s is no date%s" % (_shown(value), " like " + form if form else " of ISO 8601")) from None
    return day - EPOCH


def as_amount(field, value, rule, currency):
    number = as_decimal(field, value)
    if len(number.as_tuple().digits) > DIGITS_MAX or number.as_tuple().exponent < -DIGITS_MAX:
        raise Unfit(field, "%s has more digits than an amount may" % _shown(value))
    number = number.normalize(EXACT)
    if "digits" in rule:           # the source counts minor units
        if number != number.to_integral_value():
            raise Unfit(field, "%s is no whole number of minor units" % _shown(value))
        number = number.scaleb(-rule["digits"], EXACT)
    written = max(0, -number.as_tuple().exponent)
    digits = MINOR_DIGITS.get(currency, 2) if currency else written
    if written > digits:
        raise Unfit(field, "%s has %d decimals, and %s has %d" % (_shown(value), written, currency, digits))
    units = int(number.scaleb(digits, EXACT))
    if digits > 9 or abs(units) > UNITS_MAX:
        raise Unfit(field, "%s is larger than an amount may be" % _shown(value))
    return units, digits, currency


class Stream:
    """How the records of one stream become ours."""

    def __init__(self, name, settings):
        self.name, self.kind, self.keys = name, settings["record"], []
        self.table, self.document_kind, types, self.required = KINDS[self.kind]
        self.rules = {}
        for field, rule in settings["fields"].items():
            if field not in types and field not in ("currency", "external_id"):
                raise frames.Failed(frames.CONFIG, "a %s has no field %s; it has %s" % (self.kind, field, ", ".join(sorted([*types, "currency", "external_id"]))),
                                    "settings/streams/%s/fields/%s" % (name, field), "correct the field's name")
            self.rules[field] = {"path": rule} if isinstance(rule, str) else rule
        for field in self.required:
            if field not in self.rules:
                raise frames.Failed(frames.CONFIG, "a %s needs the field %s" % (self.kind, field), "settings/streams/%s/fields" % name, "map it")
        self.types = types

    def key_of(self, record):
        """For messages: what the tap says its key is, or what we take for the number."""
        keys = self.keys or [self.rules["number"]["path"]]
        return ",".join(str(at_path(record, key)) for key in keys)[:100]

    def _value(self, record, field):
        rule = self.rules.get(field)
        if rule is None:
            return None
        return rule["path"][1:] if rule["path"].startswith("=") else at_path(record, rule["path"])

    def fields_of(self, record):
        """{field: value}, in our own types. Raises Unfit."""
        currency = as_text("currency", self._value(record, "currency") or "", {}).strip()
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
            raise Unfit("currency", "%s is no ISO 4217 code" % _shown(currency))
        take = {"text": as_text, "texts": as_texts, "int": as_int, "bool": as_bool, "date": as_date}
        fields = {}
        for field, kind in self.types.items():
            value = self._value(record, field)
            if value is None or value == "" and kind != "bool":
                if field in self.required:
                    raise Unfit(field, "it is missing")
                continue
            rule = self.rules[field]
            fields[field] = as_amount(field, value, rule, currency) if kind == "amount" else take[kind](field, value, rule)
        if self.kind == "customer" and currency:
            fields["currency"] = currency
        own = self._value(record, "external_id")
        fields["external_id"] = as_text("external_id", own, {}) if own not in (None, "") else fields["number"]
        return fields


class Batch:
    """A RecordBatch in the making."""

    def __init__(self):
        self.builder, self.offsets = flatbuffers.Builder(1 << 16), []

    def _put(self, table, field, kind, value):
        b = self.builder
        add = getattr(wire, table + "Add" + "".join(part.capitalize() for part in field.split("_")))
        if kind == "amount":
            units, digits, currency = value
            add(b, wire.CreateAmount(b, units, digits, *(map(ord, currency) if currency else (0, 0, 0))))
        elif kind == "date":
            add(b, wire.CreateOptionalDate(b, value, True))
        elif kind == "int":
            add(b, wire.CreateOptionalInt(b, value, True))
        else:
            add(b, value)

    def _strings(self, texts):
        b, made = self.builder, [self.builder.CreateString(t) for t in texts]
        b.StartVector(4, len(made), 4)
        for offset in reversed(made):
            b.PrependUOffsetTRelative(offset)
        return b.EndVector()

    def add(self, stream, record, where):
        fields = stream.fields_of(record)
        b = self.builder
        external_id, place = b.CreateString(fields.pop("external_id")), b.CreateString(where)
        types = {**stream.types, "currency": "text"}
        for field, value in fields.items():   # what lies outside of the table comes before it
            if types[field] == "text":
                fields[field] = b.CreateString(value)
            elif types[field] == "texts":
                fields[field] = self._strings(value)
        getattr(wire, stream.table + "Start")(b)
        for field, value in fields.items():
            self._put(stream.table, field, types[field], value)
        if stream.document_kind is not None:
            wire.ArDocumentAddKind(b, stream.document_kind)
        body = getattr(wire, stream.table + "End")(b)
        wire.RecordStart(b)
        wire.RecordAddBodyType(b, getattr(wire.Body, stream.table))
        wire.RecordAddBody(b, body)
        wire.RecordAddExternalId(b, external_id)
        wire.RecordAddWhere(b, place)
        self.offsets.append(wire.RecordEnd(b))

    def full(self):
        return len(self.offsets) >= 1000 or self.builder.Offset() > 1 << 20

    def finish(self):
        b = self.builder
        wire.RecordBatchStartRecordsVector(b, len(self.offsets))
        for offset in reversed(self.offsets):
            b.PrependUOffsetTRelative(offset)
        records = b.EndVector()
        wire.RecordBatchStart(b)
        wire.RecordBatchAddRecords(b, records)
        b.Finish(wire.RecordBatchEnd(b))
        return b.Output()
