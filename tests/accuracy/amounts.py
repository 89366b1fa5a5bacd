"""How much comes, and what each part of it is for: the applications a correct book would show."""

from references import share
from world import FEE_LIMIT, GRACE_DAYS, tolerance_of

FEES = {"JPY": [500, 1000, 1500, 2500, 4000]}
REASONS = ["freight", "damage", "pricing", "promotion", "tax"]


class Part:
    """One application. `cash` is what of the receipt goes to it; discount and deduction come on top.

    A deduction with a reason of `closes` is at an end (charged to tolerance, bank charges, withheld tax); any other
    remains a claim against the customer.
    """
    __slots__ = ("item", "cash", "discount", "deduction", "reason")
    CLOSING = {"tolerance", "bank_fee", "withholding_tax"}

    def __init__(self, item, cash, discount=0, deduction=0, reason=""):
        self.item, self.cash, self.discount, self.deduction, self.reason = item, cash, discount, deduction, reason

    def settles(self):
        return self.cash + self.discount + (self.deduction if self.reason in self.CLOSING else 0)


class Payment:
    def __init__(self, what, parts=(), on_account=0, later=None):
        self.what, self.parts, self.on_account, self.later = what, list(parts), on_account, later

    @property
    def amount(self):
        return sum(part.cash for part in self.parts) + self.on_account


def on_part(item, cash, day):
    """DOMAIN section 5: a part paid in time takes pay x p / (1 - p) of the discount, which the payer need not write down."""
    gone = item.discount(day, GRACE_DAYS) if item.open == item.amount else 0
    net = item.amount - gone
    return (2 * cash * gone + net) // (2 * net)


def single(rng, what, item, customer, day):
    """A payment for one document; `what` falls back to `full` where it would not make sense (a fee above the amount)."""
    due, currency = item.open, customer.currency
    limit = FEE_LIMIT[currency]
    if what in ("discount_in_time", "discount_grace"):
        gone = item.discount(day, GRACE_DAYS if what == "discount_grace" else 0)
        if gone:
            return Payment(what, [Part(item, due - gone, gone)])
    elif what == "discount_unearned":
        gone = share(due, item.tiers[-1][1])
        if not customer.foreign or gone > limit:       # below it a clerk would take it for a bank charge
            return Payment(what, [Part(item, due - gone, 0, gone, "unearned_discount")])
    elif what == "tolerance":
        return _tolerance(rng, item, currency)
    elif what == "bank_fee":
        fee = rng.choice(FEES.get(currency, [500, 700, 1000, 1250, 1500, 2000, 2500]))
        if fee <= limit and fee * 4 < due:
            return Payment(what, [Part(item, due - fee, 0, fee, "bank_fee")])
    elif what == "withholding_tax":
        tax = share(due, customer.withholding * 100)
        return Payment(what, [Part(item, due - tax, 0, tax, "withholding_tax")])
    elif what == "partial":
        cash = due * rng.randrange(25, 76) // 100
        if rng.random() < 0.7:
            cash = max(limit, cash // 10000 * 10000) if cash > 20000 else cash // 1000 * 1000
        return Payment(what, [Part(item, cash, on_part(item, cash, day))])
    elif what == "short_pay":
        less = share(due, rng.randrange(300, 2500))
        told = rng.random() < 0.7
        if less > 3 * tolerance_of(due, currency) and (told or not customer.foreign or less > 2 * limit):
            if told:
                return Payment(what, [Part(item, due - less, 0, less, rng.choice(REASONS))])
            # Who says no word has paid a part: in time it takes its share of the discount. Less than that is missing: a bill paid in full.
            gone = on_part(item, due - less, day)
            if gone < less - tolerance_of(due, currency):
                return Payment(what, [Part(item, due - less, gone, less - gone, "unknown")])
    elif what == "over_pay":
        more = rng.choice([share(due, rng.randrange(200, 2000)), 10000, 5000])
        if more > 3 * tolerance_of(due, currency):
            return Payment(what, [Part(item, due)], more)
    return Payment("rest" if what == "rest" else "full", [Part(item, due)])


def _tolerance(rng, item, currency):
    due, most = item.open, tolerance_of(item.open, currency)
    cents = due % 100
    if rng.random() < 0.35 and 0 < cents <= most and currency != "JPY":
        return Payment("tolerance", [Part(item, due - cents, 0, cents, "tolerance")])      # typed without cents
    if most < 1:
        return Payment("full", [Part(item, due)])
    off = rng.randrange(1, min(most, 9 if rng.random() < 0.6 else most) + 1)
    if rng.random() < 0.3:
        off = -off
    return Payment("tolerance", [Part(item, due - off, 0, off, "tolerance")])


def several(rng, what, items, day, discounts):
    parts = []
    for item in items:
        if item.kind == "credit_memo":
            parts.append(Part(item, -item.open))
            continue
        gone = item.discount(day) if discounts and item.open == item.amount else 0
        parts.append(Part(item, item.open - gone, gone))
    payment = Payment(what, parts)
    if payment.amount <= 0:                 # a credit larger than the debt is not paid to us
        payment.parts = [part for part in parts if part.item.kind != "credit_memo"]
        payment.what = "several" if len(payment.parts) > 1 else "full"
    return payment


def by_policy(rng, items, customer, day):
    """Account payers: the amount is theirs, its use is agreed (DOMAIN section 7, rules in the order of world.json)."""
    debts = [item for item in items if item.kind != "credit_memo"]
    if not debts:
        return Payment("policy", on_account=rng.randrange(1, 40) * 10000)
    kind, past = rng.random(), [item for item in debts if item.due < day]
    if kind < 0.45:
        amount = debts[0].open
    elif kind < 0.65 and len(past) > 1:
        amount = sum(item.open for item in past)
    else:
        amount = max(10000, debts[0].open * rng.randrange(40, 260) // 100 // 10000 * 10000)
    same = [item for item in debts if item.open == amount]
    if same:
        return Payment("policy", [Part(same[0], amount)])
    for chosen in (debts, past):
        if sum(item.open for item in chosen) == amount:
            return Payment("policy", [Part(item, item.open) for item in chosen])
    parts, left = [], amount
    for item in debts:
        if left <= 0:
            break
        parts.append(Part(item, min(left, item.open)))
        left -= parts[-1].cash
    return Payment("policy", parts, left)
