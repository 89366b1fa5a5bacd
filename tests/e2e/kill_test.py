#!/usr/bin/env python3
"""kill -9 of the daemon at random moments of the demo's play, each followed by another start and play: nothing is lost and
nothing is doubled, compared with a play that nobody disturbed.

Arguments: [SEED [KILLS]]. A failure prints the seed; the moments follow from it, as far as the machine's speed does.
"""
import collections
import email
import email.policy
import pathlib
import random
import sys
import time

from company import BUILD, Company, Failed

FOLDERS_AT_MOST = 40
KILLS_A_FOLDER = 4        # then the play is mostly through, and a fresh folder has more to break
GONE_WITHIN = 6           # seconds until the children of a killed daemon have ended
problems = []


def check(condition, text):
    if not condition:
        problems.append(text)
        print(f"  WRONG {text}", flush=True)


def without(row, *names):
    return tuple(sorted((name, str(value)) for name, value in row.items() if name not in names))


def outcome(company):
    """What a play leaves behind, without what may differ: ids in order of arrival, instants, random keys."""
    items = company.list("items")
    notices = company.list("notices")
    label = {i["item"]: i["document"] for i in items if i["document"] and i["kind"] != "receipt"}
    receipts = company.list("receipts")
    of_receipt = {r["receipt"]: f"{r['account']}/{r['bank_reference']}" for r in receipts}
    totals = collections.Counter()
    for entry in company.list("journal"):
        for line in entry["lines"]:
            totals[entry["entity"], entry["gl_date"], line["account"], "debit"] += int(line["debit"].replace(".", ""))
            totals[entry["entity"], entry["gl_date"], line["account"], "credit"] += int(line["credit"].replace(".", ""))
    return {
        "journal totals per account and date": totals,
        "journal entries": len(company.list("journal")),
        "receipts": collections.Counter(without(r, "receipt", "source") for r in receipts),
        "items": collections.Counter(without(i, "item", "document") + (i["document"] if i["kind"] != "receipt" else "",) for i in items),
        "applications": collections.Counter((of_receipt.get(a["receipt"], "credit"), label.get(a["item"], "?"), a["document"], a["customer"], a["amount"],
                                             a["stage"], a["date"], str(a["undone"])) for a in company.list("applications")),
        "questions": collections.Counter((of_receipt[q["receipt"]], q["amount"], q["why"].replace(q["receipt"], "")) for q in company.list("cash", "pending")),
        "notices": collections.Counter((n["entity"], n["customer"], n["kind"], n["level"], n["channel"], n["total"], n["state"],
                                        (n["sent_at"] or "")[:10]) for n in notices),
        "placements": collections.Counter(without(p) for p in company.list("placements")),
        "statements": collections.Counter(without(s, "artifact") for s in company.list("bank-statements")),
        "inbox": collections.Counter((a["connector"], a["name"], a["sha256"], a["state"], a["records"], a["applied"]) for a in company.list("inbox")),
    }


def files_of(company, notice):
    """How often the receiver got a notice: its mail in the maildir, its letter in the spool, its file at the agency."""
    key = company.ctl("notices", "show", notice["notice"])["send_key"]
    found = [path for folder in ("mail", "spool") for path in (company.data / folder).rglob(f"*{key}*") if path.suffix != ".json" and not path.name.startswith(".")]
    return len(found) if key else 0


def settle_unknown(company):
    """A person looks for what the daemon could not: listed as unknown, and decided by what the receiver has."""
    settled = 0
    for notice in company.list("notices", "--state", "unknown"):
        listed = {row["notice"] for row in company.list("outbox")}
        check(notice["notice"] in listed, f"notice {notice['notice']} is unknown and not in the outbox list")
        copies = files_of(company, notice)
        check(copies <= 1, f"notice {notice['notice']} has {copies} files")
        company.ctl("outbox", "resolve", notice["notice"], "sent" if copies else "not-sent", "--why", "looked into the folder", who="stefan")
        if not copies:
            company.ctl("job", "run", "outbox", who="stefan")
            state = company.ctl("notices", "show", notice["notice"])["state"]
            check(state in ("sent", "withdrawn"), f"notice {notice['notice']}, decided as not sent, is {state} after the next outbox run")
        settled += 1
    return settled


def children(pid):
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(path.parent.name))
    return found


def running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def kill_once(company, delay):
    """Starts, plays, and kills after `delay` seconds. True when the play had not ended by itself."""
    company.start(wait=False)
    began = time.monotonic()
    hit = False
    try:
        while company.ask("status").returncode != 0:
            if company.daemon.poll() is not None:
                raise Failed(f"the daemon ended by itself with {company.daemon.returncode}: {company.log()[-1500:]}")
            if time.monotonic() - began >= delay:
                hit = True
                break
        if not hit:
            playing = company.play_in_background()
            while time.monotonic() - began < delay and playing.poll() is None:
                time.sleep(0.002)
            hit = playing.poll() is None
    finally:
        mine = children(company.daemon.pid)
        company.kill()
    if 'playing' in locals():
        playing.communicate()
    end = time.monotonic() + GONE_WITHIN
    while any(running(pid) for pid in mine) and time.monotonic() < end:
        time.sleep(0.01)
    left = [pid for pid in mine if running(pid)]
    check(not left, f"children {left} outlived the killed daemon by {GONE_WITHIN} s")
    return hit


def compare(company, wanted):
    check(company.ctl("ledger", "verify", ok=(0, 1))["ok"], "ledger verify finds differences")
    check(company.ctl("audit", "verify", ok=(0, 1))["ok"], "audit verify finds a break")
    got = outcome(company)
    for name, expected in wanted.items():
        if got[name] != expected and isinstance(expected, collections.Counter):
            check(False, f"{name}: missing {list((expected - got[name]).items())[:5]}, too many {list((got[name] - expected).items())[:5]}")
        else:
            check(got[name] == expected, f"{name}: {got[name]} instead of {expected}")
    left = [n["notice"] for n in company.list("notices") if n["state"] in ("reserved", "planned", "approved", "retry", "unknown")]
    check(not left, f"notices {left} are not settled")
    mails = collections.Counter()
    for path in (company.data / "mail/new").iterdir():
        with open(path, "rb") as file:
            mails[email.message_from_binary_file(file, policy=email.policy.default)["Message-ID"].strip("<>")] += 1
    check(mails == collections.Counter(n["message_id"] for n in company.list("notices") if n["channel"] == "email"), "mails and notices differ")
    for notice in company.list("notices"):
        copies = files_of(company, notice)
        check(copies == 1, f"notice {notice['notice']} ({notice['channel']}) has {copies} files")
    mail_left = [path for path in company.files("mail/tmp", "spool") if pathlib.Path(path).name.startswith(".")]
    check(not mail_left, f"half-written files are left: {mail_left}")
    rows = collections.Counter()
    for path in (company.data / "spool").glob("agency*/*.csv"):
        for line in path.read_text(encoding="utf-8").splitlines()[1:-1]:
            rows[line] += 1
    check(len(rows) == len(company.list("placements")) and set(rows.values()) == {1}, f"placed items in the agency's files: {rows}")
    # The counts of statements' entries are the books' own; a status without alarms says the daemon thinks so too.
    status = company.ctl("status")
    check(status["alarms"] == [] and status["outbox"]["unknown"] == 0, f"status: {status['alarms']}, {status['outbox']}")


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.SystemRandom().randrange(1 << 32)
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    print(f"seed {seed}, {kills} kills, {BUILD}", flush=True)
    rng = random.Random(seed)
    with Company() as calm:
        began = time.monotonic()
        calm.start()
        calm.play()
        usual = time.monotonic() - began
        wanted = outcome(calm)
    print(f"an undisturbed start and play takes {usual:.2f} s", flush=True)
    done, settled = 0, 0
    for folder in range(FOLDERS_AT_MOST):
        if done >= kills or problems:
            break
        with Company() as company:
            for _ in range(KILLS_A_FOLDER):
                delay = rng.uniform(0, usual)
                hit = kill_once(company, delay)
                if not hit:                 # the machine has become faster than it was at the calm play
                    usual = max(delay * 0.8, 0.5)
                done += hit
                print(f"folder {folder}: {'kill %d' % done if hit else 'killed after the play'} at {delay:.3f} s", flush=True)
                if not hit or done == kills:
                    break
                # A person looks the same day: later, a payment may have made the notice needless, and it would be withdrawn.
                company.start()
                settled += settle_unknown(company)
                company.kill()
            company.start()
            settled += settle_unknown(company)
            company.play()
            settled += settle_unknown(company)
            company.play()
            compare(company, wanted)
            if problems:
                print(company.log()[-4000:])
    print(f"{done} kills, {settled} unknown outcomes settled by a person, {len(problems)} problems")
    if problems or done < kills:
        sys.exit(f"seed {seed}: " + ("; ".join(problems)[:6000] or "too few kills hit the play"))


if __name__ == "__main__":
    main()
