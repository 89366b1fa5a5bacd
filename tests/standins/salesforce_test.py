#!/usr/bin/env python3
"""The Salesforce stand-in, tested by itself: ids, numbers, SOQL, what it refuses, its moods and its ground truth."""
import base64
import datetime
import gzip
import http.client
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
from decimal import Decimal

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from salesforce import soql, values  # noqa: E402
from salesforce.org import Org, seed  # noqa: E402

NOW = datetime.datetime(2026, 3, 31, 6, 0, tzinfo=datetime.timezone.utc)
SEED = {"records": {
    "Account": [
        {"ref": "north", "Name": "North Mill", "AccountNumber": "10001", "owed_Customer__c": "C-1", "AnnualRevenue": 25000000,
         "BillingCity": "Ulm", "CreatedDate": "2026-01-05T08:00:00Z"},
        {"ref": "south", "Name": "South_Mill", "owed_Customer__c": "C-2", "owed_Balance__c": 120.5, "CreatedDate": "2026-02-01T08:00:00Z"},
        {"Name": "O'Neil \"Ltd\"", "owed_Customer__c": "C-3", "CreatedDate": "2026-02-01T08:00:00Z", "ParentId": "@north"},
        {"Name": "Gone", "IsDeleted": True, "CreatedDate": "2026-02-02T08:00:00Z"}],
    "Contact": [{"FirstName": "Ada", "LastName": "Kern", "AccountId": "@north", "Email": "ada@mill.test"}, {"LastName": "Lone"}],
    "Order": [{"AccountId": "@north", "Status": "Awaiting Authorisation", "EffectiveDate": "2026-03-30", "TotalAmount": 990.1,
               "owed_Order__c": "O-1"}]}}


class Values(unittest.TestCase):
    def test_ids_carry_the_checksum_of_their_capitals(self):
        # Pairs from the vendor's documentation samples.
        for short, whole in (("001D000000IqhSL", "001D000000IqhSLIAZ"), ("001xx000003DGb2", "001xx000003DGb2AAG"),
                             ("003xx000004TmiQ", "003xx000004TmiQAAS"), ("a00D0000008pQRA", "a00D0000008pQRAIA2")):
            self.assertEqual(values.id18(short), whole)
            self.assertEqual(values.normal_id(short), whole)
            self.assertEqual(values.normal_id(whole), whole)
        self.assertIsNone(values.normal_id("001xx000003DGb2AAH"), "a wrong suffix")
        self.assertIsNone(values.normal_id("001xx000003DGb"), "too short")

    def test_doubles_are_written_as_the_org_writes_them(self):
        for number, text in (("0", "0.0"), ("100", "100.0"), ("120.50", "120.5"), ("-3", "-3.0"), ("0.01", "0.01"), ("0.001", "0.001"),
                             ("0.0001", "1.0E-4"), ("9999999.99", "9999999.99"), ("10000000", "1.0E7"), ("12990780.55", "1.299078055E7"),
                             ("-25000000", "-2.5E7"), ("1234567.8", "1234567.8")):
            self.assertEqual(values.double_text(Decimal(number)), text)
            self.assertEqual(Decimal(text), Decimal(number))

    def test_times_have_no_colon_in_the_zone(self):
        moment = values.parse_time("2011-07-07T02:37:00.123+02:00")
        self.assertEqual(values.time_text(moment), "2011-07-07T00:37:00.000+0000")
        self.assertEqual(values.parse_time("2011-07-07T00:37:00.000+0000"), values.parse_time("2011-07-07T00:37:00Z"))
        for wrong in ("2011-07-07", "2011-13-07T00:00:00Z", "2011-07-07T00:37:00", "", None):
            self.assertIsNone(values.parse_time(wrong))


class Soql(unittest.TestCase):
    def setUp(self):
        self.org = Org(now=NOW)
        seed(self.org, SEED)

    def names(self, where, order="ORDER BY Name", **words):
        query, ids = soql.run(self.org, f"SELECT Id, Name FROM Account {where} {order}", **words)
        return [self.org.tables["Account"][i]["Name"] for i in ids]

    def test_conditions(self):
        north, south, neil = "North Mill", "South_Mill", "O'Neil \"Ltd\""
        north_id = next(i for i, r in self.org.tables["Account"].items() if r["Name"] == north)
        for where, expected in (
                ("", [north, neil, south]),
                ("WHERE Name = 'north mill'", [north]),
                (r"WHERE Name = 'O\'Neil \"Ltd\"'", [neil]),
                ("WHERE Name != 'North Mill'", [neil, south]),
                ("WHERE AccountNumber = null", [neil, south]),
                ("WHERE AccountNumber = ''", [neil, south]),
                ("WHERE AccountNumber != '10001'", [neil, south]),
                ("WHERE Name LIKE '%mill'", [north, south]),
                (r"WHERE Name LIKE 'South\_M%'", [south]),
                (r"WHERE Name LIKE 'North\_M%'", []),
                ("WHERE Name LIKE 'South_M%'", [south]),
                (r"WHERE Name = 'South\_Mill'", [south]),
                ("WHERE owed_Balance__c > 120.49 AND owed_Balance__c <= 120.5", [south]),
                ("WHERE owed_Balance__c < 1000", [south]),
                ("WHERE owed_Credit_Hold__c = FALSE", [north, neil, south]),
                ("WHERE owed_Customer__c IN ('c-1', 'C-3')", [north, neil]),
                ("WHERE owed_Customer__c NOT IN ('C-1', 'C-3')", [south]),
                ("WHERE SystemModstamp > 2026-01-05T08:00:00Z", [neil, south]),
                ("WHERE SystemModstamp >= 2026-01-05T09:00:00+01:00 AND SystemModstamp < 2026-02-01T08:00:00.000+0000", [north]),
                ("WHERE (Name = 'North Mill' OR Name = 'South_Mill') AND owed_Balance__c = null", [north]),
                ("WHERE NOT (Name LIKE 'S%')", [north, neil]),
                ("WHERE Parent.Name = 'North Mill'", [neil]),
                (f"WHERE ParentId = '{north_id[:15]}'", [neil]),
                (f"WHERE Id IN ('{north_id}')", [north])):
            with self.subTest(where=where):
                self.assertEqual(self.names(where), expected)
        self.assertEqual(self.names("WHERE IsDeleted = true", deleted=True), ["Gone"])

    def test_order_limit_offset(self):
        self.assertEqual(self.names("", "ORDER BY SystemModstamp DESC, Name ASC LIMIT 2"), ["O'Neil \"Ltd\"", "South_Mill"])
        self.assertEqual(self.names("", "ORDER BY owed_Balance__c, Name")[0], "North Mill", "nulls come first")
        self.assertEqual(self.names("", "ORDER BY owed_Balance__c DESC NULLS LAST, Name")[0], "South_Mill")
        self.assertEqual(self.names("", "ORDER BY Name LIMIT 1 OFFSET 1"), ["O'Neil \"Ltd\""])

    def test_order_is_an_object_too(self):
        query, ids = soql.run(self.org, "SELECT Id FROM Order WHERE Status = 'Awaiting Authorisation' ORDER BY SystemModstamp, Id")
        self.assertEqual((query.object_type.name, len(ids)), ("Order", 1))

    def test_shape(self):
        query, ids = soql.run(self.org, "select id, name, Account.Name, Account.BillingAddress, Account.Parent.Name, Email from Contact order by LastName")
        rows = [soql.shaped(self.org, query.object_type, self.org.tables["Contact"][i], query.fields, "/services/data/v60.0") for i in ids]
        self.assertEqual(rows[0]["Name"], "Ada Kern")
        self.assertEqual(rows[0]["attributes"], {"type": "Contact", "url": f"/services/data/v60.0/sobjects/Contact/{rows[0]['Id']}"})
        self.assertEqual((rows[0]["Account"]["Name"], rows[0]["Account"]["Parent"]), ("North Mill", None))
        self.assertEqual(rows[0]["Account"]["BillingAddress"]["city"], "Ulm")
        self.assertEqual((rows[1]["Account"], rows[1]["Email"]), (None, None), "null fields are present")

    def test_refusals(self):
        for text, code, part in (
                ("SELECT Id", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
                ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "<EOF>"),
                ("SELECT Id, FROM Account", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
                ("SELECT Id FROM Account WHERE Name = 'x", "MALFORMED_QUERY", "quote"),
                (r"SELECT Id FROM Account WHERE Name = '\q'", "MALFORMED_QUERY", "Illegal character sequence"),
                ("SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Name = 'c'", "MALFORMED_QUERY", "AND"),
                ("SELECT Id, id FROM Account", "MALFORMED_QUERY", "duplicate field selected"),
                ("SELECT Id FROM Account GROUP BY Id", "MALFORMED_QUERY", "GROUP is not in the stand-in's subset"),
                ("SELECT Id FROM Account; DROP", "MALFORMED_QUERY", "unexpected char: ';'"),
                ("SELECT Foo FROM Account", "INVALID_FIELD", "No such column 'Foo' on entity 'Account'"),
                ("SELECT Foo.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Foo'"),
                ("SELECT Id FROM Nothing", "INVALID_TYPE", "sObject type 'Nothing' is not supported"),
                ("SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01T00:00:00Z'", "INVALID_FIELD", "must be of type dateTime and should not"),
                ("SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
                ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "should be enclosed in quotes"),
                ("SELECT Id FROM Account WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: abc"),
                ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered")):
            with self.subTest(text=text), self.assertRaises(values.ApiError) as caught:
                soql.run(self.org, text)
            self.assertEqual(caught.exception.code, code)
            self.assertIn(part, caught.exception.message)


class StandIn(unittest.TestCase):
    OPTIONS = ()

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="owed-salesforce-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=owed test", "-keyout",
                        cls.folder / "key.pem", "-out", cls.folder / "cert.pem"], check=True, capture_output=True)
        (cls.folder / "seed.json").write_text(json.dumps(SEED), encoding="utf-8")

    def setUp(self):
        self.log = self.folder / f"{self.id()}.log"
        words = ["--seed", self.folder / "seed.json", "--log", self.log, "--jwt-key", self.folder / "cert.pem", "--client-secret", "s3cret",
                 "--refresh-token", "again", "--min-batch", "1", *self.OPTIONS]
        server = subprocess.Popen([sys.executable, HERE / "salesforce", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(server.stderr.close)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.addCleanup(self.stopped_cleanly, server)
        ready = server.stdout.readline()
        self.assertTrue(ready, "the stand-in did not start")
        self.port = json.loads(ready)["port"]
        self.token = self.login()

    def stopped_cleanly(self, server):
        server.kill()
        self.assertEqual(server.stderr.read(), "", "the stand-in met a defect of its own")

    def ask(self, method, path, body=None, headers=(), whole=False, timeout=10):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            line.request(method, path, body, dict(headers))
            reply = line.getresponse()
            data = reply.read()
        finally:
            line.close()
        if reply.headers.get("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        if whole:
            return reply.status, reply.headers, data
        kind = reply.headers.get("Content-Type", "")
        return reply.status, json.loads(data, parse_float=Decimal) if kind.startswith("application/json") else data.decode() or None

    def data(self, method, path, body=None, **words):
        headers = {"Authorization": "Bearer " + self.token}
        if isinstance(body, (dict, list)):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        headers.update(words.pop("headers", {}))
        return self.ask(method, "/services/data/v60.0" + path, body, headers, **words)

    def query(self, text, **words):
        return self.data("GET", "/query?q=" + urllib.parse.quote(text), **words)

    def control(self, do, **words):
        status, reply = self.ask("POST", "/__control", json.dumps({"do": do, **words}))
        self.assertEqual(status, 200, reply)
        return reply

    def jwt(self, alg="RS256", key="key.pem", **claims):
        claims = {"iss": "owed-consumer-key", "sub": "integration@owed.test", "aud": "https://login.salesforce.com",
                  "exp": int(time.time()) + 120, **claims}
        text = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": alg}, claims))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.folder / key], input=text.encode(), capture_output=True, check=True).stdout
        return text + "." + base64.urlsafe_b64encode(signature).decode().rstrip("=")

    def grant(self, **form):
        return self.ask("POST", "/services/oauth2/token", urllib.parse.urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})

    def bearer(self, assertion):
        return self.grant(grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=assertion)

    def login(self):
        status, reply = self.bearer(self.jwt())
        self.assertEqual(status, 200, reply)
        return reply["access_token"]

    def refused(self, answer, status, code):
        self.assertEqual(answer[0], status, answer)
        error = answer[1][0] if isinstance(answer[1], list) else answer[1]
        self.assertEqual(error["errorCode"], code, error)
        self.assertTrue(error["message"])
        return error

    def id_of(self, name):
        return self.query(f"SELECT Id FROM Account WHERE Name = '{name}'")[1]["records"][0]["Id"]


class Tokens(StandIn):
    def test_jwt_bearer_and_each_refusal(self):
        status, reply = self.bearer(self.jwt())
        self.assertEqual((status, sorted(reply)), (200, ["access_token", "id", "instance_url", "scope", "token_type"]))
        self.assertEqual((reply["token_type"], reply["instance_url"]), ("Bearer", f"http://127.0.0.1:{self.port}"))
        subprocess.run(["openssl", "genrsa", "-out", self.folder / "other.pem", "2048"], check=True, capture_output=True)
        now = int(time.time())
        for assertion, error, description in (
                (self.jwt(key="other.pem"), "invalid_grant", "invalid assertion"), (self.jwt(alg="none"), "invalid_grant", "invalid assertion"),
                (self.jwt(alg="HS256"), "invalid_grant", "invalid assertion"), (self.jwt()[:-4], "invalid_grant", "invalid assertion"),
                (self.jwt() + "=", "invalid_grant", "invalid assertion"), ("x.y", "invalid_grant", "invalid assertion"),
                (self.jwt(iss="elsewhere"), "invalid_client_id", "client identifier invalid"),
                (self.jwt(aud="https://elsewhere.test"), "invalid_grant", "audience is invalid"),
                (self.jwt(exp=now - 1), "invalid_grant", "expired authorization code"),
                (self.jwt(exp=now * 1000), "invalid_grant", "expired authorization code"),
                (self.jwt(exp=now + 600), "invalid_grant", "expired authorization code"),
                (self.jwt(exp="soon"), "invalid_grant", "expired authorization code"),
                (self.jwt(sub="someone@else.test"), "invalid_grant", "user hasn't approved this consumer")):
            self.assertEqual(self.bearer(assertion), (400, {"error": error, "error_description": description}))
        self.control("set", approved=False)
        self.assertEqual(self.bearer(self.jwt())[1]["error_description"], "user hasn't approved this consumer")
        self.assertNotIn("eyJ", self.log.read_text(), "no assertion in the log")

    def test_other_grants(self):
        client = {"client_id": "owed-consumer-key", "client_secret": "s3cret"}
        self.assertIn("signature", self.grant(grant_type="client_credentials", **client)[1])
        self.assertEqual(self.grant(grant_type="client_credentials", **{**client, "client_secret": "no"})[1]["error"], "invalid_client")
        self.assertEqual(self.grant(grant_type="client_credentials", **{**client, "client_id": "no"})[1]["error"], "invalid_client_id")
        self.assertEqual(self.grant(grant_type="refresh_token", refresh_token="again", **client)[0], 200)
        self.control("expire", what="refresh")
        self.assertEqual(self.grant(grant_type="refresh_token", refresh_token="again", **client)[1]["error_description"], "expired access/refresh token")
        self.assertEqual(self.grant(grant_type="password", username="a", password="b", **client)[1]["error_description"],
                         "authentication failure - Invalid Password")
        self.assertEqual(self.grant(grant_type="made-up")[1]["error"], "unsupported_grant_type")
        self.control("set", login_host=True)
        self.assertEqual(self.grant(grant_type="client_credentials", **client)[1]["error_description"], "request not supported on this domain")

    def test_a_skewed_clock_refuses_a_good_assertion(self):
        self.control("clock", skew_seconds=600)
        self.assertEqual(self.bearer(self.jwt())[1]["error_description"], "expired authorization code")

    def test_sessions_end(self):
        self.refused(self.ask("GET", "/services/data/v60.0/limits"), 401, "INVALID_SESSION_ID")
        self.refused(self.ask("GET", "/services/data/v60.0/limits", headers={"Authorization": "Basic " + self.token}), 401, "INVALID_SESSION_ID")
        self.assertEqual(self.data("GET", "/limits")[0], 200)
        self.control("expire", what="sessions")
        self.refused(self.data("GET", "/limits"), 401, "INVALID_SESSION_ID")
        self.control("sessions", calls=2)
        self.token = self.login()
        self.assertEqual([self.data("GET", "/limits")[0] for _ in range(3)], [200, 200, 401])


class Reading(StandIn):
    def test_versions_need_no_token_and_others_do_not_exist(self):
        self.assertEqual(self.ask("GET", "/services/data/")[1][0], {"label": "Release 60.0", "url": "/services/data/v60.0", "version": "60.0"})
        self.refused(self.ask("GET", "/services/data/v59.0/limits", headers={"Authorization": "Bearer " + self.token}), 404, "NOT_FOUND")

    def test_pages(self):
        text = "SELECT Id, Name, AnnualRevenue, owed_Balance__c FROM Account ORDER BY Name"
        status, headers, data = self.query(text, headers={"Sforce-Query-Options": "batchSize=2"}, whole=True)
        first = json.loads(data)
        self.assertEqual((first["totalSize"], first["done"], len(first["records"])), (3, False, 2))
        self.assertIn(b'"AnnualRevenue":2.5E7', data)
        self.assertRegex(headers["Sforce-Limit-Info"], r"^api-usage=\d+/15000$")
        status, second = self.data("GET", first["nextRecordsUrl"].removeprefix("/services/data/v60.0"))
        self.assertEqual((second["done"], second["records"][0]["Name"], second["records"][0]["owed_Balance__c"]), (True, "South_Mill", Decimal("120.5")))
        self.assertNotIn("nextRecordsUrl", second)
        self.assertEqual(self.data("GET", first["nextRecordsUrl"].removeprefix("/services/data/v60.0"))[0], 200, "a page may be asked for again")
        self.control("expire", what="locators")
        self.refused(self.data("GET", first["nextRecordsUrl"].removeprefix("/services/data/v60.0")), 400, "INVALID_QUERY_LOCATOR")
        self.refused(self.query(text, headers={"Sforce-Query-Options": "batchSize=many"}), 400, "INVALID_BATCH_SIZE")
        self.refused(self.query("SELECT"), 400, "MALFORMED_QUERY")
        self.assertEqual(self.query("SELECT COUNT() FROM Account")[1], {"totalSize": 3, "done": True, "records": []})
        self.assertEqual(self.data("GET", "/queryAll?q=SELECT+Id+FROM+Account")[1]["totalSize"], 4)

    def test_each_page_has_a_locator_of_its_own(self):
        seen, url = set(), "/query?q=SELECT+Id+FROM+Account"
        while url:
            page = self.data("GET", url, headers={"Sforce-Query-Options": "batchSize=1"})[1]
            url = page.get("nextRecordsUrl", "").removeprefix("/services/data/v60.0")
            self.assertNotIn(url.split("-")[0], seen)
            seen.add(url.split("-")[0])
        self.assertEqual(len(seen), 3)

    def test_describe(self):
        for name in ("Account", "Contact", "Opportunity", "Order", "Task", "Case"):
            status, reply = self.data("GET", f"/sobjects/{name}/describe")
            self.assertEqual((status, reply["name"]), (200, name))
        fields = {f["name"]: f for f in self.data("GET", "/sobjects/Account/describe")[1]["fields"]}
        self.assertEqual((fields["owed_Customer__c"]["externalId"], fields["owed_Customer__c"]["unique"], fields["owed_Customer__c"]["length"]), (True, True, 64))
        self.assertEqual((fields["owed_Balance__c"]["type"], fields["owed_Balance__c"]["scale"]), ("currency", 2))
        self.assertFalse(fields["SystemModstamp"]["updateable"])
        self.assertNotIn("CurrencyIsoCode", fields)
        self.refused(self.data("GET", "/sobjects/Nothing/describe"), 404, "NOT_FOUND")

    def test_updated_and_deleted(self):
        whole = self.id_of("North Mill")
        now = datetime.datetime.now(datetime.timezone.utc)
        span = "?start=" + (now - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ") + "&end=" + \
            (now + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.assertEqual(self.data("GET", "/sobjects/Account/updated" + span)[1]["ids"], [])
        self.data("PATCH", f"/sobjects/Account/{whole}", {"Phone": "1"})
        self.assertEqual(self.data("GET", "/sobjects/Account/updated" + span)[1]["ids"], [whole])
        self.assertEqual(self.data("DELETE", f"/sobjects/Account/{whole}")[0], 204)
        self.assertEqual(self.data("GET", "/sobjects/Account/deleted" + span)[1]["deletedRecords"][0]["id"], whole)
        self.refused(self.data("GET", "/sobjects/Account/updated?start=x&end=y"), 400, "INVALID_REPLICATION_DATE")

    def test_hostile_bodies_meet_an_error_and_no_defect(self):
        odd = [None, 5, -1.5, "x", "", True, [], {}, [[]], {"a": {"b": []}}, "\u0000", 1e300, "'; --", {"attributes": 5}]
        targets = [("POST", "/sobjects/Account", lambda v: v), ("POST", "/sobjects/Account", lambda v: {"Name": v, "owed_As_Of__c": v}),
                   ("PATCH", "/sobjects/Account/owed_Customer__c/C-1", lambda v: {"owed_Balance__c": v, "ParentId": v}),
                   ("PATCH", "/composite/sobjects", lambda v: v), ("PATCH", "/composite/sobjects", lambda v: {"records": v}),
                   ("PATCH", "/composite/sobjects", lambda v: {"records": [{"attributes": v, "id": v}]}),
                   ("PATCH", "/composite/sobjects", lambda v: {"records": [{"attributes": {"type": "Account"}, "id": v}]}),
                   ("PATCH", "/composite/sobjects/Account/owed_Customer__c", lambda v: {"records": [{"attributes": {"type": "Account"}, "owed_Customer__c": v}]}),
                   ("POST", "/jobs/ingest", lambda v: {"object": v, "operation": v, "lineEnding": v}), ("POST", "/jobs/query", lambda v: {"operation": "query", "query": v})]
        for method, path, make in targets:
            for value in odd:
                with self.subTest(path=path, value=value):
                    self.assertLess(self.data(method, path, json.dumps(make(value)), headers={"Content-Type": "application/json"})[0], 500)

    def test_strict(self):
        self.refused(self.data("GET", "/nothing"), 404, "NOT_FOUND")
        self.refused(self.ask("GET", "/elsewhere"), 404, "NOT_FOUND")
        self.refused(self.data("DELETE", "/limits"), 405, "METHOD_NOT_ALLOWED")
        self.refused(self.data("POST", "/sobjects/Account", "{", headers={"Content-Type": "application/json"}), 400, "JSON_PARSER_ERROR")
        self.refused(self.data("POST", "/sobjects/Account", '{"Name": NaN}', headers={"Content-Type": "application/json"}), 400, "JSON_PARSER_ERROR")
        self.refused(self.data("POST", "/sobjects/Account", "{}", headers={"Content-Type": "text/plain"}), 415, "UNSUPPORTED_MEDIA_TYPE")
        self.assertEqual(self.query("SELECT Id FROM Account WHERE Name = '" + "x" * 17000 + "'")[0], 414)


class Writing(StandIn):
    def test_one_record(self):
        status, reply = self.data("POST", "/sobjects/Task", {"WhatId": self.id_of("North Mill"), "Subject": "Call", "owed_Key__c": "T-1"})
        self.assertEqual((status, reply["success"], reply["errors"]), (201, True, []))
        status, task = self.data("GET", f"/sobjects/Task/{reply['id'][:15]}")
        self.assertEqual((task["Id"], task["Status"], task["Priority"], task["ActivityDate"]), (reply["id"], "Not Started", "Normal", None))
        self.assertEqual(self.data("PATCH", f"/sobjects/Task/{reply['id']}", {"Status": "Completed"}), (204, None))
        self.assertEqual(self.data("DELETE", f"/sobjects/Task/{reply['id']}"), (204, None))
        self.refused(self.data("GET", f"/sobjects/Task/{reply['id']}"), 404, "ENTITY_IS_DELETED")
        self.refused(self.data("GET", "/sobjects/Task/xyz"), 404, "NOT_FOUND")

    def test_refused_values(self):
        whole = self.id_of("North Mill")
        for path, body, code, fields in (
                (f"/sobjects/Account/{whole}", {"Foo": 1}, "INVALID_FIELD", None),
                (f"/sobjects/Account/{whole}", {"owed_Customer__c": "x" * 65}, "STRING_TOO_LONG", ["owed_Customer__c"]),
                (f"/sobjects/Account/{whole}", {"owed_Customer__c": "c-2"}, "DUPLICATE_VALUE", []),
                (f"/sobjects/Account/{whole}", {"Name": None}, "REQUIRED_FIELD_MISSING", ["Name"]),
                (f"/sobjects/Account/{whole}", {"SystemModstamp": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["SystemModstamp"]),
                (f"/sobjects/Account/{whole}", {"owed_Balance__c": "a lot"}, "JSON_PARSER_ERROR", None),
                (f"/sobjects/Account/{whole}", {"owed_Balance__c": 1e15}, "NUMBER_OUTSIDE_VALID_RANGE", ["owed_Balance__c"]),
                (f"/sobjects/Account/{whole}", {"owed_As_Of__c": "2026-03-31"}, "JSON_PARSER_ERROR", None),
                (f"/sobjects/Account/{whole}", {"Name": 5}, "JSON_PARSER_ERROR", None),
                (f"/sobjects/Account/{whole}", {"ParentId": "003xx000004TmiQAAS"}, "FIELD_INTEGRITY_EXCEPTION", ["ParentId"]),
                (f"/sobjects/Account/{whole}", {"ParentId": values.make_id("001", 5)}, "INVALID_CROSS_REFERENCE_KEY", ["ParentId"]),
                ("/sobjects/Order/owed_Order__c/O-1", {"Status": "Nonsense"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Status"])):
            error = self.refused(self.data("PATCH", path, body), 400, code)
            self.assertEqual(error.get("fields"), fields, error)
        self.assertEqual(self.control("effects")["effects"], [], "what was refused had no effect")

    def test_upsert_by_external_id(self):
        path = "/sobjects/Account/owed_Customer__c/"
        status, reply = self.data("PATCH", path + "N%201", {"Name": "New", "owed_Balance__c": 12.34, "owed_Credit_Hold__c": True})
        self.assertEqual((status, reply["created"], reply["success"]), (201, True, True))
        self.assertEqual(self.data("PATCH", path + "n%201", {"owed_Balance__c": 5}), (200, {**reply, "created": False}))
        self.control("set", upsert_status=204)
        self.assertEqual(self.data("PATCH", path + "N%201", {"owed_Balance__c": 6}), (204, None))
        self.refused(self.data("PATCH", path + "N1", {"owed_Customer__c": "N1"}), 400, "INVALID_FIELD")
        error = self.refused(self.data("PATCH", "/sobjects/Account/Phone/1", {"Name": "x"}), 404, "NOT_FOUND")
        self.assertEqual(error["message"], "Provided external ID field does not exist or is not accessible: Phone")
        self.control("duplicate", object="Account", field="owed_Customer__c", value="C-1")
        status, urls = self.data("PATCH", path + "C-1", {"owed_Balance__c": 1})
        self.assertEqual((status, len(urls)), (300, 2))
        self.assertTrue(all(url.startswith("/services/data/v60.0/sobjects/Account/001") for url in urls))
        self.assertEqual(self.control("state")["counts"], {"Account": {"owed_Customer__c": {"N 1": {"created": 1, "updated": 2}}}})

    def test_collection_update(self):
        one, two = self.id_of("North Mill"), self.id_of("South_Mill")
        rows = [{"attributes": {"type": "Account"}, "id": one, "owed_Balance__c": 1}, {"attributes": {"type": "Account"}, "id": two, "Name": "x" * 300},
                {"attributes": {"type": "Account"}, "id": "001xx000003DGb2AAH"}, {"attributes": {"type": "Account"}, "id": one, "Phone": "1"},
                {"attributes": {"type": "Account"}, "id": two, "Foo": 1}]
        status, reply = self.data("PATCH", "/composite/sobjects", {"allOrNone": False, "records": rows})
        self.assertEqual((status, reply[0]), (200, {"id": one, "success": True, "errors": []}))
        self.assertEqual([row["errors"][0]["statusCode"] for row in reply[1:]], ["STRING_TOO_LONG", "MALFORMED_ID", "DUPLICATE_VALUE", "INVALID_FIELD"])
        status, reply = self.data("PATCH", "/composite/sobjects", {"allOrNone": True, "records": rows[:2]})
        self.assertEqual([row["errors"][0]["statusCode"] for row in reply], ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "STRING_TOO_LONG"])
        self.assertEqual(self.control("state")["effects"], 1, "what was rolled back had no effect")
        self.refused(self.data("PATCH", "/composite/sobjects", {"records": rows[:1] * 201}), 400, "EXCEEDED_ID_LIMIT")
        status, reply = self.data("PATCH", "/composite/sobjects", {"records": None})
        self.assertEqual((status, reply["errorCode"]), (400, "INVALID_FIELD"), "a single object, not an array")

    def test_collection_upsert(self):
        rows = [{"attributes": {"type": "Account"}, "owed_Customer__c": "C-1", "owed_Balance__c": 7}, {"attributes": {"type": "Account"}, "owed_Customer__c": "C-9"},
                {"attributes": {"type": "Account"}, "owed_Customer__c": "C-8", "Name": "Eight"}, {"attributes": {"type": "Account"}, "Name": "Nobody"},
                {"attributes": {"type": "Account"}, "owed_Customer__c": "c-1"}]
        status, reply = self.data("PATCH", "/composite/sobjects/Account/owed_Customer__c", {"allOrNone": False, "records": rows})
        self.assertEqual((status, [row.get("created") for row in reply]), (200, [False, None, True, None, None]))
        self.assertEqual([row["errors"][0]["statusCode"] for row in reply if not row["success"]],
                         ["REQUIRED_FIELD_MISSING", "MISSING_ARGUMENT", "DUPLICATE_VALUE"])
        self.refused(self.data("PATCH", "/composite/sobjects/Account/Phone", {"records": rows}), 404, "NOT_FOUND")

    def test_no_more_calls_than_the_limit(self):
        self.control("usage", used=0, max=2)
        status, headers, _ = self.data("GET", "/limits", whole=True)
        self.assertEqual(headers["Sforce-Limit-Info"], "api-usage=1/2")
        self.assertEqual(self.data("GET", "/limits")[1]["DailyApiRequests"], {"Max": 2, "Remaining": 0})
        self.refused(self.data("GET", "/limits"), 403, "REQUEST_LIMIT_EXCEEDED")


class Bulk(StandIn):
    def job(self, text, **words):
        status, job = self.data("POST", "/jobs/ingest", {"object": "Account", "contentType": "CSV", "lineEnding": "LF", **words})
        self.assertEqual((status, job["state"]), (200, "Open"))
        self.assertEqual(self.ask("PUT", "/" + job["contentUrl"], text, {"Authorization": "Bearer " + self.token, "Content-Type": "text/csv"})[0], 201)
        self.refused(self.data("GET", f"/jobs/ingest/{job['id']}/successfulResults"), 400, "INVALIDJOBSTATE")
        self.assertEqual(self.data("PATCH", f"/jobs/ingest/{job['id']}", {"state": "UploadComplete"})[1]["state"], "UploadComplete")
        states = []
        while not states or states[-1] not in ("JobComplete", "Failed"):
            job = self.data("GET", f"/jobs/ingest/{job['id']}")[1]
            states.append(job["state"])
        self.assertEqual(states[:-1], ["InProgress"] * 2)
        return job

    def test_ingest(self):
        job = self.job('owed_Customer__c,Name,owed_Balance__c,Phone,Parent.owed_Customer__c\nC-1,,1.5,#N/A,\nB-1,"Bulk, One",2,,C-2\nB-2,,3,,\n',
                       operation="upsert", externalIdFieldName="owed_Customer__c")
        self.assertEqual((job["numberRecordsProcessed"], job["numberRecordsFailed"]), (3, 1))
        good = self.data("GET", f"/jobs/ingest/{job['id']}/successfulResults")[1].splitlines()
        self.assertEqual(good[0], '"sf__Id","sf__Created","owed_Customer__c","Name","owed_Balance__c","Phone","Parent.owed_Customer__c"')
        self.assertIn('"true","B-1","Bulk, One"', good[2])
        bad = self.data("GET", f"/jobs/ingest/{job['id']}/failedResults")[1].splitlines()
        self.assertEqual(bad[1].split(",")[:2], ['""', '"REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"'])
        self.assertEqual(self.control("state")["counts"]["Account"]["owed_Customer__c"], {"C-1": {"updated": 1}, "B-1": {"created": 1}})

    def test_a_job_that_fails_as_a_whole(self):
        self.assertIn("Field name not found : Foo", self.job("Foo\n1\n", operation="insert")["errorMessage"])
        self.assertIn("LineEnding is invalid", self.job("Name\r\nx\r\n", operation="insert")["errorMessage"])

    def test_query(self):
        job = self.data("POST", "/jobs/query", {"operation": "query", "query": "SELECT Name, Parent.Name, owed_Balance__c, SystemModstamp FROM Account ORDER BY Name"})[1]
        while (job := self.data("GET", f"/jobs/query/{job['id']}")[1])["state"] != "JobComplete":
            pass
        status, headers, text = self.data("GET", f"/jobs/query/{job['id']}/results?maxRecords=2", whole=True)
        self.assertEqual((headers["Sforce-NumberOfRecords"], text.splitlines()[0]), ("2", b'"Name","Parent.Name","owed_Balance__c","SystemModstamp"'))
        status, headers, text = self.data("GET", f"/jobs/query/{job['id']}/results?maxRecords=2&locator={headers['Sforce-Locator']}", whole=True)
        self.assertEqual((headers["Sforce-Locator"], text.splitlines()[1]), ("null", b'"South_Mill","","120.5","2026-02-01T08:00:00.000Z"'))
        other = self.ask("GET", f"/services/data/v61.0/jobs/query/{job['id']}/results", headers={"Authorization": "Bearer " + self.token})
        self.assertEqual(other[0], 409)


class Moods(StandIn):
    PATH = "/sobjects/Account/owed_Customer__c/C-1"

    def mood(self, **rule):
        return self.control("mood", rule=rule)["number"]

    def effects(self):
        return self.control("state")["effects"]

    def test_before_the_effect(self):
        for rule, status in (({"mood": "html"}, 503), ({"mood": "unavailable"}, 503), ({"mood": "limit"}, 403),
                             ({"mood": "limit", "status": 429, "retry_after": 7}, 429), ({"mood": "expire"}, 401),
                             ({"mood": "error", "status": 500, "code": "UNKNOWN_EXCEPTION", "form": "object"}, 500)):
            self.mood(**rule)
            found, headers, data = self.data("PATCH", self.PATH, {"Phone": "1"}, whole=True)
            self.assertEqual(found, status, rule)
            self.assertEqual(headers["Content-Type"].split(";")[0], "text/html" if rule["mood"] == "html" else "application/json")
            self.assertEqual(headers.get("Retry-After"), "7" if status == 429 else None)
            if status == 401:
                self.token = self.login()
        self.mood(mood="reset")
        with self.assertRaises(OSError):
            self.data("PATCH", self.PATH, {"Phone": "1"})
        self.mood(mood="hang")
        with self.assertRaises(TimeoutError):
            self.data("PATCH", self.PATH, {"Phone": "1"}, timeout=0.3)
        self.assertEqual(self.effects(), 0)
        self.assertEqual(self.data("PATCH", self.PATH, {"Phone": "1"})[0], 200)

    def test_after_the_effect(self):
        self.mood(mood="lost")
        with self.assertRaises(OSError):
            self.data("PATCH", self.PATH, {"Phone": "1"})
        self.mood(mood="torn")
        with self.assertRaises(http.client.IncompleteRead):
            self.data("PATCH", self.PATH, {"Phone": "2"})
        self.mood(mood="slow", seconds=5)
        with self.assertRaises(TimeoutError):
            self.data("PATCH", self.PATH, {"Phone": "3"}, timeout=0.3)
        self.mood(mood="type", content_type="text/html")
        self.assertIsInstance(self.data("PATCH", self.PATH, {"Phone": "4"})[1], str)
        self.mood(mood="drip", chunk=50, seconds=0.001)
        self.assertEqual(self.data("PATCH", self.PATH, {"Phone": "5"})[0], 200)
        self.assertEqual(self.control("state")["counts"]["Account"]["owed_Customer__c"]["C-1"], {"updated": 5})
        log = [json.loads(line) for line in self.log.read_text().splitlines()]
        self.assertEqual([e["fields"]["Phone"] for e in log if e["event"] == "effect"], ["1", "2", "3", "4", "5"])
        self.assertEqual([e["moods"] for e in log if e["event"] == "request" and e["moods"]], [["lost"], ["torn"], ["slow"], ["type"], ["drip"]])

    def test_a_lock_heals_on_the_third_try(self):
        self.mood(mood="lock", external=["C-1"])
        rows = [{"attributes": {"type": "Account"}, "owed_Customer__c": key, "owed_Balance__c": 7} for key in ("C-1", "C-2")]
        seen = []
        for _ in range(3):
            reply = self.data("PATCH", "/composite/sobjects/Account/owed_Customer__c", {"allOrNone": False, "records": rows})[1]
            seen.append([row["errors"][0]["statusCode"] if row["errors"] else "ok" for row in reply])
        self.assertEqual(seen, [["UNABLE_TO_LOCK_ROW", "ok"], ["UNABLE_TO_LOCK_ROW", "ok"], ["ok", "ok"]])
        self.mood(mood="row", code="ENTITY_IS_LOCKED", message="in approval", external=["C-2"])
        self.refused(self.data("PATCH", "/sobjects/Account/owed_Customer__c/C-2", {"Phone": "1"}), 400, "ENTITY_IS_LOCKED")
        self.assertEqual(self.data("PATCH", "/sobjects/Account/owed_Customer__c/C-2", {"Phone": "1"})[0], 200)

    def test_which_calls(self):
        self.mood(mood="unavailable", method="GET", path="^/services/data/v60.0/limits", skip=1, times=2, every=2)
        self.assertEqual([self.data("GET", "/limits")[0] for _ in range(6)], [200, 503, 200, 503, 200, 200])
        self.assertEqual(self.query("SELECT Id FROM Account")[0], 200)
        number = self.mood(mood="unavailable", times=0)
        self.assertEqual(self.data("GET", "/limits")[0], 503)
        self.control("clear", number=number)
        self.mood(mood="unavailable", times=0, chance=0.5)
        self.assertEqual({self.data("GET", "/limits")[0] for _ in range(40)}, {200, 503})

    def test_control_is_strict(self):
        for words in ({"do": "mood", "rule": {"mood": "bad"}}, {"do": "mood", "rule": {"mood": "slow", "second": 1}}, {"do": "dance"},
                      {"do": "clock", "now": "x"}, {"do": "put", "object": "Account", "record": {"Foo": 1}}, {"do": "put", "object": "Account", "record": 5},
                      {"do": "state", "x": 1}, {"do": "drop_field", "object": "Account", "field": "Foo"}, {"do": "mood", "rule": {"mood": "slow", "path": 5}}):
            status, reply = self.ask("POST", "/__control", json.dumps(words))
            self.assertEqual((status, list(reply)), (400, ["error"]), words)


class PlainOrg(StandIn):
    OPTIONS = ("--no-custom-fields", "--multi-currency", "EUR,USD", "--now", "2026-03-31T06:00:00Z")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.folder / "seed.json").write_text(json.dumps({"records": {"Account": [{"Name": "North Mill"}]}}), encoding="utf-8")

    def login(self):
        # The org's clock stands elsewhere: the assertion must follow it, not this machine's.
        noon = datetime.datetime(2026, 3, 31, 6, 1, tzinfo=datetime.timezone.utc)
        status, reply = self.bearer(self.jwt(exp=int(noon.timestamp())))
        self.assertEqual(status, 200, reply)
        return reply["access_token"]

    def test_without_our_fields(self):
        self.refused(self.query("SELECT owed_Balance__c FROM Account"), 400, "INVALID_FIELD")
        self.refused(self.data("PATCH", "/sobjects/Account/owed_Customer__c/C-1", {"Name": "x"}), 404, "NOT_FOUND")
        self.refused(self.data("POST", "/sobjects/Account", {"Name": "x", "owed_Balance__c": 1}), 400, "INVALID_FIELD")

    def test_a_field_goes_away(self):
        self.assertEqual(self.query("SELECT BillingCity FROM Account")[0], 200)
        status, _ = self.ask("POST", "/__control", json.dumps({"do": "drop_field", "object": "Account", "field": "BillingCity"}))
        self.assertEqual(status, 200)
        self.refused(self.query("SELECT BillingCity FROM Account"), 400, "INVALID_FIELD")
        self.refused(self.data("POST", "/sobjects/Account", {"Name": "x", "BillingCity": "Ulm"}), 400, "INVALID_FIELD")
        self.assertNotIn("BillingCity", [f["name"] for f in self.data("GET", "/sobjects/Account/describe")[1]["fields"]])

    def test_several_currencies(self):
        row = self.query("SELECT CurrencyIsoCode, CreatedDate FROM Account")[1]["records"][0]
        self.assertEqual(row["CurrencyIsoCode"], "EUR")
        self.assertTrue(row["CreatedDate"].startswith("2026-03-31T06:00:"))
        self.refused(self.data("POST", "/sobjects/Account", {"Name": "x", "CurrencyIsoCode": "JPY"}), 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")


if __name__ == "__main__":
    unittest.main()
