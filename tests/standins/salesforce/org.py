"""The org itself: its clock, its records, what may be written to them, and the ground truth of every effect."""
import datetime
import time
from decimal import Decimal

from .model import make_objects, shown, taken
from .values import UTC, RowError, id18, make_id, normal_id, time_text


def no_column(object_type, name):
    return RowError("INVALID_FIELD", f"No such column '{name}' on sobject of type {object_type.name}")


class Org:
    def __init__(self, user="integration@owed.test", custom=True, currencies=(), field_changes=None, now=None):
        self.objects = make_objects(custom, currencies, field_changes)
        self.tables = {object_type.name: {} for object_type in self.objects.values()}
        self.started, self.first_moment = time.monotonic(), now or datetime.datetime.now(UTC)
        self.skew = datetime.timedelta()
        self.counter = 0
        self.numbers = {}
        self.effects, self.undo = [], None
        self.row_moods = lambda object_type, record: None   # may raise RowError; see moods.py
        self.on_effect = lambda effect: None
        self.request = 0
        self.id = id18("00DOw0000000001")
        self.user_id = make_id("005", 1)
        self.put("User", {"Id": self.user_id, "Username": user, "Name": "Integration User", "IsActive": True})

    # Time

    def now(self):
        """The org's clock to the second, as its stamps are; it runs on from where it was set."""
        moment = self.first_moment + datetime.timedelta(seconds=time.monotonic() - self.started) + self.skew
        return moment.replace(microsecond=0)

    def set_clock(self, now=None, skew_seconds=None):
        if now is not None:
            self.first_moment, self.started = now, time.monotonic()
        if skew_seconds is not None:
            self.skew = datetime.timedelta(seconds=skew_seconds)

    # Reading

    def object_type(self, name):
        return self.objects.get(name.lower()) if isinstance(name, str) else None

    def type_of_id(self, whole):
        return next((o for o in self.objects.values() if o.prefix == whole[:3]), None)

    def find(self, object_type, whole):
        """The live record; a deleted or absent one is a RowError that a call answers with 404."""
        record = self.tables[object_type.name].get(whole)
        if record is None:
            raise RowError("NOT_FOUND", "The requested resource does not exist", status=404)
        if record["IsDeleted"]:
            raise RowError("ENTITY_IS_DELETED", "entity is deleted", status=404)
        return record

    def with_value(self, object_type, field, value):
        """Live records by external id; texts are compared without case, as the org does."""
        wanted = value.lower() if isinstance(value, str) else value
        return [r for r in self.tables[object_type.name].values() if not r["IsDeleted"] and r[field.name] is not None
                and (r[field.name].lower() if isinstance(r[field.name], str) else r[field.name]) == wanted]

    def address(self, record, prefix="Billing"):
        parts = {part: record.get(prefix + part) for part in ("City", "Country", "PostalCode", "State", "Street")}
        if not any(parts.values()):
            return None
        return {"city": parts["City"], "country": parts["Country"], "geocodeAccuracy": None, "latitude": None, "longitude": None,
                "postalCode": parts["PostalCode"], "state": parts["State"], "street": parts["Street"]}

    def value(self, field, record):
        if field.type == "address":
            return self.address(record)
        return shown(field, record[field.name])

    # Writing. Inside begin()/commit() effects wait and rollback() takes everything back.

    def begin(self):
        self.undo, self.waiting = [], []

    def commit(self):
        for effect in self.waiting:
            self.tell(effect)
        self.undo = None

    def rollback(self):
        for take_back in reversed(self.undo):
            take_back()
        self.undo = None

    def tell(self, effect):
        effect["effect_number"] = len(self.effects) + 1
        self.effects.append(effect)
        self.on_effect(effect)

    def note(self, effect, object_type, record, fields):
        entry = {"effect": effect, "object": object_type.name, "id": record["Id"], "request": self.request,
                 "at": time_text(self.now()),
                 "external": {f.name: record[f.name] for f in object_type.externals() if record[f.name] is not None},
                 "fields": {name: self.value(object_type.field(name), record) for name in fields}}
        self.waiting.append(entry) if self.undo is not None else self.tell(entry)

    def remember(self, table, key):
        if self.undo is None:
            return
        before = dict(table[key]) if key in table else None
        self.undo.append(lambda: table.__setitem__(key, before) if before is not None else table.pop(key, None))

    def next_id(self, prefix):
        self.counter += 1
        return make_id(prefix, self.counter + 1000)

    def checked(self, object_type, values, creating, raw=False):
        """JSON values as stored ones, keyed by the field's own spelling. `raw` may set what only the org sets."""
        stored = {}
        for name, value in values.items():
            if name == "attributes":
                continue
            field = object_type.field(name)
            if field is None or field.type == "address":
                raise no_column(object_type, name)
            if not raw and not (field.createable if creating else field.updateable):
                raise RowError("INVALID_FIELD_FOR_INSERT_UPDATE", f"Unable to create/update fields: {field.name}. Please check the "
                               "security settings of this field and verify that it is read/write for your profile or permission set.",
                               [field.name])
            stored[field.name] = taken(object_type, field, value)
        return stored

    def check_whole(self, object_type, record, given):
        missing = [f.name for f in object_type.fields.values() if "required" in f.words and record[f.name] is None]
        if missing:
            raise RowError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)
        for name in given:
            field, value = object_type.field(name), record[name]
            if field.type == "reference" and value is not None:
                target = self.type_of_id(value)
                if target is None or target.name not in field.targets:
                    raise RowError("FIELD_INTEGRITY_EXCEPTION", f"{name}: id value of incorrect type: {value}", [name])
                held = self.tables[target.name].get(value)
                if held is None or held["IsDeleted"]:
                    raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [name])
            if "unique" in field.words and value is not None:
                other = [r["Id"] for r in self.with_value(object_type, field, value) if r["Id"] != record["Id"]]
                if other:
                    raise RowError("DUPLICATE_VALUE", f"duplicate value found: {name} duplicates value on record with id: {other[0][:15]}", [])

    def derive(self, object_type, record):
        if object_type.name == "Contact":
            record["Name"] = " ".join(part for part in (record["FirstName"], record["LastName"]) if part)
        elif object_type.name == "Opportunity":
            record["IsWon"] = record["StageName"] == "Closed Won"
            record["IsClosed"] = (record["StageName"] or "").startswith("Closed")
        elif object_type.name == "Order":
            record["StatusCode"] = "Activated" if record["Status"] == "Activated" else "Draft"

    def blank(self, object_type):
        now = self.now()
        record = {f.name: None for f in object_type.fields.values()}
        for field in object_type.fields.values():
            if field.default is not None:
                record[field.name] = field.default
            elif field.name == "OwnerId":
                record[field.name] = self.user_id
            elif "auto" in field.words:
                self.numbers[object_type.name] = number = self.numbers.get(object_type.name, 99) + 1
                record[field.name] = f"{number:08d}"
        record.update(Id=self.next_id(object_type.prefix), IsDeleted=False, CreatedDate=now, LastModifiedDate=now,
                      SystemModstamp=now, CreatedById=self.user_id, LastModifiedById=self.user_id)
        return record

    def create(self, object_type, values):
        stored = self.checked(object_type, values, creating=True)
        record = self.blank(object_type)
        record.update(stored)
        self.row_moods(object_type, record)
        self.check_whole(object_type, record, stored)
        self.derive(object_type, record)
        table = self.tables[object_type.name]
        self.remember(table, record["Id"])
        table[record["Id"]] = record
        self.note("created", object_type, record, stored)
        return record["Id"]

    def update(self, object_type, whole, values):
        stored = self.checked(object_type, values, creating=False)
        before = self.find(object_type, whole)
        self.row_moods(object_type, before)
        record = {**before, **stored}
        self.check_whole(object_type, record, stored)
        now = self.now()
        record.update(LastModifiedDate=now, SystemModstamp=now, LastModifiedById=self.user_id)
        self.derive(object_type, record)
        table = self.tables[object_type.name]
        self.remember(table, whole)
        table[whole] = record
        self.note("updated", object_type, record, stored)

    def delete(self, object_type, whole):
        record = self.find(object_type, whole)
        self.row_moods(object_type, record)
        self.remember(self.tables[object_type.name], whole)
        now = self.now()
        self.tables[object_type.name][whole] = {**record, "IsDeleted": True, "LastModifiedDate": now, "SystemModstamp": now}
        self.note("deleted", object_type, record, ())

    def upsert(self, object_type, field, value, values):
        """By external id -> (id, created). Several matches are a RowError with their ids in `matches`."""
        found = self.with_value(object_type, field, value)
        if len(found) > 1:
            ids = [r["Id"] for r in found]
            error = RowError("DUPLICATE_EXTERNAL_ID",
                             f"{field.name}: more than one record found for external id field: [{', '.join(ids)}]", [field.name], 300)
            error.matches = ids
            raise error
        if found:
            self.update(object_type, found[0]["Id"], values)
            return found[0]["Id"], False
        return self.create(object_type, {**values, field.name: value}), True

    def put(self, name, values):
        """What seeds and the control endpoint use: no uniqueness, no moods, no effect noted; stamps and ids may be given."""
        object_type = self.object_type(name)
        if object_type is None:
            raise ValueError(f"there is no object {name}")
        try:
            stored = self.checked(object_type, values, creating=True, raw=True)
        except RowError as error:
            raise ValueError(f"{name}: {error.message}") from error
        table = self.tables[object_type.name]
        whole = normal_id(stored.get("Id") or "")
        record = dict(table[whole]) if whole in table else self.blank(object_type)
        if whole in table and "SystemModstamp" not in stored:
            stored["SystemModstamp"] = stored["LastModifiedDate"] = self.now()
        for stamp in ("LastModifiedDate", "SystemModstamp"):
            if "CreatedDate" in stored and stamp not in stored:
                stored[stamp] = stored.get("LastModifiedDate", stored["CreatedDate"])
        if whole and self.type_of_id(whole) is not object_type:
            raise ValueError(f"{name}: id {whole} has another object's prefix")
        record.update(stored)
        self.derive(object_type, record)
        table[record["Id"]] = record
        return record["Id"]

    # Ground truth

    def counts(self):
        """object -> external id field -> value -> effect -> how often."""
        result = {}
        for effect in self.effects:
            for field, value in effect["external"].items():
                place = result.setdefault(effect["object"], {}).setdefault(field, {}).setdefault(str(value), {})
                place[effect["effect"]] = place.get(effect["effect"], 0) + 1
        return result

    def raw(self, record, object_type):
        return {f.name: self.value(f, record) for f in object_type.fields.values()}


def seed(org, data):
    """{"records": {"Account": [{"ref": "acme", "Name": ...}], "Contact": [{"AccountId": "@acme", ...}]}}: records in the order
    in which they stand; "@NAME" is the id of the record with that ref."""
    known = {}
    for name, rows in data.get("records", {}).items():
        for row in rows:
            values = {key: value for key, value in row.items() if key != "ref"}
            for key, value in values.items():
                if isinstance(value, str) and value.startswith("@"):
                    if value[1:] not in known:
                        raise ValueError(f"seed: {name}.{key} names {value}, which no record before it has as ref")
                    values[key] = known[value[1:]]
                elif isinstance(value, float):
                    values[key] = Decimal(str(value))
            whole = org.put(name, values)
            if "ref" in row:
                known[row["ref"]] = whole
    return known
