#!/usr/bin/env python3
"""`owectl inspect` over the corpus: verdict, exit code and facts of every bank file are those that its expected.json has.

OWED_CORPUS names the corpus (default ../shared/corpus beside the checkout); without one the test is skipped with exit 77.
"""
import concurrent.futures
import decimal
import json
import os
import pathlib
import subprocess
import sys

from company import BUILD, ROOT

Decimal = decimal.Decimal
FORMATS = ["bai2", "camt", "mt940", "ofx", "csv"]
EXIT = {"accept": 0, "warn": 0, "quarantine": 0, "reject": 1}
CORPUS = pathlib.Path(os.environ.get("OWED_CORPUS") or ROOT.parent / "shared" / "corpus")
AT_ONCE = 3


def balance(fact):
    """MT940 balances carry their side as a mark, the others in the amount."""
    if fact is None or fact == "":
        return None
    if isinstance(fact, str):
        return Decimal(fact)
    return abs(Decimal(fact["amount"])) * (-1 if fact["mark"] == "D" else 1) if "mark" in fact else Decimal(fact["amount"])


def bai2(fact):
    """Amounts are counts of cents as written; type codes 100-399 are money in, 400-699 money out; 010 and 015 are balances."""
    for group in fact["groups"]:
        for account in group["accounts"]:
            cents = lambda code: Decimal(account["summary"][code]) / 100 if code in account["summary"] else None
            signed = [Decimal(tx["amount"]) / 100 * (1 if tx["type"][0] in "123" else -1) for tx in account["tx"] if tx["type"][0] in "123456"]
            yield {"account": account["account"], "count": account["n_transactions"], "opening": cents("010"), "closing": cents("015"),
                   "net": (Decimal(account["credits"]) - Decimal(account["debits"])) / 100, "amounts": signed}


def camt(fact):
    for statement in fact["statements"]:
        signed = [Decimal(e["amount"]) * (1 if e["ind"] == "CRDT" else -1) for e in statement.get("entries", [])]
        yield {"account": statement["account"], "count": statement["n_entries"], "opening": balance(statement["opening"]),
               "closing": balance(statement["closing"]), "net": Decimal(statement["net"]), "amounts": signed}


def mt940(fact):
    for message in fact["messages"]:
        yield {"account": message["account"], "count": message["n_transactions"], "opening": balance(message["opening"]),
               "closing": balance(message["closing"]), "net": Decimal(message["net"]), "amounts": [Decimal(tx["signed"]) for tx in message["tx"]]}


def ofx(fact):
    for statement in fact["statements"]:
        closing = (statement.get("ledger") or {}).get("amount")
        yield {"account": statement["account"], "count": statement["n_transactions"], "opening": None, "closing": balance(closing),
               "net": Decimal(statement["credits"]) - Decimal(statement["debits"]), "amounts": [Decimal(tx["amount"]) for tx in statement["transactions"]]}


def bank_csv(fact):
    amounts = [Decimal(tx["amount"]) for tx in fact["transactions"]]
    account = next((tx["account"] for tx in fact["transactions"] if tx.get("account")), None)
    yield {"account": account, "count": fact["rows"], "opening": None, "closing": None, "net": sum(amounts), "amounts": amounts}


FACTS = {"bai2": bai2, "camt": camt, "mt940": mt940, "ofx": ofx, "csv": bank_csv}


def same_account(wanted, found):
    plain = lambda text: "".join(c for c in text if c.isalnum()).upper()
    names = [plain(name) for name in (found["iban"], found["id"]) if name]
    # MT940 writes bank and account in one tag; a reader may tell them apart.
    return not wanted or any(name == plain(wanted) or (name and plain(wanted).endswith(name)) for name in names)


def compare(statements, facts):
    if len(statements) != len(facts):
        return [f"{len(statements)} statements instead of {len(facts)}"]
    wrong = []
    for number, (statement, fact) in enumerate(zip(statements, facts), 1):
        amounts = [Decimal(entry["amount"]) for entry in statement["entries"]]
        if not same_account(fact["account"], statement["account"]):
            wrong.append(f"statement {number}: account {statement['account']} instead of {fact['account']}")
        if len(amounts) != fact["count"]:
            wrong.append(f"statement {number}: {len(amounts)} entries instead of {fact['count']}")
        if sum(amounts) != fact["net"]:
            wrong.append(f"statement {number}: entries sum to {sum(amounts)} instead of {fact['net']}")
        shown = fact["amounts"]           # some facts list the first entries only
        if amounts[:len(shown)] != shown:
            wrong.append(f"statement {number}: amounts {amounts[:len(shown)]} instead of {shown}")
        for side in ("opening", "closing"):
            found = statement[side] and Decimal(statement[side]["amount"])
            if fact[side] is not None and found != fact[side]:
                wrong.append(f"statement {number}: {side} {found} instead of {fact[side]}")
    return wrong


def inspect(job):
    format_name, fact = job
    path = CORPUS / fact["file"]
    done = subprocess.run([str(BUILD / "bin/owectl"), "--json", "inspect", str(path)], capture_output=True, text=True, check=False, timeout=120)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return fact, [f"exit {done.returncode}, no JSON: {done.stdout[:200]} {done.stderr[:500]}"]
    wanted = fact["verdict"]
    if "error" in answer:
        wrong = [] if wanted in ("reject", "either") else [f"refused, expected {wanted}: {answer['error']}"]
        wrong += [f"the error has no {key}" for key in ("code", "what", "where") if not answer["error"].get(key)]
        if not answer["error"].get("where", "").startswith(path.name):
            wrong.append(f"the place does not name the file: {answer['error'].get('where')}")
        if done.returncode != 1:
            wrong.append(f"exit {done.returncode} for a refusal")
        return fact, wrong
    wrong = [] if wanted in (answer["verdict"], "either") else [f"verdict {answer['verdict']} instead of {wanted}, warnings {answer['warnings'][:4]}"]
    if done.returncode != EXIT[answer["verdict"]]:
        wrong.append(f"exit {done.returncode} for verdict {answer['verdict']}")
    if answer["verdict"] in ("warn", "quarantine") and not answer["warnings"]:
        wrong.append(f"{answer['verdict']} without a warning")
    if answer["verdict"] == "accept" and answer["warnings"]:
        wrong.append(f"accepted with warnings {answer['warnings']}")
    return fact, wrong + ([] if wanted == "reject" else compare(answer["statements"], list(FACTS[format_name](fact))))


def main():
    if not CORPUS.is_dir():
        print(f"skipped: no corpus at {CORPUS}; OWED_CORPUS names another place")
        sys.exit(77)
    jobs = []
    for name in FORMATS:
        jobs += [(name, fact) for fact in json.loads((CORPUS / name / "expected.json").read_text(encoding="utf-8"))["files"]]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for fact, wrong in pool.map(inspect, jobs):
            for text in wrong:
                print(f"{fact['file']}: {text}")
            failed += bool(wrong)
    print(f"{len(jobs)} files, {failed} not as expected")
    sys.exit(1 if failed or not jobs else 0)


if __name__ == "__main__":
    main()
