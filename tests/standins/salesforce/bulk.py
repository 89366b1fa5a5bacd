"""Bulk API 2.0: ingest and query jobs. A job moves one state on with each look at it, so that no clock is needed."""
import csv
import io

from . import soql
from .values import ApiError, RowError, double_text, make_id, normal_id, time_text

OPERATIONS = ("insert", "update", "upsert", "delete")
DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
UPLOAD_BYTES_MAX = 150_000_000


def bad(message, code="INVALIDJOB"):
    return ApiError(400, code, message)


def cell(field, value):
    """A stored value in a CSV: times in Z here, no value is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if field.type == "datetime":
        return time_text(value).replace("+0000", "Z")
    return value.isoformat() if field.type == "date" else double_text(value) if field.type in ("double", "currency") else str(value)


class Job:
    def __init__(self, kind, whole, version, words, now):
        self.kind, self.id, self.version, self.words, self.created = kind, whole, version, words, now
        self.state, self.looks, self.error = ("Open" if kind == "ingest" else "UploadComplete"), 0, None
        self.content, self.header = None, []
        self.good, self.failed, self.left = [], [], []
        self.rows, self.locators = None, {}

    def text(self, header, rows):
        out = io.StringIO()
        writer = csv.writer(out, delimiter=DELIMITERS[self.words["columnDelimiter"]], quoting=csv.QUOTE_ALL,
                            lineterminator=ENDINGS[self.words["lineEnding"]])
        writer.writerow(header)
        writer.writerows(rows)
        return out.getvalue()


class Bulk:
    def __init__(self, org, looks=2):
        self.org, self.looks, self.jobs = org, looks, {}

    # What both kinds share

    def find(self, kind, whole):
        job = self.jobs.get(normal_id(whole))
        if job is None or job.kind != kind:
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        return job

    def open(self, kind, version, words):
        if not isinstance(words, dict):
            raise ApiError(400, "JSON_PARSER_ERROR", "a job is described by a JSON object")
        known = {"operation", "contentType", "lineEnding", "columnDelimiter"} | \
            ({"object", "externalIdFieldName", "assignmentRuleId"} if kind == "ingest" else {"query"})
        for name, value in words.items():
            if name not in known:
                raise ApiError(400, "JSON_PARSER_ERROR", f"Unrecognized field \"{name}\" at [line:1, column:1]")
            if not isinstance(value, (str, type(None))):
                raise ApiError(400, "JSON_PARSER_ERROR", f"{name} is not a text at [line:1, column:1]")
        words = {"contentType": "CSV", "lineEnding": "LF", "columnDelimiter": "COMMA", **{k: v for k, v in words.items() if v is not None}}
        if words["contentType"] != "CSV" or words["lineEnding"] not in ENDINGS or words["columnDelimiter"] not in DELIMITERS:
            raise bad("contentType, lineEnding or columnDelimiter is not one of those supported")
        job = Job(kind, make_id("750", len(self.jobs) + 1), version, words, self.org.now())
        self.check_ingest(job) if kind == "ingest" else self.check_query(job)
        self.jobs[job.id] = job
        return job

    def check_ingest(self, job):
        words = job.words
        if words.get("operation") not in OPERATIONS:
            raise bad(f"operation {words.get('operation')} is not one of {', '.join(OPERATIONS)}")
        job.object_type = self.org.object_type(words.get("object"))
        if job.object_type is None:
            raise bad(f"InvalidEntity: {words.get('object')} is not an object of this org")
        name = words.get("externalIdFieldName")
        if (words["operation"] == "upsert") != (name is not None):
            raise bad("externalIdFieldName goes with upsert, and with nothing else")
        job.external = job.object_type.field(name) if name else None
        if name and (job.external is None or job.external.type != "id" and "external" not in job.external.words):
            raise bad(f"InvalidField: {name} is not an external id of {job.object_type.name}")

    def check_query(self, job):
        if job.words.get("operation") not in ("query", "queryAll"):
            raise bad("operation is query or queryAll")
        job.query = soql.Parser(self.org, job.words.get("query") or "").parse()
        if job.query.count or job.query.offset:
            raise ApiError(400, "API_ERROR", "COUNT and OFFSET are not for bulk queries")
        job.object_type = job.query.object_type

    def shown(self, job, full=True):
        words = job.words
        result = {"id": job.id, "operation": words["operation"], "object": job.object_type.name, "createdById": self.org.user_id,
                  "createdDate": time_text(job.created), "systemModstamp": time_text(self.org.now()), "state": job.state,
                  "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(job.version)}
        if job.kind == "ingest":
            result["contentUrl"] = f"services/data/v{job.version}/jobs/ingest/{job.id}/batches"
            if job.external:
                result["externalIdFieldName"] = job.external.name
        result.update(lineEnding=words["lineEnding"], columnDelimiter=words["columnDelimiter"])
        if full:
            result.update(jobType="V2Ingest" if job.kind == "ingest" else "V2Query", retries=0, totalProcessingTime=0)
            if job.kind == "ingest":
                result.update(apiActiveProcessingTime=0, apexProcessingTime=0, numberRecordsProcessed=len(job.good) + len(job.failed),
                              numberRecordsFailed=len(job.failed))
            elif job.rows is not None:
                result["numberRecordsProcessed"] = len(job.rows)
            if job.error:
                result["errorMessage"] = job.error
        return result

    def look(self, job):
        """What GET does: UploadComplete, InProgress, then the end; the work is done on the way to the last."""
        if job.state in ("UploadComplete", "InProgress"):
            job.looks += 1
            job.state = "InProgress"
            if job.looks > self.looks:
                self.run_ingest(job) if job.kind == "ingest" else self.run_query(job)
        return self.shown(job)

    def change(self, job, words):
        state = words.get("state") if isinstance(words, dict) and set(words) == {"state"} else None
        if state not in ("UploadComplete", "Aborted") or job.kind == "query" and state != "Aborted":
            raise bad(f"state {state} cannot be asked for", "INVALIDJOBSTATE")
        if job.state in ("JobComplete", "Failed", "Aborted") or state == "UploadComplete" and job.state != "Open":
            raise bad(f"{'Closing' if state == 'UploadComplete' else 'Aborting'} already {job.state} Job not allowed", "INVALIDJOBSTATE")
        job.state = state
        return self.shown(job, full=False)

    def delete(self, job):
        if job.state in ("Open", "InProgress"):
            raise bad("a job is deleted when it has ended or is waiting", "INVALIDJOBSTATE")
        del self.jobs[job.id]

    # Ingest

    def upload(self, job, content_type, data):
        if job.state != "Open":
            raise bad(f"job is {job.state}, not Open", "INVALIDJOBSTATE")
        if job.content is not None:
            raise bad("Found multiple contents for job: there is one PUT for a job", "INVALIDJOBSTATE")
        if content_type.split(";")[0].strip().lower() != "text/csv":
            raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", f"Content-Type {content_type or 'missing'}; expected text/csv")
        if len(data) > UPLOAD_BYTES_MAX:
            raise ApiError(413, "EXCEEDEDQUOTA", "The content is larger than 150 MB")
        job.content = data

    def run_ingest(self, job):
        ending, delimiter = ENDINGS[job.words["lineEnding"]], DELIMITERS[job.words["columnDelimiter"]]
        try:
            text = (job.content or b"").decode("utf-8-sig")
            if ending == "\n" and "\r\n" in text or ending == "\r\n" and text.count("\n") != text.count("\r\n"):
                raise ValueError(f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {job.words['lineEnding']}")
            rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
            if not rows:
                raise ValueError("InvalidBatch : Unable to find the header row")
            job.header, rows = rows[0], rows[1:]
            missing = [h for h in job.header if job.object_type.field(h) is None and not self.relation(job, h)]
            if missing:
                raise ValueError(f"InvalidBatch : Field name not found : {', '.join(missing)}")
        except (ValueError, csv.Error) as error:
            job.state, job.error = "Failed", str(error)
            return
        for row in rows:
            self.ingest_row(job, row)
        job.state = "JobComplete"

    def relation(self, job, heading):
        """Parent.External_Id__c: a reference by the parent's external id."""
        parts = heading.split(".")
        field = job.object_type.by_relationship(parts[0]) if len(parts) == 2 else None
        target = self.org.object_type(field.targets[0]) if field else None
        key = target.field(parts[1]) if target else None
        return (field, target, key) if key and "external" in key.words else None

    def values(self, job, row):
        values = {}
        if len(row) != len(job.header):
            raise RowError("INVALID_CSV", f"{len(row)} columns, the header has {len(job.header)}")
        for heading, text in zip(job.header, row):
            if text == "":
                continue   # unchanged
            related = self.relation(job, heading)
            if related:
                field, target, key = related
                found = self.org.with_value(target, key, text)
                if len(found) != 1:
                    raise RowError("INVALID_FIELD", f"Foreign key external ID: {text} not found for field {key.name} in entity {target.name}")
                values[field.name] = found[0]["Id"]
            else:
                values[job.object_type.field(heading).name] = None if text == "#N/A" else text
        return values

    def ingest_row(self, job, row):
        operation, object_type, created = job.words["operation"], job.object_type, False
        whole = ""
        try:
            values = self.values(job, row)
            whole = values.pop("Id", "") if operation in ("update", "delete") else ""
            if operation == "insert":
                whole, created = self.org.create(object_type, values), True
            elif operation == "upsert":
                value = values.pop(job.external.name, None)
                if value is None:
                    raise RowError("MISSING_ARGUMENT", f"{job.external.name} not specified")
                whole, created = self.org.upsert(object_type, job.external, value, values)
            else:
                known = normal_id(whole)
                if known is None:
                    raise RowError("MISSING_ARGUMENT" if not whole else "MALFORMED_ID", "Id not specified" if not whole else f"bad id {whole}", ["Id"])
                whole = known
                self.org.update(object_type, whole, values) if operation == "update" else self.org.delete(object_type, whole)
            job.good.append([whole, "true" if created else "false", *row])
        except RowError as error:
            job.failed.append([whole or "", f"{error.code}:{error.message}:{', '.join(error.fields)} --", *row])

    def results(self, job, which):
        if job.state not in ("JobComplete", "Failed", "Aborted"):
            raise bad(f"job is {job.state}: it has no results yet", "INVALIDJOBSTATE")
        if which == "successfulResults":
            return job.text(["sf__Id", "sf__Created", *job.header], job.good)
        if which == "failedResults":
            return job.text(["sf__Id", "sf__Error", *job.header], job.failed)
        return job.text(job.header, job.left)

    # Query

    def run_query(self, job):
        query, job.rows = soql.run(self.org, job.words["query"], job.words["operation"] == "queryAll")
        job.header = [".".join([*(f.relationship for f in path[:-1]), path[-1].name]) for path in query.fields]
        job.lines = []
        for whole in job.rows:
            line = []
            for path in query.fields:
                record = self.org.tables[query.object_type.name][whole]
                for step in path[:-1]:
                    record = soql.follow(self.org, step, record) if record else None
                line.append(cell(path[-1], record[path[-1].name] if record else None))
            job.lines.append(line)
        job.state = "JobComplete"

    def query_results(self, job, version, locator, most):
        """-> (csv, next locator or "null", records here)."""
        if version != job.version:
            raise ApiError(409, "INVALIDVERSION", f"the job was made with version {job.version}; its results are read with the same")
        if job.state != "JobComplete":
            raise bad(f"job is {job.state}: it has no results yet", "INVALIDJOBSTATE")
        if locator is not None and locator not in job.locators:
            raise bad(f"locator {locator} is not one of this job's", "INVALIDLOCATOR")
        start = job.locators.get(locator, 0)
        page = job.lines[start:start + most]
        following = "null"
        if start + most < len(job.lines):
            following = f"MTAwMDA{start + most}"
            job.locators[following] = start + most
        return job.text(job.header, page), following, len(page)
