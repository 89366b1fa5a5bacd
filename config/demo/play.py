#!/usr/bin/env python3
"""Plays the demo company's business dates against a running daemon, and prints what happened. Called by ./run.

Every step may be repeated: files that were taken before add nothing, a clock that stands later stays, a run of the same
date sends nothing twice. So a play that was cut short anywhere is simply played again."""
import decimal
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT, DATA, STARTED = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
DAYS = ["2026-03-31", "2026-04-14", "2026-04-30"]
CONFIG = ROOT / "config/demo/owed.yaml"
BUILD = pathlib.Path(os.environ.get("OWED_BUILD") or ROOT / "build")   # the tests name theirs


def ctl(*words, who=None, ok=(0,)):
    command = [str(BUILD / "bin/owectl"), "--config", str(CONFIG), "--data", str(DATA), "--json"]
    if who:
        command += ["--as", who]
    done = subprocess.run(command + list(words), capture_output=True, text=True)
    if done.returncode not in ok:
        sys.exit(f"owectl {' '.join(words)}: {done.stdout.strip() or done.stderr.strip()}")
    return json.loads(done.stdout)


def drop(day):
    """Puts a day's files where the bank and the ERP would put them: a temporary name first, then renamed."""
    owner = DATA.stat()
    for source in sorted((ROOT / "config/demo/days" / day).iterdir()):
        folder = DATA / "drop" / source.name
        folder.mkdir(parents=True, exist_ok=True)
        for made in (DATA / "drop", folder):
            if os.geteuid() == 0:
                os.chown(made, owner.st_uid, owner.st_gid)
        for file in sorted(source.iterdir()):
            if (folder / "archive" / file.name).exists():
                continue
            temporary = folder / f".{file.name}.part"
            shutil.copyfile(file, temporary)
            if os.geteuid() == 0:
                os.chown(temporary, owner.st_uid, owner.st_gid)
            past = time.time() - 60          # lies there since a minute ago: complete
            os.utime(temporary, (past, past))
            temporary.rename(folder / file.name)


def play(day):
    if ctl("status")["date"] <= day:
        drop(day)
        ctl("sync", who="stefan")
        if ctl("status")["clock"] < f"{day}T13:35":   # 15:35 in Berlin, 09:35 in New York: the day's jobs are due in both
            ctl("clock", "advance", f"{day}T15:35", who="stefan")
        for entity in ("emea", "us"):
            ctl("dunning", "run", "--entity", entity, who="stefan")
        ctl("job", "run", "outbox", who="stefan")


def total(rows, key="amount"):
    sums = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], decimal.Decimal(0)) + decimal.Decimal(row[key])
    return " and ".join(f"{amount:,.2f} {code}" for code, amount in sorted(sums.items())) or "nothing"


def count(n, one, many=None):
    return f"{n} {one if n == 1 else many or one + 's'}"


def tell():
    inbox, receipts, items = ctl("inbox")["inbox"], ctl("receipts")["receipts"], ctl("items")["items"]
    applied = [a for a in ctl("applications")["applications"] if not a["undone"]]
    questions, notices, placed = ctl("cash", "pending")["pending"], ctl("notices")["notices"], ctl("placements")["placements"]
    stages = {}
    for one in applied:
        stages[one["stage"]] = stages.get(one["stage"], 0) + 1
    documents = [i for i in items if i["kind"] != "receipt"]
    formats = sorted({a["format"] for a in inbox if a["format"]})
    print(f"read        {count(len(inbox), 'file')} in {len(formats)} formats ({', '.join(formats)}), "
          f"{sum(a['records'] for a in inbox)} records, {sum(a['rejected'] for a in inbox)} rejected")
    print(f"posted      {count(len(documents), 'document')}, {count(len(receipts), 'receipt')} of {total(receipts)}")
    print(f"applied     {count(len(applied), 'application')} of {total(applied)}: " + ", ".join(f"{n} by {s.replace('_', ' ')}" for s, n in sorted(stages.items())))
    print(f"questions   {count(len(questions), 'receipt waits', 'receipts wait')} for a person; the first:")
    for one in questions[:2]:
        print(f"              {one['receipt']} {one['amount']} {one['currency']} from {one['payer'] or 'nobody named'}: {one['why']}")
    for level in sorted({n["level"] for n in notices if n["kind"] == "dunning"}):
        mine = [n for n in notices if n["kind"] == "dunning" and n["level"] == level]
        mails, letters = sum(n["channel"] == "email" for n in mine), sum(n["channel"] == "letter" for n in mine)
        states = ", ".join(sorted({n["state"] for n in mine}))
        print(f"notices     level {level}: {count(mails, 'e-mail')}, {count(letters, 'letter')} for {total(mine, 'total')} ({states})")
    print(f"placements  {count(len(placed), 'item')} of {total(placed)} with the agency")
    for entity in ("emea", "us"):
        report = ctl("report", "aging", "--entity", entity)
        for row in report["totals"]:
            code = row["currency"]
            agrees = "equals" if decimal.Decimal(report["difference"][code]) == 0 else "DIFFERS FROM"
            print(f"aging       {entity} {code}: {row['total']} ({row['current']} current, {row['1-30']} 1-30, {row['31-60']} 31-60, "
                  f"{row['61-90']} 61-90, {row['over-90']} over 90, {row['credits']} credits) {agrees} the control accounts")
    verified = ctl("ledger", "verify", ok=(0, 1))
    print(f"ledger      {verified['entries']} entries verified: " + ("clean" if verified["ok"] else f"{len(verified['differences'])} DIFFERENCES"))
    status = ctl("status")
    print(f"status      {len(status['alarms'])} alarms, {status['outbox']['unknown']} sends unknown; business date {status['date']}")
    for alarm in status["alarms"][:3]:
        print(f"              {alarm}")
    spool = DATA / "spool/letters"
    letters = sorted(spool.glob("*.pdf"))
    here = lambda path: os.path.relpath(path) if not os.path.relpath(path).startswith("..") else str(path)
    print(f"look        mails {here(DATA / 'mail/new')}, letters {here(letters[0]) if letters else here(spool)}, log {here(DATA / 'owed.log')}")
    print(f"ask         build/bin/owectl --data {here(DATA)} --config config/demo/owed.yaml cash pending   (or: customers, items --open, notices, report aging)")
    print(f"stop        ./run --stop" + ("" if DATA == ROOT / "demo-data" else f" --data {DATA}"))


def main():
    for day in DAYS:
        play(day)
    print(f"owed: the demo company (fictitious), {DAYS[0]} to {DAYS[-1]}, in {(time.time_ns() - STARTED) / 1e9:.1f} s")
    tell()


main()
