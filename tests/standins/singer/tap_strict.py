#!/usr/bin/python3
"""A Singer tap that follows the specification (0.3.0) to the letter and refuses whoever does not: its arguments, its config,
the catalog's selection and the state. `mode` of its config makes it misbehave, for plugins/singer.

  tap_strict.py --config CONFIG --discover
  tap_strict.py --config CONFIG [--state STATE] [--catalog CATALOG | --properties CATALOG]
"""
import argparse
import json
import os
import stat
import sys
import time

INVOICES = [("INV-1", "C-1", "1234.50"), ("INV-2", "C-2", "0.1"), ("INV-3", "C-1", "99999999999.99"), ("INV-4", "C-9", "12.345"), ("INV-5", "C-2", "-3")]


def die(words):
    sys.stderr.write("CRITICAL %s\n" % words)
    sys.exit(1)


def read_json(path, what):
    if stat.S_IMODE(os.stat(path).st_mode) & 0o077:
        die("others may read %s" % what)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    value = json.loads(text)
    if not isinstance(value, dict):
        die("%s is no object" % what)
    if what == "the state":
        sys.stderr.write("INFO the state is %s\n" % text)
    return value


def say(text):
    sys.stdout.write(text + "\n")


def catalog():
    def stream(name, properties, keys):
        return {"tap_stream_id": name, "stream": name, "schema": {"type": "object", "properties": properties},
                "metadata": [{"breadcrumb": [], "metadata": {"table-key-properties": keys, "inclusion": "available"}}]}
    text = {"type": ["null", "string"]}
    return {"streams": [stream("customers", {"id": text, "attributes": {"type": "object"}}, ["id"]),
                        stream("invoices", {"no": text, "customer": text, "total": {"type": "number"}, "issued": {"type": "string", "format": "date-time"}}, ["no"]),
                        stream("orders", {"no": text}, ["no"])]}


def is_selected(stream, by_metadata):
    if not by_metadata:
        return stream["schema"].get("selected") is True
    return any(e["breadcrumb"] == [] and e["metadata"].get("selected") is True for e in stream["metadata"])


def sync(config, selected, state):
    mode, record_word = config.get("mode", ""), "record" if config.get("mode") == "lower" else "RECORD"
    first = int(state.get("bookmarks", {}).get("invoices", {}).get("after", 0))
    sys.stderr.write("INFO starting sync of %s\n" % ",".join(sorted(selected)))
    if mode == "hangs":
        sys.stderr.flush()
        time.sleep(1e6)
    if mode == "many":
        for n in range(config["records"]):
            say('{"type": "RECORD", "stream": "invoices", "record": {"no": "M-%d", "customer": "C-1", "total": %d.%02d, "issued": "2026-03-31"}}' % (n, n, n % 100))
        return
    if "customers" in selected:
        say(json.dumps({"type": "SCHEMA", "stream": "customers", "schema": {}, "key_properties": ["id"]}))
        say(json.dumps({"type": "ACTIVATE_VERSION", "stream": "customers", "version": 1}))
        for n in (1, 2):
            say(json.dumps({"type": record_word, "stream": "customers", "record": {"id": "C-%d" % n, "attributes": {"name": "Käufer %d" % n, "tags": ["a"]}}}))
    if mode == "garbage":
        say("Fetching page 2 ...")
    if mode == "exits":
        sys.stdout.flush()
        die("the API said 503")
    if mode != "schemaless":
        say(json.dumps({"type": "SCHEMA", "stream": "invoices", "schema": {}, "key_properties": ["no"], "bookmark_properties": ["issued"]}))
    if mode == "unselected":
        say('{"type": "RECORD", "stream": "orders", "record": {"no": "O-1"}}')
    for at, (no, customer, total) in enumerate(INVOICES[first:], first + 1):
        # Not by way of json.dumps: the number's digits are what the test is about.
        say('{"type": "RECORD", "stream": "invoices", "record": {"no": "%s", "customer": "%s", "total": %s, "issued": "2026-03-%02dT23:30:00+02:00"},'
            ' "time_extracted": "2026-04-01T00:00:00Z"}' % (no, customer, total, at))
        if mode != "stateless" and at in (2, len(INVOICES)):
            say(json.dumps({"type": "STATE" if mode != "lower" else "state", "value": {"bookmarks": {"invoices": {"after": at}}, "opaque": [1, None, 0.5]}}))
        if mode == "digits" and at == len(INVOICES):   # more of them than a float or a decimal of 28 digits holds
            say('{"type": "RECORD", "stream": "invoices", "record": {"no": "INV-6", "customer": "C-1", "total": 12.340000000000000000000000000001, "issued": "2026-03-31"}}')
            say(r'{"type": "STATE", "value": {"bookmarks": {"invoices": {"after": 5}}, "at": 1750000000.12345678901234567890, "zeros":1.50, "tiny": 1e-9999999, "text": "\u00e4 \"value\": 1"}}')
        if mode == "exits_late" and at == 4:
            sys.stdout.flush()
            die("the connection broke")
        if mode == "half_line" and at == 4:
            sys.stdout.write('{"type": "RECORD", "stream": "invo')
            sys.stdout.flush()
            os._exit(0)
    sys.stderr.write('INFO METRIC: {"type": "counter", "metric": "record_count", "value": %d, "tags": {"endpoint": "invoices"}}\n' % len(INVOICES[first:]))
    sys.stderr.write('INFO METRIC: {"type": "timer", "metric": "http_request_duration", "value": 0.25, "tags": {"status": "succeeded"}}\n')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--state")
    parser.add_argument("--discover", action="store_true")
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--catalog")
    given.add_argument("--properties")
    options = parser.parse_args()
    config = read_json(options.config, "the config")
    if config.get("token") not in ("s3cret", "renewed"):
        die("the token %r is not accepted" % config.get("token"))
    if options.discover:
        if options.state or options.catalog or options.properties:
            die("--discover goes with --config alone")
        return json.dump(catalog(), sys.stdout, indent=2)
    state = read_json(options.state, "the state") if options.state else {}
    path = options.catalog or options.properties
    streams = read_json(path, "the catalog")["streams"] if path else catalog()["streams"]
    if path and {s["tap_stream_id"] for s in streams} != {"customers", "invoices", "orders"}:
        die("the catalog is not the one that was discovered")
    selected = {s["stream"] for s in streams if not path or is_selected(s, options.catalog is not None)}
    if config.get("mode") == "rewrites" and config["token"] == "s3cret":
        with open(options.config, "w", encoding="utf-8") as file:
            json.dump({**config, "token": "renewed"}, file)
    sync(config, selected, state)


main()
