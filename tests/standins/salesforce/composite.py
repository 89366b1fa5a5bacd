"""composite/sobjects: up to 200 records in one call, a result for each, in order, HTTP 200 even when rows fail."""
from .model import taken
from .values import ApiError, RowError, normal_id

RECORDS_MAX = 200
CHUNKS_MAX = 10
ROLLED_BACK = RowError("ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid and the request "
                       "was using AllOrNone header")


def saved(whole):
    return {"id": whole, "success": True, "errors": []}


def refused(error):
    return {"success": False, "errors": [error.row()]}


def misread(name):
    """What an unknown field or a value of the wrong kind is in a collection."""
    return RowError("INVALID_FIELD", f"Json Deserialization failed on token '{name}' and has left off in the middle of parsing a row. "
                    "Will go to end of row to begin parsing the next row")


def check_count(records):
    if len(records) > RECORDS_MAX:
        raise ApiError(400, "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {RECORDS_MAX} records into this call")


def taken_apart(request):
    """-> (all or none, records); what is not well formed refuses the call, in single-object form."""
    words = request.json()
    if not isinstance(words, dict) or set(words) - {"allOrNone", "records"} or not isinstance(words.get("allOrNone", False), bool) \
            or not isinstance(words.get("records"), list) or not all(isinstance(r, dict) for r in words["records"]):
        raise ApiError(400, "INVALID_FIELD", "the body is {\"allOrNone\": true or false, \"records\": [{...}]}", form="object")
    check_count(words["records"])
    chunks, last = 0, None
    for record in words["records"]:
        kind = record.get("attributes", {}).get("type") if isinstance(record.get("attributes"), dict) else None
        if not isinstance(kind, str):
            raise ApiError(400, "INVALID_FIELD", "each record needs attributes with its type", form="object")
        chunks, last = chunks + (kind.lower() != last), kind.lower()
    if chunks > CHUNKS_MAX:
        raise ApiError(400, "INVALID_OPERATION", f"a request holds at most {CHUNKS_MAX} chunks of records of one type", form="object")
    return words.get("allOrNone", False), words["records"]


def one(api, record, write):
    """write(object type, values) -> result row, with the errors of a collection."""
    object_type = api.org.object_type(record["attributes"]["type"])
    if object_type is None or object_type.name == "User":
        return refused(RowError("INVALID_TYPE", f"sObject type '{record['attributes']['type']}' is not supported."))
    values = {name: value for name, value in record.items() if name != "attributes"}
    unknown = next((name for name in values if name.lower() != "id" and object_type.field(name) is None), None)
    try:
        if unknown is not None:
            raise misread(unknown)
        return write(object_type, values)
    except RowError as error:
        return refused(misread("value") if error.code == "JSON_PARSER_ERROR" else error)


def all_rows(api, all_or_none, writes):
    api.org.begin()
    try:
        rows = [write() for write in writes]
    except BaseException:
        api.org.rollback()
        raise
    if all_or_none and not all(row["success"] for row in rows):
        api.org.rollback()
        return [refused(ROLLED_BACK) if row["success"] else row for row in rows]
    api.org.commit()
    return rows


def create(api, request):
    all_or_none, records = taken_apart(request)

    def write(object_type, values):
        if any(name.lower() == "id" for name in values):
            raise RowError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
        return saved(api.org.create(object_type, values))
    return all_rows(api, all_or_none, [lambda r=record: one(api, r, write) for record in records])


def update(api, request):
    all_or_none, records = taken_apart(request)
    seen = set()

    def write(object_type, values):
        given = next((values.pop(name) for name in list(values) if name.lower() == "id"), None)
        if given is None:
            raise RowError("MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
        whole = normal_id(given)
        if whole is None or api.org.type_of_id(whole) is not object_type:
            raise RowError("MALFORMED_ID", f"{object_type.name} ID: id value of incorrect type: {given}", ["Id"])
        if whole in seen:
            raise RowError("DUPLICATE_VALUE", f"Duplicate id in list: {whole}", [])
        seen.add(whole)
        try:
            api.org.update(object_type, whole, values)
        except RowError as error:
            raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id") if error.code == "NOT_FOUND" else error
        return saved(whole)
    return all_rows(api, all_or_none, [lambda r=record: one(api, r, write) for record in records])


def upsert(api, request):
    target = api.writable(request)
    field = api.external(target, request.parts["field"])
    all_or_none, records = taken_apart(request)
    seen = set()

    def write(object_type, values):
        if object_type is not target:
            raise RowError("INVALID_TYPE", f"{object_type.name} in a call for {target.name}")
        key = next((name for name in values if name.lower() == field.name.lower()), None)
        value = taken(object_type, field, values.pop(key)) if key else None
        if value is None:
            raise RowError("MISSING_ARGUMENT", f"{field.name} not specified")
        folded = value.lower() if isinstance(value, str) else value
        if folded in seen:
            raise RowError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", [field.name])
        seen.add(folded)
        if field.type == "id":
            api.org.update(object_type, value, values)
            return {**saved(value), "created": False}
        whole, created = api.org.upsert(object_type, field, value, values)
        return {**saved(whole), "created": created}
    return all_rows(api, all_or_none, [lambda r=record: one(api, r, write) for record in records])


def delete(api, request):
    ids = request.query.get("ids", "").split(",")
    check_count(ids)
    all_or_none = request.query.get("allOrNone", "false").lower() == "true"

    def write(text):
        whole = normal_id(text)
        object_type = api.org.type_of_id(whole) if whole else None
        try:
            if object_type is None or object_type.name == "User":
                raise RowError("MALFORMED_ID", f"malformed id {text}", [])
            api.org.delete(object_type, whole)
            return saved(whole)
        except RowError as error:
            return refused(RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id") if error.code == "NOT_FOUND" else error)
    return all_rows(api, all_or_none, [lambda t=text: write(t) for text in ids])
