"""The days of the bench, one receipt after the other: each changes what is open for the next."""

import amounts
import bank_text
import others
import slips
import verdicts
from amounts import Part, Payment
from references import ISO, money
from world import ACCOUNTS, START, tolerance_of

DEPOSIT_WORDS = ["Anzahlung", "deposit", "down payment", "acompte"]


class Done:
    """What is remembered of a receipt for a later return or second payment."""
    __slots__ = ("receipt", "payment", "reference", "bank_ref", "name", "account", "layout", "clear")


class Days:
    """`write(file, row)` takes rows for receipts, advices and truth, in order of value date."""

    def __init__(self, rng_pay, rng_text, rng_other, world, planner, senders, write):
        self.rng, self.text, self.other = rng_pay, rng_text, rng_other
        self.world, self.planner, self.senders, self.write = world, planner, senders, write
        self.serial, self.live = 0, {}

    def run(self):
        for event in self.planner.events:
            self.serial += 1
            if event.what == "non_receivable":
                self._non_receivable(event)
            elif event.what == "return" and event.link.done is not None:
                self._return(event)
            else:
                self._customer(event)

    # ---- money of customers -------------------------------------------------------------------------------------

    def _payment(self, event, how, day):
        rng, customer, what = self.rng, event.customer, event.what
        if what == "policy":
            return amounts.by_policy(rng, self._open_of(customer, day), customer, day)
        if what == "deposit":
            return Payment(what, on_account=rng.randrange(2, 120) * 25000)
        if what in ("duplicate", "settled_again"):
            before = event.link.done if event.link else None
            return Payment(what, on_account=before.payment.amount if before else event.items[0].amount)
        if what == "before_invoice":
            return Payment(what, on_account=event.items[0].amount, later=event.items[0])
        if what == "stale_number":
            return Payment(what, [Part(event.items[1], event.items[1].open)])
        if what in ("several", "credit_deducted"):
            # who sends an advice has software that knows the discount; a list typed by hand seldom has one
            return amounts.several(rng, what, event.items, day, how == "advice" and rng.random() < 0.5)
        if what == "unknown_amount_only":
            return Payment(what, [Part(event.items[0], event.items[0].open)])
        return amounts.single(rng, what if what != "return" else "full", event.items[0], customer, day)

    def _open_of(self, customer, day):
        from clerk import open_items
        return open_items([customer], day)

    def _customer(self, event):
        customer, day = event.customer, event.day
        layout = bank_text.layout_for(self.text, customer.currency)
        how = slips.how_for(self.text, event.what, event.items)
        payment = self._payment(event, how, day)
        sender = self.senders.of(customer, day, layout, event.what)
        slip = self._slip(event, payment, how, layout)
        if slip.how == "advice":
            self._advice(event, payment, slip, sender, layout)
        if slip.text and sender.who == "psp" and self.text.random() < 0.4 and bank_text.capacity(layout) > 100:
            slip.text += f" im Auftrag {customer.name}"
        lines, left = bank_text.lines_of(slip.text, layout)
        if event.what != "unknown_amount_only" and slip.reference == "" and any(end > len(left) for _, end in slip.named[:1]) \
                and len(payment.parts) < 2:
            lines, left = bank_text.lines_of(slip.named[0][0].number if slip.how == "printed" else slip.text.split(" ")[-1], layout)
            slip.named = [(slip.named[0][0], len(left))]
        verdict = verdicts.of(self.planner.numbering, customer, day, payment, slip, sender, len(left))
        self._book(event, payment)
        receipt = self._receipt(event, payment, slip, sender, layout, lines)
        self._remember(event, payment, slip, sender, receipt, layout, verdict)
        self._truth(receipt, event, payment, slip, sender, verdict)

    def _slip(self, event, payment, how, layout):
        rng, customer, day, what = self.text, event.customer, event.day, payment.what
        if what == "deposit":
            slip = slips.Slip("order")
            slip.text = f"{rng.choice(DEPOSIT_WORDS)} SO-{9_000_000 + rng.randrange(900_000)}"
            return slip
        if what in ("policy", "unknown_amount_only"):
            item = payment.parts[0].item if payment.parts else None
            if what != "policy":
                return slips.Slip("none")
            return slips.single(rng, how if item else "customer_number", item, item, customer, layout, day)
        if len(payment.parts) > 1 or how in ("list", "shorthand", "list_typo"):
            return slips.several(rng, how, [part.item for part in payment.parts], customer)
        item = payment.parts[0].item if payment.parts else event.items[0]
        quoted = event.items[0] if what == "stale_number" else item
        if how == "advice" and not payment.parts:
            how = "printed"
        slip = slips.single(rng, how, item, quoted, customer, layout, day)
        part = payment.parts[0] if payment.parts else None
        if part is not None and part.reason in slips.REASON_WORDS and slip.how != "advice" and bank_text.capacity(layout) > 60:
            slip.text = (slip.text + " " + slips.REASON_WORDS[part.reason]).strip()
        elif slip.text and rng.random() < 0.25 and bank_text.capacity(layout) > 60:
            slip.text += " " + bank_text.noise(rng, customer.language, day)
        return slip

    def _advice(self, event, payment, slip, sender, layout):
        """Software writes what it pays; its number stands on the transfer as well, if the bank had room for it."""
        rng, customer, currency = self.text, event.customer, event.customer.currency
        lockbox = layout == "check"
        number = f"{rng.choice(['ZV', 'PAY', 'AVIS'])}{event.day - START + 100}{self.serial:07d}"
        if lockbox:
            number = f"{self.serial % 10_000_000 + 1000000}"                # the check's own number
        if lockbox or rng.random() < 0.6 or sender.who in ("psp", "person"):
            slip.payment_number = number
            if rng.random() < 0.3 and not lockbox:
                slip.end_to_end = number
            else:
                slip.text = f"CHECK {number}" if lockbox else f"{number} {rng.choice(['siehe Avis', 'see advice', ''])}".strip()
        style, lines = rng.random(), []
        for part in payment.parts:
            item = part.item
            word = item.number if style < 0.75 else bank_text.reformatted(rng, item) if style < 0.92 else bank_text.core(item)
            gross = part.cash + part.discount + part.deduction
            told = part.deduction and part.reason not in ("tolerance", "bank_fee")
            lines.append({"document": word, "gross": money(gross, currency), "discount": money(part.discount, currency),
                          "deduction": money(part.deduction, currency),
                          "reason": part.reason if told else "", "net": money(part.cash, currency)})
        if payment.on_account:
            lines[0]["net"] = money(payment.amount, currency)
        sent = event.day + (0 if lockbox else rng.choice([-2, -1, -1, 0, 0, 0, 1]))
        name = sender.full_name or customer.name
        # a stub lies in the same envelope: the lockbox file joins it to its check, an e-mail has to be joined
        slip.advice = {"channel": "lockbox" if lockbox else "email", "date": ISO[sent], "payer": name,
                       "payment": number if slip.payment_number or rng.random() < 0.5 else "", "payment_date": ISO[event.day],
                       "amount": money(payment.amount, currency), "currency": currency, "lines": lines}

    def _book(self, event, payment):
        for part in payment.parts:
            part.item.open -= part.settles() if part.item.kind != "credit_memo" else -part.cash
        if payment.later is not None:
            payment.later.open = 0        # the invoice, once dated, is settled from the account

    def _receipt(self, event, payment, slip, sender, layout, lines):
        rng, customer, currency = self.text, event.customer, event.customer.currency
        codes = bank_text.LAYOUTS[layout]
        receipt = f"R{self.serial:07d}"
        if not slip.end_to_end and layout in ("camt", "mt940"):
            slip.end_to_end = "NOTPROVIDED" if rng.random() < 0.6 else f"E{rng.randrange(10**8, 10**9)}X{self.serial}"
        self.bank_ref = f"NT{event.day:04d}{self.serial:07d}"
        self.write("receipts", {
            "id": receipt, "account": ACCOUNTS[currency], "value_date": ISO[event.day], "amount": money(payment.amount, currency),
            "currency": currency, "code": codes[5] if customer.foreign else codes[4], "payer": sender.name, "payer_account": sender.account,
            "bank_ref": self.bank_ref, "end_to_end_id": slip.end_to_end, "text": lines,
            "references": [slip.reference] if slip.reference else [], "return_reason": "", "original_reference": ""})
        if slip.advice is not None:
            self.write("advices", {"id": f"A{self.serial:07d}", **slip.advice})
        return receipt

    def _remember(self, event, payment, slip, sender, receipt, layout, verdict):
        done = Done()
        done.receipt, done.payment, done.bank_ref, done.layout = receipt, payment, self.bank_ref, layout
        done.reference = slip.end_to_end if slip.end_to_end.startswith("E") else ""
        done.name, done.account = sender.name, sender.account
        done.clear = event.customer in sender.candidates
        event.done = done
        key = (event.customer.index, payment.amount)
        self.live[key] = self.live.get(key, 0) + 1

    def _truth(self, receipt, event, payment, slip, sender, verdict):
        customer, currency = event.customer, event.customer.currency
        meant = [self._application(part, currency) for part in payment.parts]
        sure = meant if verdict.certain else [self._application(part, currency) for part in verdict.sure_parts]
        what = payment.what if payment.what != "return" else "full"
        row = {"receipt": receipt, "kind": "customer", "amount": money(payment.amount, currency), "currency": currency,
               "customers": [customer.number], "applications": sure,
               "on_account": money(payment.on_account if verdict.certain else 0, currency),
               "category": what if what != "full" else sender.who if sender.who not in ("own", "own_other_account") else slip.how,
               "what": what, "how": slip.how, "who": sender.who, "certain": verdict.certain, "customer_certain": verdict.customer_certain,
               "tolerance": money(sum(tolerance_of(part.item.amount, currency) for part in payment.parts), currency)}
        if payment.later is not None:
            row["later"] = [payment.later.number]
        if not verdict.certain:
            row["meant"], row["meant_on_account"] = meant, money(payment.on_account, currency)
        self.write("truth", row)

    @staticmethod
    def _application(part, currency):
        return {"document": part.item.number, "amount": money(part.cash, currency), "discount": money(part.discount, currency),
                "deduction": money(part.deduction, currency), "reason": part.reason}

    # ---- returns and money that is not a customer's -------------------------------------------------------------

    def _return(self, event):
        rng, done, customer = self.other, event.link.done, event.customer
        currency, amount = customer.currency, done.payment.amount
        key = (customer.index, amount)
        alone = self.live[key] == 1
        self.live[key] -= 1
        for part in done.payment.parts:
            part.item.open += part.settles() if part.item.kind != "credit_memo" else -part.cash
            if part.item not in customer.items:
                customer.items.append(part.item)
        quoted = rng.random() < 0.65
        receipt = f"R{self.serial:07d}"
        reason = rng.choice(["AC04", "AM04", "MS03", "NSF", "MD06", "CUST"])
        text = f"RETOURE {reason}" if not quoted else f"RUECKGABE {done.bank_ref}" if rng.random() < 0.5 else "RETURN"
        self.write("receipts", {
            "id": receipt, "account": ACCOUNTS[currency], "value_date": ISO[event.day], "amount": money(-amount, currency), "currency": currency,
            "code": {"camt": "PMNT/RCDT/RRTN", "check": "555", "bai2": "557", "ach": "557"}.get(done.layout, "NRTI"),
            "payer": done.name, "payer_account": done.account, "bank_ref": f"NT{event.day:04d}{self.serial:07d}",
            "end_to_end_id": "", "text": [text], "references": [], "return_reason": reason,
            "original_reference": (done.reference if done.reference and rng.random() < 0.5 else done.bank_ref) if quoted else ""})
        certain = quoted or (alone and done.clear)
        self.write("truth", {
            "receipt": receipt, "kind": "return", "amount": money(-amount, currency), "currency": currency, "customers": [customer.number],
            "applications": [], "on_account": money(0, currency), "undoes": done.receipt,
            "category": "return_by_reference" if quoted else "return_by_amount", "what": "return", "how": "", "who": "", "certain": certain,
            "customer_certain": certain, "tolerance": money(0, currency)})

    def _non_receivable(self, event):
        kind, certain, name, account, text, layout, currency, amount, code = others.line(self.other, event.day)
        receipt = f"R{self.serial:07d}"
        lines, _ = bank_text.lines_of(text, layout)
        self.write("receipts", {
            "id": receipt, "account": ACCOUNTS[currency], "value_date": ISO[event.day], "amount": money(amount, currency), "currency": currency,
            "code": code, "payer": name, "payer_account": account, "bank_ref": f"NT{event.day:04d}{self.serial:07d}", "end_to_end_id": "",
            "text": lines, "references": [], "return_reason": "", "original_reference": ""})
        self.write("truth", {
            "receipt": receipt, "kind": kind, "amount": money(amount, currency), "currency": currency, "customers": [], "applications": [],
            "on_account": money(0, currency), "category": kind, "what": "non_receivable", "how": "", "who": "", "certain": certain,
            "customer_certain": False, "tolerance": money(0, currency)})
