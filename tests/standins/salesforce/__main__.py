#!/usr/bin/env python3
"""A Salesforce org on loopback, written from the documented shapes of its REST and Bulk 2.0 APIs: strict about what it takes, and
moody on demand.

    python3 tests/standins/salesforce [options]

Prints {"port": ..., "url": ..., "control": ...} when ready and serves until killed or told to stop. The log gets a JSON object
a line: {"event": "request", ...} for each call and {"event": "effect", ...} for each record created, updated or deleted, with
its external ids: the ground truth. An effect stands before the request that had it.
"""
import argparse
import json
import pathlib
import ssl
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)
sys.dont_write_bytecode = True

from salesforce.api import Api  # noqa: E402
from salesforce.bulk import Bulk  # noqa: E402
from salesforce.control import Control  # noqa: E402
from salesforce.moods import Moods  # noqa: E402
from salesforce.org import Org, seed  # noqa: E402
from salesforce.tokens import Tokens  # noqa: E402
from salesforce.values import parse_time  # noqa: E402
from salesforce.wire import World  # noqa: E402


def options_of(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", help="JSON file: {\"records\": {OBJECT: [{\"ref\": NAME, FIELD: VALUE}]}}; \"@NAME\" is that record's id")
    parser.add_argument("--log", help="file for the ground truth, appended to")
    parser.add_argument("--moods", help="JSON file: a list of rules (moods.py)")
    parser.add_argument("--random-seed", type=int, default=1, help="for moods with a chance")
    parser.add_argument("--consumer-key", default="owed-consumer-key")
    parser.add_argument("--user", default="integration@owed.test", help="the user who approved the app")
    parser.add_argument("--audience", action="append", help="accepted aud of the JWT (default: login and test.salesforce.com)")
    parser.add_argument("--jwt-key", help="PEM of the certificate or public key on the connected app")
    parser.add_argument("--client-secret", help="for client_credentials and refresh_token")
    parser.add_argument("--refresh-token", action="append")
    parser.add_argument("--session-calls", type=int, default=0, help="each session lives for so many calls")
    parser.add_argument("--instance-url", help="what the token reply says (default: this server)")
    parser.add_argument("--versions", default="60.0,61.0,62.0,63.0")
    parser.add_argument("--page-size", type=int, default=2000, help="records a page without Sforce-Query-Options")
    parser.add_argument("--min-batch", type=int, default=200, help="the least batchSize that is honoured")
    parser.add_argument("--limit-max", type=int, default=15000)
    parser.add_argument("--limit-used", type=int, default=0)
    parser.add_argument("--bulk-looks", type=int, default=2, help="how often a job is seen in progress")
    parser.add_argument("--upsert-status", type=int, choices=(200, 204), default=200, help="for an upsert that updates")
    parser.add_argument("--no-custom-fields", action="store_true", help="an org where nobody added the owed_ fields")
    parser.add_argument("--multi-currency", help="EUR,USD: CurrencyIsoCode exists; the first is the default")
    parser.add_argument("--fields", help='JSON file: {OBJECT: ["Field__c string 40 external unique custom", "-Gone__c"]} (model.py)')
    parser.add_argument("--now", help="where the org's clock starts, 2026-03-31T06:00:00Z")
    parser.add_argument("--cert", help="PEM chain: TLS")
    parser.add_argument("--key")
    options = parser.parse_args(words)
    options.audience = options.audience or ["https://login.salesforce.com", "https://test.salesforce.com"]
    options.versions = options.versions.split(",")
    options.usage = [options.limit_used, options.limit_max]
    options.now = parse_time(options.now) if options.now else None
    return options


def read(path, empty):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8")) if path else empty


def main(words):
    options = options_of(words)
    org = Org(options.user, not options.no_custom_fields, options.multi_currency.split(",") if options.multi_currency else (),
              read(options.fields, {}), options.now)
    seed(org, read(options.seed, {}))
    moods, bulk = Moods(options.random_seed, read(options.moods, [])), Bulk(org, options.bulk_looks)
    world = World(options, org, Tokens(org, options), moods, bulk, Api(org, options, bulk, moods), Control)
    context = None
    if options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
    world.serve(context)


if __name__ == "__main__":
    main(sys.argv[1:])
