"""What the org holds: its objects and their fields, and how one value is checked, stored and shown."""
import dataclasses
import shlex
from decimal import Decimal, InvalidOperation

from .values import RowError, normal_id, parse_date, parse_time, time_text

# A field a line: NAME TYPE [SIZE, PICKLIST or TARGET RELATIONSHIP] [words]. Words: required, name, readonly (set by the
# org), fixed (set at creation only), auto (numbered by the org), external, unique, restricted, default=TEXT, custom.
SYSTEM = """
Id id readonly
IsDeleted boolean readonly
CreatedDate datetime readonly
CreatedById reference User CreatedBy readonly
LastModifiedDate datetime readonly
LastModifiedById reference User LastModifiedBy readonly
SystemModstamp datetime readonly
"""
OBJECTS = {
    "User": ("005", "Users", """
Username string 80 required
Name string 121 name
Email email 128
IsActive boolean default=true
"""),
    "Account": ("001", "Accounts", """
Name string 255 required name
AccountNumber string 40
Type picklist "Prospect|Customer - Direct|Customer - Channel|Other"
ParentId reference Account Parent
OwnerId reference User Owner
Phone phone 40
Website url 255
Industry picklist "Agriculture|Construction|Energy|Manufacturing|Retail|Transportation|Other"
AnnualRevenue currency 18,0
NumberOfEmployees int 8
Description textarea 32000
BillingStreet textarea 255
BillingCity string 40
BillingState string 80
BillingPostalCode string 20
BillingCountry string 80
BillingAddress address readonly
owed_Customer__c string 64 external unique custom
owed_Balance__c currency 16,2 custom
owed_Overdue__c currency 16,2 custom
owed_Oldest_Days__c double 6,0 custom
owed_Dunning_Level__c double 3,0 custom
owed_Credit_Hold__c boolean custom
owed_As_Of__c datetime custom
"""),
    "Contact": ("003", "Contacts", """
LastName string 80 required
FirstName string 40
Name string 121 name readonly
AccountId reference Account Account
OwnerId reference User Owner
Email email 80
Phone phone 40
Title string 128
HasOptedOutOfEmail boolean
"""),
    "Opportunity": ("006", "Opportunities", """
Name string 120 required name
AccountId reference Account Account
OwnerId reference User Owner
StageName picklist "Prospecting|Negotiation/Review|Closed Won|Closed Lost" required
Amount currency 16,2
CloseDate date required
IsWon boolean readonly
IsClosed boolean readonly
"""),
    "Order": ("801", "Orders", """
OrderNumber string 30 auto name
AccountId reference Account Account required fixed
OwnerId reference User Owner
Status picklist "Draft|Awaiting Authorisation|On Hold|Activated" restricted required
StatusCode picklist "Draft|Activated" readonly
EffectiveDate date required
EndDate date
PoNumber string 80
TotalAmount currency 16,2 readonly
Description textarea 32000
owed_Order__c string 64 external unique custom
owed_Hold__c boolean custom
owed_Hold_Reason__c string 255 custom
"""),
    "Task": ("00T", "Tasks", """
Subject string 255 name
WhatId reference Account,Opportunity,Order,Case What
WhoId reference Contact Who
OwnerId reference User Owner
ActivityDate date
Status picklist "Not Started|In Progress|Completed|Waiting on someone else|Deferred" restricted required default="Not Started"
Priority picklist "High|Normal|Low" required default=Normal
Description textarea 32000
owed_Key__c string 64 external unique custom
"""),
    "Case": ("500", "Cases", """
CaseNumber string 30 auto name
AccountId reference Account Account
ContactId reference Contact Contact
OwnerId reference User Owner
Subject string 255
Origin picklist "Email|Phone|Web"
Status picklist "New|Working|Escalated|Closed" restricted default=New
Priority picklist "High|Medium|Low" default=Medium
Description textarea 32000
owed_Key__c string 64 external unique custom
"""),
}
CURRENCY_FIELD = 'CurrencyIsoCode picklist "{}" restricted default={}'
MULTI_CURRENCY = ("Account", "Contact", "Opportunity", "Order")
TEXT = ("string", "textarea", "email", "phone", "url", "picklist")
SOAP = {"id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double",
        "currency": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime", "address": "urn:address"}
KNOWN_WORDS = {"required", "name", "readonly", "fixed", "auto", "external", "unique", "restricted", "custom"}


@dataclasses.dataclass
class Field:
    name: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    choices: list = dataclasses.field(default_factory=list)
    targets: list = dataclasses.field(default_factory=list)
    relationship: str = None
    words: set = dataclasses.field(default_factory=set)
    default: object = None

    @property
    def createable(self):
        return not self.words & {"readonly", "auto"}

    @property
    def updateable(self):
        return self.createable and "fixed" not in self.words

    @property
    def nillable(self):
        return not (self.words & {"required", "auto"} or self.type in ("boolean", "id") or self.default is not None)


def parse_field(line):
    words = shlex.split(line)
    field = Field(words.pop(0), words.pop(0))
    if field.type in ("string", "textarea", "email", "phone", "url"):
        field.length = int(words.pop(0))
    elif field.type in ("currency", "double"):
        field.precision, field.scale = map(int, words.pop(0).split(","))
    elif field.type == "int":
        field.precision = int(words.pop(0))
    elif field.type == "picklist":
        field.choices, field.length = words.pop(0).split("|"), 255
    elif field.type == "reference":
        field.targets, field.length, field.relationship = words.pop(0).split(","), 18, words.pop(0)
    elif field.type == "id":
        field.length = 18
    elif field.type not in ("boolean", "date", "datetime", "address"):
        raise ValueError(f"field {field.name} has the unknown type {field.type}")
    for word in words:
        if word.startswith("default="):
            field.default = word[8:]
        elif word in KNOWN_WORDS:
            field.words.add(word)
        else:
            raise ValueError(f"field {field.name}: unknown word {word}")
    if field.type == "boolean":
        field.default = field.default == "true"
    return field


class ObjectType:
    def __init__(self, name, prefix, plural, lines):
        self.name, self.prefix, self.plural = name, prefix, plural
        self.fields = {}
        for line in lines:
            field = parse_field(line)
            self.fields[field.name.lower()] = field

    def field(self, name):
        return self.fields.get(name.lower()) if isinstance(name, str) else None

    def by_relationship(self, name):
        return next((f for f in self.fields.values() if (f.relationship or "").lower() == name.lower()), None)

    def externals(self):
        return [f for f in self.fields.values() if "external" in f.words]


def make_objects(custom=True, currencies=(), changes=None):
    """The org's objects by lower-case name. `changes`: object -> field lines that add to or replace the built-in ones;
    "-NAME" takes one away."""
    objects = {}
    for name, (prefix, plural, text) in OBJECTS.items():
        lines = [line for line in (SYSTEM + text).splitlines() if line]
        if currencies and name in MULTI_CURRENCY:
            lines.append(CURRENCY_FIELD.format("|".join(currencies), currencies[0]))
        lines = [line for line in lines if custom or not line.endswith(" custom")]
        for change in (changes or {}).get(name, []):
            gone = change.lstrip("-").split()[0]
            lines = [line for line in lines if line.split()[0] != gone] + ([] if change.startswith("-") else [change])
        objects[name.lower()] = ObjectType(name, prefix, plural, lines)
    for name in changes or {}:
        if name.lower() not in objects:
            raise ValueError(f"fields for {name}, an object this org does not have")
    return objects


def wrong_type(field, value):
    token = ("VALUE_NULL" if value is None else "VALUE_TRUE" if value is True else "VALUE_FALSE" if value is False else
             "VALUE_STRING" if isinstance(value, str) else "VALUE_NUMBER_INT" if isinstance(value, int) else
             "VALUE_NUMBER_FLOAT" if isinstance(value, Decimal) else "START_OBJECT" if isinstance(value, dict) else "START_ARRAY")
    return RowError("JSON_PARSER_ERROR", f"Cannot deserialize instance of {field.type} from {token} value {value} or request "
                    "may be missing a required field at [line:1, column:1]")


def taken_number(field, value):
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise wrong_type(field, value)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise wrong_type(field, value) from None
    if not number.is_finite() or field.type == "int" and number != number.to_integral_value():
        raise wrong_type(field, value)
    if abs(number) >= Decimal(10) ** (field.precision - field.scale):
        raise RowError("NUMBER_OUTSIDE_VALID_RANGE", f"{field.name}: value outside of valid range on numeric field: {value}", [field.name])
    return number


def taken_text(object_type, field, value):
    if not isinstance(value, str):
        raise wrong_type(field, value)
    value = value.strip() if field.type != "textarea" else value.rstrip()
    if value == "":
        return None   # the org stores no empty texts
    if len(value) > field.length:
        raise RowError("STRING_TOO_LONG", f"{field.name}: data value too large: {value} (max length={field.length})", [field.name])
    if field.type == "email" and (value.count("@") != 1 or value.startswith("@") or value.endswith("@") or " " in value):
        raise RowError("INVALID_EMAIL_ADDRESS", f"{field.name}: invalid email address: {value}", [field.name])
    if "restricted" in field.words and value not in field.choices:
        raise RowError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                       f"{field.name}: bad value for restricted picklist field: {value}", [field.name])
    return value


def taken(object_type, field, value):
    """A JSON value as the org stores it: text, Decimal, bool, date, UTC instant, 18 character id, None. Raises RowError."""
    if value is None:
        if field.type == "boolean":
            raise wrong_type(field, value)
        return None
    if field.type in TEXT:
        return taken_text(object_type, field, value)
    if field.type in ("currency", "double", "int"):
        return None if value == "" else taken_number(field, value)
    if field.type == "boolean":
        if value in ("true", "false"):
            return value == "true"
        if not isinstance(value, bool):
            raise wrong_type(field, value)
        return value
    if field.type in ("date", "datetime"):
        parsed = (parse_date if field.type == "date" else parse_time)(value)
        if parsed is None:
            raise wrong_type(field, value)
        return parsed
    whole = normal_id(value)   # id and reference
    if whole is None:
        raise RowError("MALFORMED_ID", f"{field.name}: id value of incorrect type: {value}", [field.name])
    return whole


def shown(field, value):
    """A stored value as JSON holds it: currency and double stay Decimal (dump writes them), int is a whole number."""
    if value is None:
        return None
    if field.type == "int":
        return int(value)
    if field.type == "date":
        return value.isoformat()
    return time_text(value) if field.type == "datetime" else value


def describe_field(field):
    text = field.type in TEXT or field.type in ("id", "reference")
    return {
        "aggregatable": True, "autoNumber": "auto" in field.words, "byteLength": field.length * (3 if field.type in TEXT else 1),
        "calculated": False, "calculatedFormula": None, "caseSensitive": False, "controllerName": None,
        "createable": field.createable, "custom": field.name.endswith("__c"),
        "defaultValue": field.default if field.type == "boolean" else None, "defaultValueFormula": None,
        "defaultedOnCreate": field.default is not None or "readonly" in field.words, "dependentPicklist": False,
        "deprecatedAndHidden": False, "digits": field.precision if field.type == "int" else 0,
        "externalId": "external" in field.words, "filterable": field.type not in ("textarea", "address") or field.length <= 255,
        "groupable": text, "htmlFormatted": False, "idLookup": field.type == "id" or "external" in field.words,
        "inlineHelpText": None, "label": field.name.removesuffix("__c").replace("_", " "), "length": field.length if text else 0,
        "name": field.name, "nameField": "name" in field.words, "namePointing": len(field.targets) > 1,
        "nillable": field.nillable, "permissionable": field.nillable and field.createable,
        "picklistValues": [{"active": True, "defaultValue": c == field.default, "label": c, "validFor": None, "value": c}
                           for c in field.choices],
        "precision": field.precision if field.type in ("currency", "double") else 0, "queryByDistance": False,
        "referenceTo": field.targets, "relationshipName": field.relationship, "relationshipOrder": None,
        "restrictedPicklist": "restricted" in field.words, "scale": field.scale, "soapType": SOAP.get(field.type, "xsd:string"),
        "sortable": field.type != "address", "type": field.type, "unique": "unique" in field.words,
        "updateable": field.updateable, "writeRequiresMasterRead": False,
    }


def describe_object(object_type, base, fields=True):
    urls = f"{base}/sobjects/{object_type.name}"
    result = {
        "activateable": False, "createable": object_type.name != "User", "custom": object_type.name.endswith("__c"),
        "customSetting": False, "deletable": object_type.name != "User", "deprecatedAndHidden": False, "feedEnabled": False,
        "keyPrefix": object_type.prefix, "label": object_type.name, "labelPlural": object_type.plural, "layoutable": True,
        "mergeable": False, "mruEnabled": True, "name": object_type.name, "queryable": True, "replicateable": True,
        "retrieveable": True, "searchable": True, "triggerable": True, "undeletable": True,
        "updateable": object_type.name != "User",
        "urls": {"sobject": urls, "describe": urls + "/describe", "rowTemplate": urls + "/{ID}"},
    }
    if fields:
        result.update(childRelationships=[], recordTypeInfos=[], fields=[describe_field(f) for f in object_type.fields.values()])
    return result
