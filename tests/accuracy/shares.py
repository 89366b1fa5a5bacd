"""How people pay, as one table: change a figure here and the bench changes with it.

Each row is (name, weight, why people do it). Weights are relative within their table. Rows that can only befall some
customers (a discount needs a discount term) say so; for the others the draw falls back to `full`.
"""

# Of every 1000 bank lines.
LINES = {
    "non_receivable": 75,   # a treasury account also sees interest, own transfers, refunds: 6 to 9 % of credits
    "return": 10,           # R-transactions, bounced checks and recalls of payments already booked
}

# WHAT is paid: how the money relates to the documents. (customers' receipts without a standing policy)
WHAT = [
    ("full", 600, "one document, to the cent: most people pay what the invoice says"),
    ("several", 200, "a payment run collects what is due this week or month (2 to 40 documents, one of 400)"),
    ("partial", 22, "short of cash, or a round instalment; often followed by the rest"),
    ("credit_deducted", 30, "the payer's ledger nets our credit memos before it pays"),
    ("discount_in_time", 50, "customers with discount terms pay early and keep it"),
    ("discount_grace", 9, "a few days late, within what we tolerate (discount terms)"),
    ("discount_unearned", 7, "takes it weeks late all the same (discount terms)"),
    ("tolerance", 20, "cents: rounding of tax per line, a decimal typed wrongly, formatting without cents"),
    ("bank_fee", 25, "charges SHA/OUR are withheld on the way (cross-border payers)"),
    ("withholding_tax", 250, "the payer must withhold tax at home (countries with a rate)"),
    ("short_pay", 20, "freight, damage, price or promotion disputed and deducted"),
    ("over_pay", 9, "a digit too many, freight paid twice, a rounded standing order"),
    ("duplicate", 8, "the same invoice is in two payment runs, days apart"),
    ("settled_again", 4, "an old paper copy is paid a second time, months later"),
    ("stale_number", 6, "last month's transfer is copied with its old number; the amount is the new invoice's"),
    ("before_invoice", 8, "pays by order or pro forma before the invoice is dated"),
    ("deposit", 7, "down payment for an order that has no invoice"),
    ("unknown_amount_only", 3, "someone unknown sends an amount and nothing else"),
]

# HOW a single document is named.
HOW = [
    ("structured", 165, "the reference of the invoice, typed by software or scanned"),
    ("printed", 345, "the number as printed"),
    ("reformatted", 120, "other separators, blanks or case"),
    ("prefix_lost", 75, "only the running number: the form has a digits-only field"),
    ("zeros_lost", 35, "spreadsheets drop leading zeros"),
    ("transposed", 14, "two digits swapped by hand"),
    ("wrong_digit", 15, "one digit misread"),
    ("missing_digit", 8, "one digit not typed"),
    ("others_number", 8, "a slip that hits an existing document of somebody else"),
    ("order", 22, "our order number, from the confirmation"),
    ("purchase_order", 30, "the payer's own purchase order"),
    ("delivery", 14, "the delivery note is what the warehouse signed"),
    ("customer_number", 26, "customer number only"),
    ("contract", 10, "contract number only: services and rents"),
    ("advice", 42, "an advice follows by e-mail, or a stub lies with the check"),
    ("none", 95, "nothing but the name: small firms, standing orders"),
]

# HOW a payment run names its documents.
HOW_SEVERAL = [
    ("list", 560, "the numbers one after the other, as far as the bank's text reaches"),
    ("shorthand", 60, "first number whole, then only the last digits"),
    ("advice", 290, "software sends an advice"),
    ("list_typo", 20, "typed by hand, one of them wrong"),
    ("none", 50, "only the sum"),
]

# WHO sends it, for customers that pay themselves.
WHO = [
    ("own", 930, "from an account of their own"),
    ("own_other_account", 35, "from a new account we have not seen"),
    ("psp", 12, "a payment service sends it under its own name"),
    ("person", 14, "the owner's private account"),
    ("care_of", 9, "c/o a bookkeeper's office, the customer named behind it"),
]

# Properties of customers, per mille.
CUSTOMERS = {
    "account_on_file": 560,     # master data lag behind: about half
    "second_account": 90,
    "discount_terms": 330,
    "reference_on_invoices": 480,
    "recurring": 110,           # rent, maintenance, subscriptions: equal amounts month after month
    "policy_oldest_first": 40,  # agreed account payers: round sums, never a number
    "twin_name": 45,            # another legal form, a sister firm, a brother
    "in_group": 90,             # a parent may pay
    "factor": 15,
    "agent": 15,
    "relation_known": 780,      # of groups, factors, agents: master data know them
    "relation_expired": 60,     # known, but ended before the bench
}
PARENT_PAYS = 650               # of 1000 receipts for a child in a group

NON_RECEIVABLE = [
    ("interest", 120, "credit interest"),
    ("own_transfer", 300, "cash pooling, transfers between our own accounts"),
    ("supplier_refund", 240, "suppliers send back what was paid too much"),
    ("tax_refund", 110, "VAT refunds of the tax office"),
    ("insurance", 90, "claims paid"),
    ("cash_deposit", 140, "tills and stamps paid in at the branch"),
]


class Draw:
    """Weighted draws from one of the tables above; cumulative weights are made once."""

    def __init__(self, table, without=()):
        rows = [row for row in table if row[0] not in without]
        self.names = [row[0] for row in rows]
        self.cumulative, total = [], 0
        for row in rows:
            total += row[1]
            self.cumulative.append(total)

    def __call__(self, rng):
        return rng.choices(self.names, cum_weights=self.cumulative)[0]
