"""Who sends the money, what the bank prints of him, and who he can be for somebody who reads that with the master data."""

import bank_text
import names
import shares
from world import bank_account

SERVICES = [("Zahlport Payments S.A.", "99000000001"), ("Kassario Pay B.V.", "99000000002"), ("Netzkasse Europe SE", "99000000003")]
PEOPLE = ["Klaus", "Petra", "Jean", "Giulia", "Anna", "Tom", "Ines", "Mats"]


class Sender:
    """`owners`: customers or third parties the print can mean; `candidates`: the customers they may pay for."""
    __slots__ = ("who", "name", "account", "owners", "candidates", "full_name")

    def __init__(self, who, full_name):
        self.who, self.full_name, self.name, self.account, self.owners, self.candidates = who, full_name, "", "", [], []

    def is_surely(self, customer):
        return len(self.owners) == 1 and self.owners[0] is customer


class Senders:
    def __init__(self, rng, world):
        self.rng, self.world = rng, world
        self.draw = shares.Draw(shares.WHO)

    def of(self, customer, day, layout, what):
        rng = self.rng
        if what == "unknown_amount_only":
            return self._unknown(layout)
        if customer.third and rng.random() < 0.85:
            return self._printed(Sender(customer.third.kind, customer.third.name), customer.third.account, day, layout)
        if customer.parent and rng.random() * 1000 < shares.PARENT_PAYS:
            return self._printed(Sender("parent", customer.parent.name), rng.choice(customer.parent.accounts), day, layout)
        who = self.draw(rng)
        if who == "psp":
            name, account = rng.choice(SERVICES)
            return self._printed(Sender(who, name), account, day, layout)
        if who == "person":
            name = f"{rng.choice(PEOPLE)} {rng.choice(names.SURNAMES['de'])}"
            return self._printed(Sender(who, name), bank_account(rng, customer.country), day, layout)
        account = bank_account(rng, customer.country) if who != "own" else rng.choice(customer.accounts)
        return self._printed(Sender(who, customer.name), account, day, layout)

    def _unknown(self, layout):
        rng = self.rng
        sender = Sender("unknown", "")
        kind = rng.random()
        if kind < 0.35:
            sender.name = bank_text.printed_name(rng, names.coined(rng) + "il " + rng.choice(["Consult", "Group", "Trade"]), layout)[0]
        elif kind < 0.6:
            sender.name, sender.account = rng.choice(SERVICES)
            sender.name = sender.name.upper()
        elif kind < 0.8:
            sender.account = bank_account(rng, "DE")
        return sender

    def _printed(self, sender, account, day, layout):
        rng, world = self.rng, self.world
        text, shown, read = bank_text.printed_name(rng, sender.full_name, layout)
        if sender.who == "care_of":
            tail = f" c/o Büro {rng.choice(names.SURNAMES['de'])}"
            room = bank_text.NAME_LENGTH[layout][1] - len(text)
            text += tail[:max(0, room)] if not bank_text.LAYOUTS[layout][2] else names.without_marks(tail, True).upper()[:max(0, room)]
        if rng.random() < 0.012 and sender.who != "care_of":
            text = ""                                      # some banks print no name for transfers from their own customers
        sender.name = text
        if rng.random() < bank_text.LAYOUTS[layout][3]:
            sender.account = account
        named = []
        if text and sender.who not in ("psp", "person"):
            named = world.name_index.owners(read, shown) + world.third_names.owners(read, shown)
        known = list(world.account_owners.get(sender.account, ())) if sender.account else []
        if sender.account in world.third_accounts:
            known.append(world.third_accounts[sender.account])
        both = [owner for owner in known if owner in named]
        sender.owners = both or known or named
        sender.candidates = self._families(sender.owners, day)
        return sender

    def _families(self, owners, day):
        found = {}
        for owner in owners:
            for customer in self.world.family(owner, day):
                found[customer.index] = customer
        return list(found.values())
