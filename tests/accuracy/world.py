"""The company, its customers, and who pays for whom."""

import math

import names
import shares
from references import ISO, day_of, iban

START = day_of(2026, 1, 5)
DAYS = 120
END = START + DAYS

ACCOUNTS = {
    "EUR": iban("DE", "900000010000471100"),
    "USD": "991000471",
    "GBP": iban("GB", "TEST90000012345678"),
    "JPY": "9910047",
}
SAVINGS = iban("DE", "900000010000471199")      # not a receipts account: own transfers come from it
BANK_NAME = "NORDTEST BANK AG"
INSURER = "Fiktiva Versicherung AG"
TAX_OFFICE = "Finanzkasse Musterstadt"
PRICES = [4900, 9900, 14900, 19900, 24900, 29900, 49900, 79900, 119000, 249000]     # a list of subscriptions
FEE_LIMIT = {"EUR": 3000, "USD": 3500, "GBP": 2500, "JPY": 4500}
TOLERANCE = {"EUR": 200, "USD": 200, "GBP": 200, "JPY": 300}
TOLERANCE_PERCENT_X100 = 50                       # 0.5 %, the smaller one wins (DOMAIN section 7)
GRACE_DAYS = 4


def tolerance_of(amount, currency):
    return min(TOLERANCE[currency], amount * TOLERANCE_PERCENT_X100 // 10000)


class Customer:
    __slots__ = ("index", "number", "name", "country", "currency", "language", "segment", "terms", "tiers", "accounts",
                 "on_file", "parent", "children", "policy", "recurring", "division", "printed_reference", "median", "lag",
                 "third", "withholding", "items", "since", "weight", "paid")

    @property
    def foreign(self):
        return self.country not in names.FREE_OF_CHARGES

    @property
    def contract(self):
        return f"CT-{20000 + self.index * 7}"


class Third:
    """A factor or paying agent: pays for customers, is none."""

    def __init__(self, name, account, kind):
        self.name, self.account, self.kind, self.payees = name, account, kind, []


class Relation:
    __slots__ = ("payer", "payee", "kind", "first", "last", "known")

    def __init__(self, payer, payee, kind, first, last, known):
        self.payer, self.payee, self.kind, self.first, self.last, self.known = payer, payee, kind, first, last, known

    def holds(self, day):
        return self.known and self.first <= day <= self.last


def bank_account(rng, country):
    """Plainly of no real bank: bank codes 9xxx in numeric ones, TEST in lettered ones."""
    length = names.COUNTRIES[country][4]
    if not length:
        return "99" + "".join(rng.choices("0123456789", k=8))
    head = {"GB": "TEST", "NL": "TEST", "IT": "X99999", "DE": "90000002"}.get(country, "9999")
    return iban(country, head + "".join(rng.choices("0123456789", k=length - len(head))))


class World:
    def __init__(self, rng, customers):
        self.customers, self.thirds, self.relations = [], [], []
        self.account_owners, self.third_accounts = {}, {}
        self.name_index = names.NameIndex()
        self.third_names = names.NameIndex()
        self._taken = set()
        countries = list(names.COUNTRIES)
        weights = [names.COUNTRIES[country][0] for country in countries]
        for index in range(customers):
            self._add_customer(rng, index, rng.choices(countries, weights)[0])
        self._groups(rng)
        self._third_parties(rng, "factor", shares.CUSTOMERS["factor"])
        self._third_parties(rng, "agent", shares.CUSTOMERS["agent"])
        for customer in self.customers:
            self.name_index.add(customer.name, customer)
            for account in customer.on_file:
                self.account_owners.setdefault(account, []).append(customer)
        self.known = {}
        for relation in self.relations:
            self.known.setdefault(relation.payer, []).append(relation)

    def _name(self, rng, country):
        while True:
            if self.customers and rng.random() * 1000 < shares.CUSTOMERS["twin_name"]:
                other = rng.choice(self.customers)
                name = names.twin(rng, other.name, other.country)
            else:
                name = names.firm(rng, country)
            if name not in self._taken:
                self._taken.add(name)
                return name

    def _add_customer(self, rng, index, country):
        has = lambda what: rng.random() * 1000 < shares.CUSTOMERS[what]
        customer = Customer()
        customer.index, customer.number, customer.country = index, str(100001 + index), country
        _, customer.currency, customer.language = names.COUNTRIES[country][:3]
        customer.name = self._name(rng, country)
        customer.policy = "oldest_first" if has("policy_oldest_first") else "none"
        customer.segment = "account_payers" if customer.policy != "none" else rng.choice(["key", "standard", "standard", "small"])
        customer.terms = rng.choice([14, 30, 30, 30, 45, 60])
        customer.tiers = ()
        if customer.policy == "none" and has("discount_terms"):
            customer.tiers = rng.choice([((10, 200),), ((14, 300),), ((14, 200),), ((8, 300), (14, 200))])
        customer.accounts = [bank_account(rng, country)]
        if has("second_account"):
            customer.accounts.append(bank_account(rng, country))
        customer.on_file = list(customer.accounts) if has("account_on_file") else []
        customer.parent, customer.children, customer.third, customer.items, customer.paid = None, [], None, [], []
        yen = customer.currency == "JPY"              # minor units: one yen is worth about a cent
        customer.median = rng.gauss(7.0 if not yen else 7.2, 0.8) + math.log(100)
        customer.recurring = 0
        if has("recurring"):
            # many subscribe at list price, so that strangers owe the same amount
            agreed = max(2000, int(rng.lognormvariate(customer.median - 0.7, 0.5))) // 500 * 500 + rng.choice([0, 0, 90, 99])
            customer.recurring = rng.choice(PRICES) if rng.random() < 0.6 else agreed
        customer.division = rng.choices([0, 1, 2, 3], [40, 30, 15, 15])[0]
        customer.printed_reference = has("reference_on_invoices") and customer.policy == "none"
        customer.lag = int(min(35, max(-6, rng.gauss(6, 9))))
        customer.withholding = names.WITHHOLDING.get(country, 0)
        customer.since = START - rng.randrange(200, 730)
        customer.weight = min(rng.paretovariate(1.3), 25.0)
        self.customers.append(customer)

    def _valid_dates(self, rng):
        if rng.random() * 1000 < shares.CUSTOMERS["relation_expired"]:
            return START - 600, START - rng.randrange(10, 200)
        return START - rng.randrange(100, 700), END + 300

    def _groups(self, rng):
        """A parent pays for its children; master data know most of it. Sometimes one account serves the whole group."""
        free = [c for c in self.customers if c.policy == "none"]
        rng.shuffle(free)
        wanted = len(self.customers) * shares.CUSTOMERS["in_group"] // 1000
        while wanted > 0 and len(free) > 8:
            parent = free.pop()
            shared = rng.random() < 0.2 and parent.on_file
            for _ in range(rng.randrange(1, 6)):
                child = next((c for c in free[-40:] if c.currency == parent.currency), None)
                if child is None:
                    break
                free.remove(child)
                child.parent = parent
                parent.children.append(child)
                known = rng.random() * 1000 < shares.CUSTOMERS["relation_known"]
                self.relations.append(Relation(parent, child, "parent", *self._valid_dates(rng), known))
                if shared and known:
                    child.on_file = [parent.accounts[0]]
                wanted -= 1

    def _third_parties(self, rng, kind, per_mille):
        free = [c for c in self.customers if c.policy == "none" and not c.parent and not c.children and not c.third]
        wanted = rng.sample(free, min(len(free), max(4, len(self.customers) * per_mille // 1000)))
        while wanted:
            words = ["Factoring", "Forderungskauf"] if kind == "factor" else ["Payments Office", "Treuhand", "Shared Centre"]
            name = f"{names.coined(rng)} {rng.choice(words)} {rng.choice(['GmbH', 'AG', 'B.V.'])}"
            if name in self._taken:
                continue
            self._taken.add(name)
            third = Third(name, bank_account(rng, "DE"), kind)
            self.thirds.append(third)
            self.third_names.add(name, third)
            for _ in range(min(len(wanted), rng.randrange(2, 9))):
                customer = wanted.pop()
                customer.third = third
                third.payees.append(customer)
                known = rng.random() * 1000 < shares.CUSTOMERS["relation_known"]
                relation = Relation(third, customer, kind, *self._valid_dates(rng), known)
                self.relations.append(relation)
                if relation.holds(START):
                    self.third_accounts[third.account] = third

    def family(self, payer, day):
        """Those a payer may pay for, as master data have it on that day."""
        found = [payer] if isinstance(payer, Customer) else []
        found += [relation.payee for relation in self.known.get(payer, ()) if relation.holds(day)]
        return found

    def customer_rows(self):
        for c in self.customers:
            yield {"number": c.number, "name": c.name, "country": c.country, "language": c.language, "currency": c.currency,
                   "segment": c.segment, "terms_days": c.terms,
                   "discount_terms": [{"days": days, "percent": f"{p // 100}"} for days, p in c.tiers],
                   "accounts": c.on_file, "parent": self._known_parent(c), "contract": c.contract,
                   "autocash": c.policy, "since": ISO[c.since]}

    def _known_parent(self, customer):
        for relation in self.known.get(customer.parent, ()) if customer.parent else ():
            if relation.payee is customer and relation.holds(START):
                return customer.parent.number
        return ""

    def relation_rows(self):
        for r in self.relations:
            if r.known:
                third = isinstance(r.payer, Third)
                yield {"payer": "" if third else r.payer.number, "payer_name": r.payer.name,
                       "payer_account": r.payer.account if third else "", "pays_for": r.payee.number, "kind": r.kind,
                       "from": ISO[r.first], "until": ISO[r.last]}


def rules():
    """What a team keys on to keep money that is no receivable out of customers' accounts.

    A rule fits when any of its conditions does; a condition, when all of its keys do: `code` and `payer_account` are one of
    those listed, and every one of the `words` stands in the text or the name (capitals, anywhere in a word).
    """
    return [
        {"name": "interest", "treat_as": "interest", "any": [
            {"code": ["PMNT/MCOP/INTR", "354", "NINT"]},
            {"payer_words": [BANK_NAME], "text_words": ["ZINS"]}, {"payer_words": [BANK_NAME], "text_words": ["INTEREST"]}]},
        {"name": "own transfers", "treat_as": "own_transfer", "any": [
            {"payer_account": [SAVINGS] + list(ACCOUNTS.values())}, {"code": ["PMNT/ICDT/BOOK", "275"]},
            {"payer_words": ["MUSTERWERK INDUSTRIE"]}]},
        {"name": "supplier refunds", "treat_as": "supplier_refund", "any": [
            {"text_words": ["LIEFERANTENGUTSCHRIFT"]}, {"text_words": ["SUPPLIER REFUND"]},
            {"text_words": ["ERSTATTUNG", "EINKAUF"]}, {"payer_account": [account for _, account in suppliers()]}]},
        {"name": "tax office", "treat_as": "tax_refund", "any": [
            {"payer_words": ["FINANZKASSE"]}, {"code": ["PMNT/RCDT/TAXE"]}, {"text_words": ["UMSATZSTEUER", "ERSTATTUNG"]}]},
        {"name": "insurance", "treat_as": "insurance", "any": [
            {"payer_words": ["FIKTIVA VERSICHERUNG"]}, {"text_words": ["SCHADENNUMMER"]}]},
        {"name": "cash", "treat_as": "cash_deposit", "any": [
            {"code": ["PMNT/CNTR/CDPT", "301", "NCHG"]}, {"text_words": ["BAREINZAHLUNG"]}, {"text_words": ["CASH DEPOSIT"]}]},
    ]


def suppliers():
    """Suppliers with accounts in payables: (name, account)."""
    found = []
    for place in range(40):
        stem = names.HEADS[place % 30] + names.MIDDLES[place % 18] + names.TAILS[(place * 7) % 20]
        found.append((f"{stem} Zulieferung GmbH", iban("DE", f"90000003{4400000000 + place * 13:010d}")))
    return found


def description():
    """world.json."""
    decimals = lambda table: {currency: f"{units / 100:.2f}" if currency != "JPY" else str(units) for currency, units in table.items()}
    return {
        "entity": {"id": "MW01", "name": "Musterwerk Industrie GmbH", "currency": "EUR", "zone": "Europe/Berlin"},
        "start": ISO[START], "end": ISO[END],
        "accounts": [{"currency": currency, "account": account} for currency, account in ACCOUNTS.items()],
        "own_accounts_elsewhere": [SAVINGS],
        "non_receivable": rules(),
        "tolerance": {"percent": "0.5", "max": decimals(TOLERANCE)},
        "discount_grace_days": GRACE_DAYS,
        "autocash": {"none": [], "oldest_first": ["match_invoice", "clear_account", "clear_past_due", "oldest_first"]},
        "autocash_partial_allowed": True,
        "autocash_by_segment": {"account_payers": "oldest_first", "key": "none", "standard": "none", "small": "none"},
        "bank_fee": {"max": decimals(FEE_LIMIT), "payers": "cross-border transfers",
                     "countries": sorted(set(names.COUNTRIES) - names.FREE_OF_CHARGES)},
        "withholding_tax_percent": {country: str(rate) for country, rate in sorted(names.WITHHOLDING.items())},
    }
