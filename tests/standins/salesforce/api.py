"""The REST resources under /services/data/vNN.N/: which path answers which method, and what each does."""
import re
import urllib.parse

from . import composite, soql
from .model import describe_object, taken
from .values import ApiError, RowError, dump, make_id, normal_id, parse_time, time_text

BATCH_MAX = 2000
LOCATOR_DAYS = 2
REPLICATION_DAYS = 30


class Reply:
    def __init__(self, status, value=None, headers=(), text=None, content_type="application/json;charset=UTF-8"):
        self.status, self.headers, self.content_type = status, list(headers), content_type
        self.body = (text if text is not None else "" if value is None and status in (201, 204) else dump(value)).encode()


def not_found(message="The requested resource does not exist"):
    return ApiError(404, "NOT_FOUND", message)


class Api:
    def __init__(self, org, options, bulk, moods):
        self.org, self.options, self.bulk, self.moods = org, options, bulk, moods
        self.locators, self.locator_count = {}, 0
        self.upsert_status, self.page_size, self.shuffle = options.upsert_status, options.page_size, False
        here = r"/(?P<name>\w+)"
        self.routes = [(re.compile(path + "/?"), methods) for path, methods in [
            (r"", {"GET": self.resources}),
            (r"/query", {"GET": self.query}), (r"/queryAll", {"GET": self.query_all}),
            (r"/query(?:All)?/(?P<locator>[^/]+)", {"GET": self.next_page}),
            (r"/limits", {"GET": self.limits}),
            (r"/sobjects", {"GET": self.describe_global}),
            (r"/sobjects" + here, {"GET": self.basic, "POST": self.create}),
            (r"/sobjects" + here + "/describe", {"GET": self.describe}),
            (r"/sobjects" + here + "/updated", {"GET": self.updated}),
            (r"/sobjects" + here + "/deleted", {"GET": self.deleted}),
            (r"/sobjects" + here + r"/(?P<id>[^/]+)", {"GET": self.get, "PATCH": self.update, "DELETE": self.delete}),
            (r"/sobjects" + here + r"/(?P<field>\w+)/(?P<value>[^/]+)",
             {"GET": self.get_external, "PATCH": self.upsert, "DELETE": self.delete_external}),
            (r"/composite/sobjects", {"POST": self.collection(composite.create), "PATCH": self.collection(composite.update),
                                      "DELETE": self.collection_delete}),
            (r"/composite/sobjects" + here + r"/(?P<field>\w+)", {"PATCH": self.collection(composite.upsert)}),
            (r"/jobs/(?P<kind>ingest|query)", {"GET": self.jobs, "POST": self.open_job}),
            (r"/jobs/(?P<kind>ingest|query)/(?P<id>\w+)", {"GET": self.look, "PATCH": self.change_job, "DELETE": self.delete_job}),
            (r"/jobs/ingest/(?P<id>\w+)/batches", {"PUT": self.upload}),
            (r"/jobs/ingest/(?P<id>\w+)/(?P<which>successfulResults|failedResults|unprocessedrecords)", {"GET": self.ingest_results}),
            (r"/jobs/query/(?P<id>\w+)/results", {"GET": self.query_results}),
        ]]

    def answer(self, request):
        """request: method, version, path below the version, query (dict), headers, body."""
        for pattern, methods in self.routes:
            found = pattern.fullmatch(request.path)
            if not found:
                continue
            if request.method not in methods:
                allowed = ",".join(sorted(methods))
                raise ApiError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{request.method}' not allowed. Allowed are {allowed}",
                               headers=[("Allow", allowed)])
            request.parts = {key: urllib.parse.unquote(value) for key, value in found.groupdict().items()}
            try:
                return methods[request.method](request)
            except RowError as error:
                if getattr(error, "matches", None):
                    urls = [f"{request.base}/sobjects/{request.parts['name']}/{whole}" for whole in error.matches]
                    return Reply(300, urls)
                raise error.call() from error
        raise not_found()

    def object_type(self, request):
        found = self.org.object_type(request.parts["name"])
        if found is None:
            raise not_found()
        return found

    # What there is

    def versions(self):
        return Reply(200, [{"label": f"Release {v}", "url": f"/services/data/v{v}", "version": v} for v in self.options.versions])

    def resources(self, request):
        names = ("composite", "jobs", "limits", "query", "queryAll", "sobjects")
        return Reply(200, {name: f"{request.base}/{name}" for name in names} | {"identity": request.identity})

    def limits(self, request):
        used, most = self.options.usage
        result = {"DailyApiRequests": {"Max": most, "Remaining": max(0, most - used)},
                  "DailyBulkV2QueryJobs": {"Max": 10000, "Remaining": 10000 - sum(j.kind == "query" for j in self.bulk.jobs.values())},
                  "DailyBulkApiBatches": {"Max": 15000, "Remaining": 15000}}
        return Reply(200, result)

    def describe_global(self, request):
        return Reply(200, {"encoding": "UTF-8", "maxBatchSize": 200,
                           "sobjects": [describe_object(o, request.base, fields=False) for o in self.org.objects.values()]})

    def basic(self, request):
        return Reply(200, {"objectDescribe": describe_object(self.object_type(request), request.base, fields=False), "recentItems": []})

    def describe(self, request):
        return Reply(200, describe_object(self.object_type(request), request.base))

    # Queries

    def batch_size(self, request):
        header = request.headers.get("Sforce-Query-Options")
        if header is None:
            return self.page_size
        found = re.fullmatch(r"\s*batchSize\s*=\s*(\d{1,9})\s*", header, re.I)
        if not found:
            raise ApiError(400, "INVALID_BATCH_SIZE", f"Sforce-Query-Options is {header!r}; expected batchSize=NUMBER")
        return min(max(int(found.group(1)), self.options.min_batch), BATCH_MAX)

    def query(self, request, deleted=False):
        if "q" not in request.query:
            raise ApiError(400, "MALFORMED_QUERY", "The q parameter must be specified")
        size = self.batch_size(request)
        query, ids = soql.run(self.org, request.query["q"], deleted, self.moods.random.shuffle if self.shuffle else None)
        if query.count:
            return Reply(200, {"totalSize": len(ids), "done": True, "records": []})
        return self.page(request, query, ids, 0, size)

    def query_all(self, request):
        return self.query(request, deleted=True)

    def page(self, request, query, ids, start, size):
        table = self.org.tables[query.object_type.name]
        here = ids[start:start + size]
        result = {"totalSize": len(ids), "done": start + size >= len(ids)}
        if not result["done"]:
            # Each page has a locator of its own, so that nobody counts the next one up.
            self.locator_count += 1
            locator = f"{make_id('0r8', self.locator_count)}-{start + size}"
            self.locators[locator] = (query, ids, start + size, size, self.org.now())
            result["nextRecordsUrl"] = f"{request.base}/query/{locator}"
        result["records"] = [soql.shaped(self.org, query.object_type, table[i], query.fields, request.base) for i in here if i in table]
        return Reply(200, result)

    def next_page(self, request):
        held = self.locators.get(request.parts["locator"])
        if held is None or (self.org.now() - held[4]).days >= LOCATOR_DAYS:
            raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self.page(request, *held[:4])

    # Changes since

    def span(self, request):
        moments = []
        for name in ("start", "end"):
            moment = parse_time(request.query.get(name, ""))
            if moment is None:
                raise ApiError(400, "INVALID_REPLICATION_DATE" if name in request.query else "MISSING_ARGUMENT",
                               f"{name} is {request.query.get(name, 'missing')}; expected a time with its zone, percent-encoded")
            moments.append(moment)
        start, end = moments
        if end <= start or (end - start).total_seconds() < 60:
            raise ApiError(400, "INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate")
        if (self.org.now() - start).days > REPLICATION_DAYS:
            raise ApiError(400, "INVALID_REPLICATION_DATE", "startDate cannot be more than 30 days ago")
        return start, end

    def changed(self, request, deleted):
        object_type, (start, end) = self.object_type(request), self.span(request)
        rows = [r for r in self.org.tables[object_type.name].values() if r["IsDeleted"] == deleted and start <= r["SystemModstamp"] < end]
        return rows, time_text(min(end, self.org.now()))

    def updated(self, request):
        rows, covered = self.changed(request, deleted=False)
        return Reply(200, {"ids": [r["Id"] for r in rows], "latestDateCovered": covered})

    def deleted(self, request):
        rows, covered = self.changed(request, deleted=True)
        return Reply(200, {"deletedRecords": [{"id": r["Id"], "deletedDate": time_text(r["SystemModstamp"])} for r in rows],
                           "earliestDateAvailable": time_text(self.org.first_moment), "latestDateCovered": covered})

    # One record

    def whole_id(self, object_type, text):
        """sobjects/X/TEXT: what is no id of X is taken for the name of an external id field."""
        whole = normal_id(text)
        if whole is None or self.org.type_of_id(whole) is not object_type:
            raise not_found(f"Provided external ID field does not exist or is not accessible: {text}")
        return whole

    def record_reply(self, request, object_type, record):
        fields = list(object_type.fields.values())
        if "fields" in request.query:
            fields = [object_type.field(name.strip()) for name in request.query["fields"].split(",")]
            if None in fields:
                raise ApiError(400, "INVALID_FIELD", f"No such column in fields={request.query['fields']} on entity '{object_type.name}'")
        return Reply(200, soql.shaped(self.org, object_type, record, [[field] for field in fields], request.base))

    def get(self, request):
        object_type = self.object_type(request)
        return self.record_reply(request, object_type, self.org.find(object_type, self.whole_id(object_type, request.parts["id"])))

    def writable(self, request):
        object_type = self.object_type(request)
        if object_type.name == "User":
            raise ApiError(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", [])
        return object_type

    def create(self, request):
        return Reply(201, composite.saved(self.org.create(self.writable(request), request.json_object())))

    def update(self, request):
        object_type = self.writable(request)
        whole, values = self.whole_id(object_type, request.parts["id"]), request.json_object()
        self.org.update(object_type, whole, values)
        return Reply(204)

    def delete(self, request):
        object_type = self.writable(request)
        self.org.delete(object_type, self.whole_id(object_type, request.parts["id"]))
        return Reply(204)

    # By external id

    def external(self, object_type, name):
        field = object_type.field(name)
        if field is None or "external" not in field.words and field.type != "id":
            raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
        return field

    def matching(self, request):
        object_type = self.object_type(request)
        field = self.external(object_type, request.parts["field"])
        found = self.org.with_value(object_type, field, taken(object_type, field, request.parts["value"]))
        if len(found) > 1:
            error = RowError("DUPLICATE_EXTERNAL_ID", "more than one record", status=300)
            error.matches = [r["Id"] for r in found]
            raise error
        if not found:
            raise not_found()
        return object_type, found[0]

    def get_external(self, request):
        return self.record_reply(request, *self.matching(request))

    def delete_external(self, request):
        object_type, record = self.matching(request)
        self.org.delete(object_type, record["Id"])
        return Reply(204)

    def upsert(self, request):
        object_type = self.writable(request)
        field = self.external(object_type, request.parts["field"])
        values = request.json_object()
        if any(name.lower() in (field.name.lower(), "id") for name in values):
            raise ApiError(400, "INVALID_FIELD", f"The external id field {field.name} and Id should not be specified in the sobject data.", [])
        if field.type == "id":
            self.org.update(object_type, self.whole_id(object_type, request.parts["value"]), values)
            return Reply(204)
        whole, created = self.org.upsert(object_type, field, taken(object_type, field, request.parts["value"]), values)
        if created:
            return Reply(201, {**composite.saved(whole), "created": True})
        return Reply(204) if self.upsert_status == 204 else Reply(200, {**composite.saved(whole), "created": False})

    # Collections

    def collection(self, what):
        return lambda request: Reply(200, what(self, request))

    def collection_delete(self, request):
        return Reply(200, composite.delete(self, request))

    # Bulk jobs

    def jobs(self, request):
        jobs = [self.bulk.shown(j, full=False) for j in self.bulk.jobs.values() if j.kind == request.parts["kind"]]
        return Reply(200, {"done": True, "nextRecordsUrl": None, "records": jobs})

    def open_job(self, request):
        return Reply(200, self.bulk.shown(self.bulk.open(request.parts["kind"], request.version, request.json()), full=False))

    def look(self, request):
        return Reply(200, self.bulk.look(self.bulk.find(request.parts["kind"], request.parts["id"])))

    def change_job(self, request):
        return Reply(200, self.bulk.change(self.bulk.find(request.parts["kind"], request.parts["id"]), request.json()))

    def delete_job(self, request):
        self.bulk.delete(self.bulk.find(request.parts["kind"], request.parts["id"]))
        return Reply(204)

    def upload(self, request):
        self.bulk.upload(self.bulk.find("ingest", request.parts["id"]), request.headers.get("Content-Type", ""), request.body)
        return Reply(201)

    def ingest_results(self, request):
        text = self.bulk.results(self.bulk.find("ingest", request.parts["id"]), request.parts["which"])
        return Reply(200, text=text, content_type="text/csv")

    def query_results(self, request):
        most = request.query.get("maxRecords", "50000")
        if not most.isdigit() or int(most) < 1:
            raise ApiError(400, "API_ERROR", f"maxRecords is {most}; expected a number above 0")
        job = self.bulk.find("query", request.parts["id"])
        text, locator, count = self.bulk.query_results(job, request.version, request.query.get("locator"), int(most))
        return Reply(200, text=text, content_type="text/csv", headers=[("Sforce-Locator", locator), ("Sforce-NumberOfRecords", str(count))])
