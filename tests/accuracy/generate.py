#!/usr/bin/env python3
"""Writes a company's world, what its customers paid, and the truth about each receipt. See README.md.

    generate.py --seed 1 --receipts 50000 --customers 4000 --out DIR
"""

import argparse
import gc
import json
import os
import random
import sys
import time

import plan
import senders
import world as worlds
from paying import Days
from references import ISO, money

TAX_PERCENT_X100 = {"DE": 1900, "AT": 2000, "FR": 2000, "IT": 2200, "ES": 2100, "NL": 2100, "BE": 2100, "FI": 2550, "SE": 2500,
                    "DK": 2500, "PL": 2300, "GB": 2000}
_line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def item_row(item):
    customer, currency = item.customer, item.customer.currency
    rate = TAX_PERCENT_X100.get(customer.country, 0) if customer.country == "DE" or item.serial % 5 == 0 else 0   # most exports bear no tax
    return {"document": item.number, "kind": item.kind, "customer": customer.number, "document_date": ISO[item.doc], "due_date": ISO[item.due],
            "currency": currency, "amount": money(item.amount, currency), "tax": money(item.amount - item.amount * 10000 // (10000 + rate), currency),
            "discounts": [{"until": ISO[until], "percent": str(percent // 100)} for until, percent in item.tiers],
            "payment_reference": item.reference, "order": item.order, "purchase_order": item.purchase_order, "delivery": item.delivery,
            "contract": customer.contract, "disputed": item.disputed, "settled": ISO[item.settled] if item.settled else ""}


def generate(seed, receipts, customers, items_per_receipt, out):
    """One random stream per concern, so that a change of wording does not change who pays what."""
    stream = lambda concern: random.Random(f"{seed}/{concern}")
    os.makedirs(out, exist_ok=True)
    world = worlds.World(stream("world"), customers)
    planner = plan.Planner(stream("plan"), world, receipts, items_per_receipt)
    with open(os.path.join(out, "world.json"), "w", encoding="utf-8") as file:
        json.dump({"seed": seed, "receipts": receipts, **worlds.description()}, file, indent=1)
    rows(out, "customers", world.customer_rows())
    rows(out, "relations", world.relation_rows())
    rows(out, "items", map(item_row, planner.items))
    files = {name: open(os.path.join(out, name + ".jsonl"), "w", encoding="utf-8") for name in ("receipts", "advices", "truth")}
    writers = {name: file.write for name, file in files.items()}
    text = stream("text")
    days = Days(stream("pay"), text, stream("other"), world, planner, senders.Senders(stream("senders"), world),
                lambda name, row: writers[name](_line(row) + "\n"))
    days.run()
    for file in files.values():
        file.close()
    return planner


def rows(out, name, source):
    with open(os.path.join(out, name + ".jsonl"), "w", encoding="utf-8") as file:
        write = file.write
        for row in source:
            write(_line(row) + "\n")


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--receipts", type=int, default=50000)
    parser.add_argument("--customers", type=int, default=0, help="default: one for 12 receipts")
    parser.add_argument("--items-per-receipt", type=float, default=2.5, help="documents in all, settled and never paid ones included")
    parser.add_argument("--out", required=True)
    options = parser.parse_args(arguments)
    if options.receipts < 200:
        parser.error("--receipts: at least 200, or the rare cases cannot occur")
    customers = options.customers or max(60, options.receipts // 12)
    if customers < 60:
        parser.error("--customers: at least 60, for groups, factors and twins")
    start = time.monotonic()
    gc.disable()        # a million documents live to the end; looking for garbage among them doubles the time
    planner = generate(options.seed, options.receipts, customers, options.items_per_receipt, options.out)
    print(f"{options.receipts} receipts, {len(planner.items)} documents, {customers} customers, seed {options.seed}: "
          f"{time.monotonic() - start:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
