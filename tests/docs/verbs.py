#!/usr/bin/env python3
"""The examples of docs/reference/verbs.md: one a verb, run on the demo company.
   verbs.py BUILD            runs them and compares their shape (keys, kinds of values, exit code) with the page
   verbs.py BUILD --write    runs them and writes the page
Lists of objects are cut to their first element, and the bytes of a message to their beginning."""
import csv
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from decimal import Decimal

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(ROOT, "docs/reference/verbs.md")
BIN = os.path.join(os.path.abspath(sys.argv[1]), "bin")
CONFIG = "config/demo/owed.yaml"
DAY = "2026-03-31"

HEAD = """# owectl, verb by verb

One example of each verb, as it ran on the demo company (`config/demo`, everything in it is fictitious). `tests/docs/verbs.py` runs
them with the tests and wrote this page. Left out below: `--config config/demo/owed.yaml --data DATA --json`. `--as NAME` works in demo
folders only; elsewhere you are whom the system says. Lists of objects are cut to their first element.

Amounts are decimal strings with the currency's own decimals, dates `YYYY-MM-DD`, instants RFC 3339 in UTC, `null` what is not known.
An error is `{"error": {"code", "what", "where", "do"}}`. Lists come as CSV with `--csv` ([for spreadsheets](../ar.md#lists-in-a-spreadsheet)).
Exit: 0 done, 1 not OK, 2 usage, 3 daemon not reachable, 4 refused, 78 configuration. "Without a daemon too" means on a stopped daemon's
`--data` folder, or with no data at all.
"""

# verb, command (without owectl; {name} is looked up when it runs), exit code, what to know.
EXAMPLES = [
    ("Files and connectors", None, 0, ""),
    ("inspect", "inspect config/demo/days/2026-03-31/bank-us/checking-2026-03-31.ofx", 0, "* Decodes any bank or ERP file that owed can read, without touching the books. `--format` insists on a format, `--profile` names a mapping or its file. A refused file is an error with exit 1."),
    ("calc", "calc discount <<< '{{\"amount\": \"640.00\", \"currency\": \"EUR\", \"terms\": \"3/14 net 60\", \"document_date\": \"2026-03-01\", "
             "\"payment_date\": \"2026-03-15\", \"payment\": \"291.00\"}}'", 0, "* Asks a rule directly: one JSON object on stdin, one back; an array answers an array. Exit 1 for an impossible question, 2 for an unknown topic. [Every topic](calc.md) with its keys."),
    ("connectors check", "connectors check bank-us", 0, "Are folders and credentials usable? Without effect. Without a name: all. Exit 1 when one is not."),
    ("sync", "sync erp-emea --as stefan", 0, "Reads a connector, or all, and answers when it is through. One that waits after a sync that failed for a reason that passes is not asked before its time (alone: an error that says when; among all: `next_try` and `waits_for`), unless `--force` says so."),
    ("connector reset", "connector reset erp-emea --why 'the export of March was wrong, and came again' --as vera", 4, "Sets back where the next read begins: at the beginning, and what its plugin keeps beside the cursor is forgotten; or at `--to CURSOR`, and it stays. `was` is the former cursor. What was applied already adds nothing when it is read again. For administrators, and not while it is read; a sync that had begun all the same takes nothing more and is tried again. Here it is no administrator who asks:"),
    ("connectors", "connectors", 0, "States: starting, ok, degraded, failed, quarantined, stopped. `next_try`: when it is asked again after a sync that failed for a reason that passes."),
    ("plugins", "plugins", 0, "The plugin files that connectors run. `verified`: `signed` by a trusted key, `locked` (its SHA-256 stands in `plugins.lock`) or `unlisted` (`allow_unlisted`). `sdk`: the version of the boundary that a shared object was built for. `isolation` is `process`, `none` or both; `in_process` are the connectors that run inside the daemon. `problem`: why a plugin cannot be used; then the rest is null."),
    ("plugin trust", "plugin trust {data}/plugins/letter.so", 0, "* Enters the file's SHA-256 into `plugins.lock` beside it. Asks no daemon."),
    ("plugin new", "plugin new bank-feed --kind source --dir {data}/new", 0, "* Writes a plugin that builds and passes its checks, into `DIR/NAME`. Kinds: source, sender, sink, agency, decider, codec; `--language` is c++ or python. Asks no daemon."),
    ("plugin check", "plugin check {data}/plugins/letter.so --settings {letter_settings} --only manifest.id", 0, "* Holds a plugin file to the rules of the boundary, under the real host: over a hundred checks, in both isolation modes. `--isolation process|none`, `--format text|json|junit`, `--cassette FILE`, `--seed N`; `--only` runs those whose name begins so. Exit 1 when one fails. Asks no daemon, and runs the plugin's code as you. [Writing a plugin](../integrators.md) says what lies beside the settings."),
    ("inbox", "inbox", 0, "* Files as received. States: taken, quarantined, rejected, released."),
    ("inbox show", "inbox show {quarantined}", 0, "*"),
    ("inbox release", "inbox release {quarantined} --why 'the bank confirmed the closing balance' --as stefan", 0, "Posts a quarantined file after all; who did it and why is kept."),
    ("inbox replay", "inbox replay {with_rejects} --as stefan", 0, "Reads a file again, after a fix of mapping or configuration. What was applied already adds nothing."),
    ("rejects", "rejects", 0, "*"),
    ("bank-statements", "bank-statements", 0, "* `warning` names a gap to the statement before."),
    ("Books", None, 0, ""),
    ("customers", "customers --entity emea", 0, "* Balance, what of it is overdue, both in further currencies under `also`, the oldest item's days, the highest dunning level. `--as-of D`: as the items stood then; the level is today's."),
    ("customer show", "customer show emea/10001", 0, "* A number that one entity alone knows needs no entity."),
    ("customer set", "customer set emea/10001 language=de contact='Petra Probe' --as stefan", 0, "Fields: name, email, language, contact, channel, dunning_block, hold (`hold=no` lifts it). What is set here stays when an export says otherwise."),
    ("relation add", "relation add emea/10001 --payer 10002 --from 2026-01-01 --as clara", 0, "`--kind`: parent (default), factor, agent. The payer is a customer, or an `--account` or `--name` that is none of ours; `--from` and `--until` are days it holds."),
    ("relations", "relations", 0, "* Who pays for whom, and customers that were merged. A parent in the ERP's own data counts besides, always."),
    ("relation end", "relation end 1 --on 2026-12-31 --as clara", 0, "The last day it holds."),
    ("customer merge", "customer merge emea/10003 10002 --why 'one company, two numbers' --as stefan", 0, "Items and history stay what they are; accounts, names and numbers of the first lead to the second."),
    ("customer split", "customer split emea/10003 --why 'two after all' --as stefan", 0, ""),
    ("customer limit", "customer limit emea/10001 25000.00 --why 'new references' --as stefan", 0, "How much the customer may owe and have ordered before new orders wait: a request, since a second person must approve it. In the entity's currency or `--currency C`, from today or `--from D`; `none` lifts it."),
    ("customer limits", "customer limits", 0, "* Every limit that two persons set, oldest first; the last one whose day has come holds. Also `--customer C`."),
    ("items", "items --open --entity emea", 0, "* Also `--customer C`, `--as-of D`, `--known-at T` (only what was recorded until then), `--kind K`: invoice, credit_memo, debit_memo, finance_charge, receipt, deposit, deduction, chargeback, erp_adjustment. States: open, partly, settled, written_off, in_flight."),
    ("deductions", "deductions", 0, "* What customers have kept back, with the invoice (`of`) and the reason, until it is resolved; `--all` lists resolved ones too. Also `--customer C`, `--entity E`. The demo company has none."),
    ("receipts", "receipts", 0, "* Also `--state S`: applied, partly, queued, unidentified, on_account, returned, not_receivable."),
    ("applications", "applications --since 2026-01-01", 0, "* What an application settled besides its amount: discount, write_off, tolerance (negative: paid too much), bank_charge, withholding, deduction (`deduction_item` holds it). `fx` is the realised difference in the entity's currency, gain positive; `credit_amount` what left the receipt in its own currency. Also `--item I`: of one receipt (`R-17`), document or item id."),
    ("report aging", "report aging --entity us", 0, "* `difference` compares the total with the control accounts; exit 1 when it is not zero. Several entities stand under `reports`. `--known-at T` limits by the time of recording. `late`: what was posted into days until `as_of` after they were over, by customer; a report run then did not have it."),
    ("report dso", "report dso --entity us", 0, "* Days sales outstanding by currency: simple, average, count-back and best possible, with the figures and formulas they come from. The period is 90 days to `--as-of`, or `--days N`. A figure that cannot be computed is null, and `notes` says why. All reports: `--as-of D`, `--entity E`, `--format json|csv|text`; several entities stand under `reports`."),
    ("report cei", "report cei --entity us", 0, "* Collection effectiveness in percent."),
    ("report add", "report add --entity us", 0, "* Average days delinquent: DSO less best possible DSO."),
    ("report provision", "report provision --entity emea", 0, "* What the allowance should be by the matrix under `provision:`, what is in the books, and what is missing; the job `provision` posts it."),
    ("report exposure", "report exposure --entity us", 0, "* Open items and orders that no invoice names, by customer and currency."),
    ("report deposits", "report deposits --entity emea", 0, "* Advances that are not applied yet, and their control account."),
    ("rate set", "rate set EUR USD 1.0912 --date 2026-03-31 --type closing --as stefan", 0, "1 FROM = RATE TO. Types: spot (default), closing, custom. A rate given anew for the day is a further row, and the last one counts; `new` is false for the same rate from the same person."),
    ("rates", "rates", 0, "* Also `--since D`."),
    ("reference-rates", "reference-rates", 0, "* Reference rates of interest in percent, from a day on; also `--name N`."),
    ("ledger trial-balance", "ledger trial-balance --entity us", 0, "* Also `--as-of D`, `--known-at T`."),
    ("ledger verify", "ledger verify", 0, "* Recomputes everything from the journal; exit 1 with each difference by name."),
    ("journal", "journal --limit 1", 0, "*"),
    ("Cash", None, 0, ""),
    ("cash run", "cash run --as clara", 0, "Matches all waiting receipts now."),
    ("cash pending", "cash pending", 0, "* Questions, with proposals best first: each item's `amount` of the money, and what it would close besides (`reason` is the deduction's)."),
    ("cash show", "cash show {question}", 0, "* `evidence` is that of the last decision: what was read, and which readings lost."),
    ("cash identify", "cash identify {stranger} {customer} --as clara", 0, "Also learns the payer's account."),
    ("cash apply", "cash apply {question} {item}={amount} --as clara", 0, "An item is a document number of the customer, one instalment `INV-1/2`, or an item id `#17`. Parts that the payment settles besides are written behind their document, `INV-1=1154.30,discount=35.70,deduction=10.00:damage`, or as options where one document is named: `discount`, `tolerance`, `bank-charge`, `withholding`, `deduction` (with its reason; it becomes an item of its own) and, for a document in another currency, `takes`: what leaves the receipt. One person grants what the settings grant (the document's own discount in time or within the grace, the tolerance, `bank_fee_max`, `withholding_percent`); for more a second person decides, and this is the request."),
    ("cash accept", "cash accept {acceptable} --as clara", 0, "Posts a proposal of the question as it stands, with all its shares: the first, or the one of that number, which stays its own when others were paid. What is left of the money stays on the customer's account. Refused by name where an item was paid since, or a share is above what the settings allow today."),
    ("cash unapply", "cash unapply {application} --why 'wrong customer' --as clara", 0, "The items open again; `taken_back` lists what went with it (the resolution of its deduction, a settlement that rested on it). `--preview` shows that first, as `follows`, with the money that goes back and each share that is owed again or vanishes, and changes nothing."),
    ("cash split", "cash split {other} 10001=1.00 99999=1.00 --as clara", 1, "One transfer for several customers: each share goes to the customer's one open item of that amount, else to the oldest due. Nothing is applied when one share cannot be. Here one customer is unknown:"),
    ("cash refund", "cash refund {stranger} --amount 7.00 --why 'paid twice' --as clara", 0, "Of what is unapplied of a receipt, credit memo or deposit, all of it without `--amount`, and only to the account the money came from (of a credit memo: one from which its customer has paid): `--account` is for saying which, and another one is refused. Above the limit under `approvals: {refund: ...}` a second person decides; then this is the request."),
    ("cash refund-void", "cash refund-void 1 --why 'paid by cheque' --as clara", 1, "Takes back a refund that the bank has not booked; ENTRY is that of `cash refunds`. A second person decides. The credit is the customer's again, and its receipt waits for a person. Exit 1 for what ordered no refund, has left the bank, or was taken back before."),
    ("cash refunds", "cash refunds", 0, "* Ordered, and not booked by the bank yet: what treasury pays. The bank's line of that amount to that account takes it off this list and posts it."),
    ("cash deposit", "cash deposit {stranger} --amount 1.00 --document DEP-1 --why 'order 7' --as clara", 0, "A prepayment is kept for its final invoice, as a deposit that no run applies; all that is left without `--amount`. Its number is the receipt's with `-D` without `--document`."),
    ("credit apply", "credit apply DEP-1 {owed_item}=1.00 --as clara", 0, "Uses a credit memo or a deposit for open items of the customer. CREDIT is its number, ENTITY/NUMBER, or the id of `items`. `cash unapply` undoes it."),
    ("cash undeposit", "cash undeposit DEP-1 --why 'order 7 was cancelled' --as clara", 1, "A deposit that was held of a receipt is none after all: the money is the receipt's again, which waits for a person. Here it is used already, which `cash unapply` takes back first:"),
    ("retainage release", "retainage release 6 --document RET-1 --as clara", 2, "What a customer withheld by contract is due now: ITEM is the retained share, as `INV-1/R`; all of it without `--amount`, today without `--due`. Here the item is none."),
    ("deposit release", "deposit release 6 --document DEP-2 --as clara", 2, "A paid deposit invoice becomes a credit, which `credit apply` uses for the final one; all that was paid without `--amount`. Here the item is none."),
    ("cash forward", "cash forward {other} emea/10001 --as clara", 2, "Money that was for another entity: it is due to that one here, and a receipt of the customer there, matched at once; in another currency than that entity's at the rate of its value date. In part only when the payer is identified. Here the customer is one of the same entity:"),
    ("cash unforward", "cash unforward {other} --as clara", 1, "Takes it back in both entities, with what was applied there; named by the receipt there. Here nobody forwarded it:"),
    ("cash returns", "cash returns", 0, "* Returned payments for which no receipt, or more than one, was found: nothing is posted until somebody says which."),
    ("cash return", "cash return 1 {question} --as clara", 1, "Undoes the receipt with all that became of it; its documents are owed again. `--fee`: what went back above the receipt is what the banks took for it. `none --why W`: no receipt of ours. Here there is no such return:"),
    ("cash outgoing", "cash outgoing", 0, "* What left a bank account and is no return, no refund and no charge of the bank's: nobody ordered it here, and it stands on `suspense` until somebody says what it was."),
    ("cash explain", "cash explain 99 --why 'rent, booked by accounts payable' --as clara", 1, "OUTGOING is the id of `cash outgoing`. The general ledger takes it over from `suspense`, and nothing is posted; with `--charge` it was the bank's, bank_charges / suspense, for which a second person decides. Either way it leaves the list. Here there is no such payment:"),
    ("cash not-receivable", "cash not-receivable {other} --why 'refund of a tax' --as clara", 0, "After `learn_not_receivable_after` such answers about a payer who is no customer it is a rule; `cash aliases` lists it."),
    ("cash receivable", "cash receivable {other} --why 'invoice 4711 of a sister company' --as clara", 0, "Takes that back, whether a rule or a person had said it; the money is open again for a person to apply."),
    ("cash aliases", "cash aliases", 0, "* All that was learned from people's answers: payers, and under `rules` payers whose money is no receivable."),
    ("cash alias revoke", "cash alias revoke {alias} --as clara", 0, "Answers what is left."),
    ("cash rule revoke", "cash rule revoke 1 --as clara", 1, "Answers what is left. Here there is no such rule:"),
    ("Claims given up", None, 0, ""),
    ("writeoff", "writeoff {given_up} --why 'insolvent' --as stefan", 0, "All that is open, or `--amount A`; `--method direct` (default: bad debt expense) or `allowance`; `--tax-relief A` where the law gives the tax back. ITEM is an id (`17`, `#17`) or a document number (`INV-1`, `emea/INV-1`). Up to the limit under `approvals: {write_off: {EUR: ...}}` one person is enough, counted over 30 days and a customer; above it this is the request for a second one."),
    ("approve", "approve {approval} --as vera", 0, "Somebody else lets the act be done, in the same transaction: `done` is what was posted. An act that is no longer possible is refused and stays open."),
    ("recover", "recover {given_up} 1.00 --why 'insolvency quota' --as stefan", 0, "What was written off is owed again; a receipt is applied to it as to any other. `--method` as it was written off; `--tax A`: relief that is owed again."),
    ("reinstate", "reinstate {reinstated} --why 'a buyer was found' --as stefan", 0, "Takes all write-offs of the item back."),
    ("settle", "settle {open_item} 1.00 --on 2026-03-31 --why 'agreed by phone' --as stefan", 0, "Writes off the rest once the agreed money has arrived, with a second person whatever the amount. It is asked for here:"),
    ("waive", "waive {open_item} --why goodwill --as stefan", 2, "Gives up a fee or interest, up to the limit under `approvals: {waive: ...}` alone. An invoice is none:"),
    ("charge", "charge us/{us_customer} 11.90 --tax 1.90 --document FE-1 --why 'returned debit' --as stefan", 0, "Bills a fee, or with `--interest` late interest, as a document of its own: for `--due D`, else by the customer's terms. In the entity's currency or `--currency C`. The ERP bills where it keeps the books."),
    ("promise add", "promise add us/{us_customer} --amount 1.00 --by 2026-04-03 --why 'Ms Quinn on the phone' --as stefan", 0,
     "A promise to pay. Its items are not dunned until the weekday after that day is over (`follow_up`). `--items INV-1,INV-2` names them, and then money for those alone counts; else they are the longest due ones that the amount reaches, and money for any item of the customer counts."),
    ("promises", "promises --state open", 0,
     "*Also `--customer C`, `--entity E`. `paid`: what came in time. States: open, kept, partly_kept and broken (the day is past), cancelled, lapsed (settled otherwise)."),
    ("promise cancel", "promise cancel 1 --why 'she meant another invoice' --as stefan", 0, "It was taken back, or heard wrong."),
    ("agency fee", "agency fee nord 119.00 --tax 19.00 --document N-7 --entity us --as stefan", 0, "A collection agency's bill, once: its fee and input tax against what is owed to agencies."),
    ("escheat", "escheat {stranger} --amount 1.00 --why 'no owner found in three years' --as clara", 0, "A receipt, credit memo or deposit that nobody claims, all of it without `--amount`: it is unclaimed property from then on, never income. Takes a second person whatever the amount: this is the request."),
    ("escheat remit", "escheat remit 1.00 --account 4000123456 --why 'report 2026' --as clara", 1, "Unclaimed property is handed over from an account of ours; with a second person. Here none is held:"),
    ("deduction resolve", "deduction resolve {open_item} invalid --as stefan", 2, "`valid`: ours, to sales allowance or `--against-revenue`, with a second person above the limit under `approvals: {deduction: ...}`. `invalid`: the invoice is owed again, or it is billed anew with `--chargeback NUMBER` and `--due D`. Also `--amount A`, `--why W`. Here it is no deduction:"),
    ("reject", "reject {rejected} --why 'send it to the agency first' --as vera", 0, ""),
    ("period close", "period close 2026-01 --entity us --as vera", 0, "Locks a month; `--soft`: those whose role the entity names may still post."),
    ("period list", "period list", 0, "* Months that are not open, and every change."),
    ("period reopen", "period reopen 2026-01 --entity us --why 'a late credit memo' --as vera", 0, "A locked month opens only with a second person: this is the request."),
    ("Collection", None, 0, ""),
    ("template check", "template check", 0, "* Exit 1 when there are findings."),
    ("dunning preview", "dunning preview --entity us", 0, "Decisions: notice, wait, stop, escalate."),
    ("dunning run", "dunning run --entity us --as stefan", 0, "The same entity and date again sends nothing twice (`repeated`). `--as-of` takes today or a missed scheduled date."),
    ("dunning runs", "dunning runs", 0, "* States: awaiting_approval, approved, held, done."),
    ("dunning approve", "dunning approve {run} --as vera", 4, "Only a run that waits for approval, and not by the person who started it. Here it does not wait:"),
    ("notices", "notices", 0, "* `--state S`: planned, approved, reserved, sent, confirmed, refused, retry, unknown, undelivered, withdrawn."),
    ("notices show", "notices show {notice}", 0, "* With every part as sent, and the decision behind it."),
    ("outbox", "outbox", 0, "* What is not settled: planned, approved, reserved, retry, unknown. Keys as in `notices`."),
    ("outbox resolve", "outbox resolve {notice} sent --why 'the customer has it' --as stefan", 4, "`sent` or `not-sent`, for an unknown outcome only. Here the outcome is known:"),
    ("placements", "placements", 0, "* Items placed with agencies. Keys: placement, entity, customer, item, document, placed_on, currency, amount, state."),
    ("Other systems", None, 0, ""),
    ("orders", "orders", 0, "* Customers' orders in systems whose connector reads them, and whether they are held. Keys of each: order, connector, entity, number, customer, date, amount, currency, status, awaiting, on_hold (over there), hold (our word), reason, decision (a person's), decided_by, until. The demo company has no such system."),
    ("order hold", "order hold 801 --why 'credit check under way' --as stefan", 1, "Stops an order until a person lets it go, or until `--until D`. ORDER is its number, CONNECTOR/NUMBER or the id. Here there is none:"),
    ("order release", "order release 801 --why 'payment announced' --until 2026-04-15 --as vera", 1, "Lets an order go on, whatever the rules say; needs a supervisor or approver."),
    ("writeback", "writeback", 0, "* What other systems shall show (account_status, order_hold) and whether they do, and what an ERP is told of applications (receipt_application). States: waiting, sent, refused, unknown; of applications also reserved, confirmed (by the ERP's own record or answer), withdrawn (undone before it was written). Keys of each: connector, kind, key, entity, state, attempts, changed_at, written_at, next_at, remote_id, detail; of applications also application, reversal. Also `--connector C`, `--state S`."),
    ("writeback retry", "writeback retry crm --as stefan", 0, "All refused records of a connector are written again, after the other system was mended; of applications the takings back, since a refused application was undone here."),
    ("writeback resolve", "writeback resolve A1-0123456789abcdef sent --why 'it stands in the journal of 31 March' --as stefan", 1, "Says whether an ERP has an application whose outcome is unknown: sent or not-sent. A taking back that the ERP refuses is sent once somebody did it there by hand."),
    ("Operation", None, 0, ""),
    ("status", "status", 0, ""),
    ("jobs", "jobs", 0, ""),
    ("job run", "job run outbox --as stefan", 0, ""),
    ("config check", "config check", 0, "* Everything that `owed --check` looks at; exit 78 with each problem."),
    ("config show", "config show", 0, "All files together; secrets by reference."),
    ("reload", "reload", 0, "Takes up the changed configuration and plugin files. All of it is proven first, then what changed is switched: `switched`, `added`, `removed` and `kept` connectors (these keep their processes), `upgraded` plugin files, `parts` beside connectors. With mistakes nothing changes: exit 78, and `problems` has each as file:line:column. `--allow-downgrade` (administrators) lets plugins be older than what has worked here."),
    ("plugin release", "plugin release bank-us", 0, "Ends a connector's quarantine or back-off, and lets the next reload try a plugin file again that was rolled back."),
    ("top", "top --once", 0, "Connectors as they run: the rows of `connectors` and `records_per_minute`. On a terminal it looks again every two seconds (`--interval N`); `--once` and `--json` look once."),
    ("metrics", "metrics", 0, "The text that `GET /metrics` on the socket answers: [all metrics](metrics.md)."),
    ("doctor", "doctor", 0, "* What would bite later, each with what to do. States: ok, warn, fail; exit 1 when one failed. Without a daemon no connector is asked."),
    ("backup", "backup {data}/backup.db", 0, "The daemon writes the file, which must not exist; a full path."),
    ("restore", "restore {data}/backup.db --data {data}-restored", 0, "* Into an empty folder. Asks no daemon."),
    ("audit verify", "audit verify", 0, "* Exit 1 names the first record that does not fit."),
    ("audit list", "audit list --since 2026-01-01", 0, "*"),
    ("approvals", "approvals", 0, "*"),
    ("clock advance", "clock advance 2026-03-31T18:00 --as stefan", 0, "Demo folders only: forward, local time of the first entity. Jobs that fall due run."),
]

BROKEN_STATEMENT = ":20:STARTUMS\n:25:DE12500105170648489890\n:28C:00090/001\n:60F:C260331EUR100,00\n:61:2603310331C10,00NTRFNONREF//Q1\n" \
                   ":86:166?00SEPA GUTSCHRIFT?20SVWZ+unknown?32Nobody GmbH\n:62F:C260331EUR999,00\n-\n"
STRANGER = ":20:STARTUMS\n:25:DE12500105170648489890\n:28C:00091/001\n:60F:C260331EUR999,00\n:61:2603310331C77,00NTRFNONREF//Q2\n" \
           ":86:166?00SEPA GUTSCHRIFT?20SVWZ+thank you?31DE20370501980000004722?32Haus und Hof Verwaltung\n:62F:C260331EUR1076,00\n-\n"
BAD_ROW = "number,customer_number,issued,due,amount,open_amount,currency,payment_reference,dunning_level,last_notice\n" \
          "RE-9900001,10001,2026-03-30,2026-04-29,10.00,10.00,EUR,,,\nRE-9900002,10001,2026-03-30,2026-04-29,ten,10.00,EUR,,,\n"


class Demo:
    def __init__(self):
        self.data = tempfile.mkdtemp(prefix="owed-verbs-")
        self.found = {"data": self.data, "letter_settings": "plugins/letter/check/settings.json"}
        self.log = open(f"{self.data}.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen([f"{BIN}/owed", "--config", os.path.join(ROOT, CONFIG), "--data", self.data], stderr=self.log, stdout=self.log, cwd=ROOT)
        for _ in range(600):
            if self.owectl("status")[0] == 0:
                break
            if self.process.poll() is not None:
                sys.exit(f"owed ended with {self.process.returncode}: {self.told()}")
            time.sleep(0.1)
        self.drop()
        os.makedirs(f"{self.data}/plugins")
        shutil.copy(os.path.join(os.path.dirname(BIN), "plugins", "letter.so"), f"{self.data}/plugins")

    def told(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8") as log:
            return log.read()[-2000:]

    def owectl(self, command):
        command, _, question = command.partition(" <<< ")
        done = subprocess.run([f"{BIN}/owectl", "--config", CONFIG, "--data", self.data, "--json", *shlex.split(command)], input="".join(shlex.split(question)),
                              capture_output=True, text=True, cwd=ROOT)
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, {"not json": done.stdout + done.stderr}

    def as_csv(self, command):
        """None where the verb refuses it."""
        done = subprocess.run([f"{BIN}/owectl", "--config", CONFIG, "--data", self.data, "--csv", *shlex.split(command)], capture_output=True, cwd=ROOT)
        return None if done.returncode == 2 and done.stdout == b"" else done.stdout.decode("utf-8")

    def ask(self, command):
        code, answer = self.owectl(command)
        if code != 0:
            sys.exit(f"owectl {command}: exit {code}: {answer}\n{self.told()}")
        return answer

    def put(self, folder, name, text):
        os.makedirs(f"{self.data}/drop/{folder}", exist_ok=True)
        for file, what in ((name, text), (name + ".done", "")):
            with open(f"{self.data}/drop/{folder}/{file}", "w", encoding="utf-8") as out:
                out.write(what)

    def drop(self):
        for folder in sorted(os.listdir(os.path.join(ROOT, "config/demo/days", DAY))):
            for name in sorted(os.listdir(os.path.join(ROOT, "config/demo/days", DAY, folder))):
                with open(os.path.join(ROOT, "config/demo/days", DAY, folder, name), encoding="utf-8") as file:
                    self.put(folder, name, file.read())

    def prepare(self, verb):
        """What an example talks about has to be there, and its name has to be known."""
        if verb == "connectors":
            self.ask("sync --as stefan")
        if verb == "inbox":
            self.put("bank-emea", "wrong-total.sta", BROKEN_STATEMENT)
            self.put("bank-emea", "stranger.sta", STRANGER)
            self.put("erp-emea", "invoices-late.csv", BAD_ROW)
            self.ask("sync --as stefan")
            inbox = self.ask("inbox")["inbox"]
            self.found["quarantined"] = next(a["artifact"] for a in inbox if a["state"] == "quarantined")
            self.found["with_rejects"] = next(a["artifact"] for a in inbox if a["name"] == "invoices-late.csv")
        if verb == "cash show":
            self.choose_questions()
        if verb == "cash unapply":
            self.found["application"] = next(a["application"] for a in reversed(self.ask("applications")["applications"]) if not a["undone"])
        if verb == "writeoff":
            small = sorted((i for i in self.ask("items --open --kind invoice")["items"] if Decimal(i["residual"]) > 5), key=lambda i: Decimal(i["residual"]))
            self.found.update(given_up=small[0]["item"], reinstated=small[1]["item"], open_item=small[2]["item"])
        if verb == "charge":
            self.found["us_customer"] = self.ask("customers --entity us")["customers"][0]["customer"]
        if verb == "approve":
            self.found["approval"] = self.request("writeoff {given_up}")
        if verb == "reinstate":
            self.ask(f"approve {self.request('writeoff {reinstated}')} --as vera")
        if verb == "reject":
            self.found["rejected"] = self.request("writeoff {open_item}")
        if verb == "credit apply":
            self.found["owed_item"] = next(i["item"] for i in self.ask("items --open --customer emea/10001")["items"] if Decimal(i["residual"]) > 1)
        if verb == "cash alias revoke":
            self.found["alias"] = self.ask("cash aliases")["aliases"][0]["alias"]
        if verb == "dunning approve":
            self.found["run"] = self.ask("dunning runs")["runs"][-1]["run"]
        if verb == "notices show":
            self.found["notice"] = next(n["notice"] for n in self.ask("notices")["notices"] if n["state"] == "sent")

    def request(self, command):
        """The number under which it waits for a second person; asked twice it is the same."""
        return self.ask(command.format(**self.found) + " --why insolvent --as stefan")["approval"]

    def choose_questions(self):
        """The question with the surest proposal, one whose payer nobody knows, and a third."""
        pending = self.ask("cash pending")["pending"]
        answerable = max((q for q in pending if q["proposals"]), key=lambda q: q["proposals"][0]["confidence"])
        proposed = answerable["proposals"][0]["items"][0]
        self.found.update(question=answerable["receipt"], item=proposed["document"], amount=proposed["amount"])
        stranger = next(q for q in pending if q["payer"] == "Haus und Hof Verwaltung")
        self.found.update(stranger=stranger["receipt"], customer="10001")
        self.found["other"], self.found["acceptable"] = [q["receipt"] for q in pending if q["proposals"] and q not in (answerable, stranger)][:2]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        for path in (self.data, self.data + "-restored"):
            shutil.rmtree(path, ignore_errors=True)
        self.log.close()
        os.remove(self.log.name)


def cut(value):
    if isinstance(value, dict):
        return {key: (inner[:60] + "..." if key in ("message", "metrics") and isinstance(inner, str) and len(inner) > 60 else cut(inner)) for key, inner in value.items()}
    if isinstance(value, list):
        return [cut(inner) for inner in (value[:1] if value and isinstance(value[0], dict) else value)]
    return value


def shape(value):
    """Keys and kinds; null fits every kind, an empty list every list."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return None if value is None else "flag" if isinstance(value, bool) else "number" if isinstance(value, (int, float)) else "text"


OPEN = {"connectors", "control_account", "difference"}   # objects whose keys are names of the company's


def differences(documented, seen, where=""):
    if documented is None or seen is None or where.rsplit(".", 1)[-1] in OPEN:
        return []
    if isinstance(documented, dict) and isinstance(seen, dict):
        found = [f"{where}.{key} is on one side only" for key in documented.keys() ^ seen.keys()]
        return found + [one for key in documented.keys() & seen.keys() for one in differences(documented[key], seen[key], f"{where}.{key}")]
    if isinstance(documented, list) and isinstance(seen, list):
        return differences(documented[0], seen[0], where + "[]") if documented and seen else []
    return [] if documented == seen else [f"{where} is {seen}, documented as {documented}"]


def layout(value, indent=0):
    """JSON as a person would break it: short things on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= 130 or not isinstance(value, (dict, list)):
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, list):
        return "[" + (",\n" + pad).join(layout(inner, indent + 2) for inner in value) + "]"
    lines, row = [], ""
    for key, inner in value.items():
        text = json.dumps(key, ensure_ascii=False) + ": " + layout(inner, indent + 2)
        if "\n" in text or len(row) + len(text) + indent > 126:
            if row:
                lines.append(row)
            row = text
            if "\n" in text:
                lines.append(row)
                row = ""
        else:
            row += (", " if row else "") + text
    if row:
        lines.append(row)
    return "{" + (",\n" + pad).join(lines) + "}"


FORMULAS = tuple("=+-@\t\r\n")


def as_row(value, name="", row=None):
    """A row of a list as a spreadsheet has it: what lies in objects by its path, everything as text."""
    row = {} if row is None else row
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            as_row(inner, f"{name}.{key}" if name else key, row)
    elif isinstance(value, list) and not any(isinstance(one, (dict, list)) for one in value):
        row[name] = "; ".join(str(one) for one in value)
    elif isinstance(value, list):
        row[name] = value
    else:
        row[name] = "" if value is None or value == {} else str(value).lower() if isinstance(value, bool) else str(value)
    return row


def is_said(cell, expected):
    if not isinstance(expected, str):
        return json.loads(cell) == expected
    if not expected.startswith(FORMULAS):
        return cell == expected
    return cell == "'" + expected or (cell == expected and re.fullmatch(r"-\d+(\.\d+)?", expected) is not None)


def csv_differences(demo, verb, command):
    """What --csv says otherwise than --json; None where the verb answers with no list. Read by Python's own csv."""
    text = demo.as_csv(command)
    if text is None:
        return None
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    again = demo.owectl(command)[1]
    name = next(key for key, list_ in again.items() if isinstance(list_, list) and key != "edges" and all(isinstance(one, dict) for one in list_))
    wanted = again[name]
    if verb == "journal":
        wanted = [{**{key: inner for key, inner in entry.items() if key != "lines"}, **line} for entry in wanted for line in entry["lines"]]
    found = [] if text == "" or text.endswith("\r\n") else ["the last row does not end"]
    if len(rows[1:]) != len(wanted):
        return found + [f"{len(wanted)} rows are {len(rows[1:])} rows of CSV"]
    for expected, cells in zip(map(as_row, wanted), rows[1:]):
        seen = dict(zip(rows[0], cells, strict=True))
        if verb in ("connectors", "jobs", "doctor"):   # they stand otherwise from one look to the next
            expected = {key: value for key, value in expected.items() if key in ("name", "plugin", "entity", "job", "check")}
        found += [f"{key} is {value!r} in JSON and {seen.get(key)!r} in CSV" for key, value in expected.items()
                  if not (is_said(seen[key], value) if key in seen else value == "")]
    return found


HOSTILE = ['=HYPERLINK("http://evil.example","Muster")', "=1+1", "+49 30 1234", "-2+3", "-12.50", "@SUM(A1:A9)", 'the "best", Söhne', "'tis", "0042", "株式会社; x"]


def hostile_differences(demo):
    """Names that a customer gives itself, in a spreadsheet."""
    found = []
    for name in HOSTILE:
        demo.ask("customer set emea/10001 " + shlex.quote("name=" + name) + " --as stefan")
        found += csv_differences(demo, "customers", "customers")
        cells = [row[2] for row in csv.reader(io.StringIO(demo.as_csv("customers"), newline=""), strict=True) if row[:2] == ["10001", "emea"]]
        if cells != ["'" + name if name.startswith(FORMULAS) else name]:
            found.append(f"the name {name!r} is {cells}")
    return found


def run_all(lists=None):
    demo = Demo()
    try:
        for verb, command, expected, prose in EXAMPLES:
            if command is None:
                yield verb, None, None, None, prose
                continue
            demo.prepare(verb)
            resolved = command.format(**{**demo.found, "data": demo.data})
            code, answer = demo.owectl(resolved)
            if code != expected:
                sys.exit(f"owectl {resolved}: exit {code}, not {expected}: {json.dumps(answer)[:2000]}\n{demo.told()}")
            if lists is not None and expected == 0 and "<<<" not in resolved:
                lists[verb] = csv_differences(demo, verb, resolved)
            text = json.dumps(cut(answer)).replace(demo.data, "DATA").replace(BIN, "BIN").replace(os.path.dirname(BIN), "build").replace(ROOT + "/", "")
            yield verb, resolved.replace(demo.data, "DATA"), expected, json.loads(text), prose
        if lists is not None:
            lists["customers with hostile names"] = hostile_differences(demo)
    finally:
        demo.end()


def write():
    parts = [HEAD]
    for verb, command, code, answer, prose in run_all():
        if command is None:
            parts.append(f"## {verb}\n")
            continue
        if prose.startswith("*"):
            prose = (prose[1:].strip() + " Without a daemon too.").strip()
        parts.append(f"### `{verb}`\n\n{prose + chr(10) + chr(10) if prose else ''}```console\n$ owectl {command}\n```\n```json\n{layout(answer)}\n```\n"
                     + (f"Exit {code}.\n" if code else ""))
    with open(PAGE, "w", encoding="utf-8") as page:
        page.write("\n".join(parts))


def compare():
    with open(PAGE, encoding="utf-8") as page:
        documented = dict(re.findall(r"^### `([^`]+)`\n.*?^```json\n(.*?)^```$", page.read(), re.M | re.S))
    failed = 0
    lists = {}
    for verb, command, _, answer, _ in run_all(lists):
        if command is None:
            continue
        if verb not in documented:
            print(f"{verb}: docs/reference/verbs.md has no example")
            failed += 1
            continue
        if verb == "config show":   # the configuration itself: keys are the company's
            continue
        for difference in differences(shape(json.loads(documented[verb])), shape(answer)):
            print(f"{verb}: {difference}; run tests/docs/verbs.py BUILD --write and look at the change")
            failed += 1
    agreed = [verb for verb, found in lists.items() if found is not None]
    for verb in agreed:
        for difference in lists[verb][:3]:
            print(f"{verb} --csv: {difference}")
            failed += 1
    if not {"items", "customers", "receipts", "applications", "cash pending", "report aging", "ledger trial-balance", "journal", "audit list"} <= set(agreed):
        print(f"--csv: only {agreed} are lists")
        failed += 1
    print(f"{len(documented)} examples, {len(agreed)} of them lists, {failed} differences")
    sys.exit(1 if failed else 0)


write() if "--write" in sys.argv else compare()
