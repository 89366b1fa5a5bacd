"""Who pays what on which day: the events, and the documents they need, before any text is written.

The truth starts here. Nothing in this file knows how a receipt will be read.
"""

import shares
from references import ISO, is_workday, ogm, iso11649, viite, share
from world import DAYS, END, FEE_LIMIT, GRACE_DAYS, START

WORKDAYS = [day for day in range(START, END) if is_workday(day)]


class Item:
    """A document. Amounts are minor units; `open` is what is left while the bench's days go by."""
    __slots__ = ("serial", "customer", "kind", "doc", "due", "amount", "open", "tiers", "number", "series", "counter",
                 "reference", "settled", "disputed")

    def __init__(self, customer, kind, doc, due, amount, tiers=()):
        self.customer, self.kind, self.doc, self.due, self.amount = customer, kind, doc, due, amount
        self.open, self.tiers, self.reference, self.settled, self.disputed = amount, tiers, "", 0, False
        customer.items.append(self)

    order = property(lambda self: f"SO-{700000 + self.serial}")
    purchase_order = property(lambda self: f"PO{self.customer.index % 89 + 10}/{31000 + self.serial * 3}")
    delivery = property(lambda self: f"80{self.serial + 310000:08d}")

    def discount(self, day, grace=0):
        """Discount in time on that day, tiers extended by the grace days."""
        return next((share(self.amount, percent) for until, percent in self.tiers if day <= until + grace), 0)


class Event:
    __slots__ = ("day", "customer", "what", "items", "link", "done")

    def __init__(self, day, customer, what, items=(), link=None):
        self.day, self.customer, self.what, self.items, self.link, self.done = day, customer, what, items, link, None


class Planner:
    def __init__(self, rng, world, receipts, items_per_receipt):
        self.rng, self.world, self.events = rng, world, []
        self.what = shares.Draw(shares.WHAT)
        other = receipts * shares.LINES["non_receivable"] // 1000
        self.return_chance = shares.LINES["return"] / 1000 * 1.15
        for _ in range(other):
            self.events.append(Event(rng.choice(WORKDAYS), None, "non_receivable"))
        self._allot(receipts - other)
        self._bystanders(int(receipts * items_per_receipt))
        rng.shuffle(self.events)
        self.events.sort(key=lambda event: event.day)
        self._number()

    def _allot(self, wanted):
        customers = self.world.customers
        self._big_run(next(c for c in customers if c.policy == "none" and c.currency == "EUR" and not c.recurring))
        wanted -= 1
        total, given, before = sum(c.weight for c in customers), 0.0, 0
        for customer in customers:
            given += customer.weight * wanted / total
            quota = int(given + 1e-6) - before
            before += quota
            self._customer(customer, quota)
        for _ in range(wanted - before):
            self._customer(customers[-1], 1)

    def _amount(self, customer):
        rng = self.rng
        if customer.recurring and rng.random() < 0.8:
            return customer.recurring
        amount = max(1500, int(rng.lognormvariate(customer.median, 0.9)))
        if rng.random() < 0.06:
            amount = max(5000, amount // 5000 * 5000)     # flat fees and round prices
        return amount

    def _item(self, customer, day, age=None):
        """A document that is ripe to be paid on that day, as late as this customer usually is."""
        rng, amount, ripe = self.rng, self._amount(customer), age is None
        if ripe:
            age = max(1, customer.terms + customer.lag + int(rng.gauss(0, 5)))
        doc = day - age
        if ripe and amount == customer.recurring:
            doc -= int(ISO[doc][8:]) - 1        # subscriptions are billed in one run on the first: neighbours owe the same
        item = Item(customer, "debit_memo" if rng.random() < 0.02 else "invoice", doc, doc + customer.terms, amount)
        item.tiers = tuple((doc + days, percent) for days, percent in customer.tiers)
        item.disputed = rng.random() < 0.01
        return item

    def _customer(self, customer, quota):
        rng, made, paid = self.rng, 0, []
        if customer.policy != "none":
            for _ in range(quota):
                day = rng.choice(WORKDAYS)
                self._item(customer, day)
                self.events.append(Event(day, customer, "policy"))
            return
        while made < quota:
            day = rng.choice(WORKDAYS)
            what = self.what(rng)
            event = self._event(customer, day, what, paid)
            self.events.append(event)
            made += 1
            if event.what == "partial" and made < quota and rng.random() < 0.6:
                later = day + rng.randrange(8, 40)
                if later < END:
                    self.events.append(Event(later, customer, "rest", event.items))
                    made += 1
            elif event.what in ("full", "several") and made < quota:
                if rng.random() < self.return_chance / 0.7 and day + 12 < END:
                    self.events.append(Event(day + rng.randrange(1, 10), customer, "return", event.items, event))
                    made += 1
                    if made < quota and rng.random() < 0.5 and day + 30 < END:
                        self.events.append(Event(day + rng.randrange(12, 30), customer, event.what, event.items))
                        made += 1
                elif event.what == "full":
                    paid.append(event)

    def _event(self, customer, day, what, paid):
        rng, recurring = self.rng, customer.recurring
        if what.startswith("discount") and not customer.tiers or what == "bank_fee" and not customer.foreign \
                or what == "withholding_tax" and not customer.withholding or recurring and what in ("tolerance", "short_pay"):
            what = "full"
        if what == "duplicate":
            before = next((event for event in paid if event.day + 2 < END and not event.link), None)
            if before is None:
                what = "full"
            else:
                paid.remove(before)
                return Event(min(END - 1, before.day + rng.randrange(2, 20)), customer, what, before.items, before)
        if what == "several":
            many = min(40, 2 + int(rng.expovariate(1 / 2.6))) if rng.random() > 0.03 else rng.randrange(12, 41)
            return Event(day, customer, what, [self._item(customer, day) for _ in range(many)])
        if what == "credit_deducted":
            items = [self._item(customer, day) for _ in range(rng.choice([1, 1, 2, 3]))]
            written = min(day, items[0].doc + 2)
            credit = Item(customer, "credit_memo", written, written, max(100, items[0].amount * rng.randrange(3, 45) // 100))
            return Event(day, customer, what, items + [credit])
        if what.startswith("discount"):
            first = customer.tiers[0][0]
            last = customer.tiers[-1][0]
            age = {"discount_in_time": rng.randrange(2, first + 1), "discount_grace": last + rng.randrange(1, GRACE_DAYS + 1),
                   "discount_unearned": last + GRACE_DAYS + rng.randrange(3, 30)}[what]
            return Event(day, customer, what, [self._item(customer, day, age)])
        if what in ("settled_again", "stale_number"):
            old = self._item(customer, START - rng.randrange(20, 60))
            old.open, old.settled = 0, min(START - 1, old.due + rng.randrange(0, 15))
            return Event(day, customer, what, [old] + ([self._item(customer, day)] if what == "stale_number" else []))
        if what == "before_invoice":
            return Event(day, customer, what, [self._item(customer, day, -rng.randrange(1, 10))])
        if what in ("deposit", ):
            return Event(day, customer, what)
        item = self._item(customer, day)
        if what == "partial" and item.amount <= 4 * FEE_LIMIT[customer.currency]:
            what = "full"                      # nobody pays small bills in parts
        return Event(day, customer, what, [item])

    def _big_run(self, customer):
        """One payment for 400 invoices (DOMAIN section 19)."""
        day = WORKDAYS[len(WORKDAYS) // 2]
        self.events.append(Event(day, customer, "several", [self._item(customer, day) for _ in range(400)]))

    def _bystanders(self, wanted):
        """Documents nobody pays in these days: still open at the end, or settled before the start."""
        rng, customers = self.rng, self.world.customers
        weights = [c.weight for c in customers]
        made = sum(len(c.items) for c in customers)
        for customer in rng.choices(customers, weights, k=max(len(customers) // 2, wanted - made)):
            if rng.random() < 0.4:
                item = self._item(customer, START - rng.randrange(5, 90))
                item.open, item.settled = 0, min(START - 1, max(item.doc + 1, item.due + rng.randrange(-3, 20)))
            elif rng.random() < 0.03:
                Item(customer, "credit_memo", START + rng.randrange(DAYS), END, max(500, self._amount(customer) // 10))
            else:
                self._item(customer, END - rng.randrange(DAYS // 3), rng.randrange(1, 70))

    def _number(self):
        """Numbers and references are given in the order of document dates, through all customers."""
        from references import Numbering
        self.numbering = Numbering()
        self.items = sorted((item for c in self.world.customers for item in c.items), key=lambda item: item.doc)
        for serial, item in enumerate(self.items):
            item.serial, customer = serial, item.customer
            self.numbering.give(item, item.kind, customer.division)
            if customer.printed_reference and item.kind != "credit_memo":
                if customer.country == "FI":
                    item.reference = viite(f"7{serial:08d}")
                elif customer.country == "BE":
                    item.reference = ogm(4_000_000_000 + serial)
                else:
                    item.reference = iso11649("".join(ch for ch in item.number if ch.isalnum()))
