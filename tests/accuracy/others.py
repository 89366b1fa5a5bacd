"""Money that is no customer's: interest, own transfers, refunds, tax, insurance, cash."""

import bank_text
import names
import shares
from world import ACCOUNTS, BANK_NAME, INSURER, SAVINGS, TAX_OFFICE, bank_account, suppliers

KIND = shares.Draw(shares.NON_RECEIVABLE)
SUPPLIERS = suppliers()
CODES = {"interest": {"camt": "PMNT/MCOP/INTR", "bai2": "354", "mt940": "NINT"}, "own_transfer": {"camt": "PMNT/ICDT/BOOK", "bai2": "275"},
         "tax_refund": {"camt": "PMNT/RCDT/TAXE"}, "cash_deposit": {"camt": "PMNT/CNTR/CDPT", "bai2": "301", "mt940": "NCHG"}}


def line(rng, day):
    """(kind, certain, layout, currency, amount, payer name, payer account, code, text)."""
    kind = KIND(rng)
    currency = rng.choices(["EUR", "USD", "GBP", "JPY"], [80, 10, 6, 4])[0]
    if kind in ("tax_refund", "insurance", "supplier_refund"):
        currency = "EUR"
    layout = bank_text.layout_for(rng, currency)
    normal = bank_text.LAYOUTS[layout][4]
    obvious = CODES.get(kind, {}).get({"mt940_short": "mt940"}.get(layout, layout))
    code = obvious if obvious and rng.random() < 0.6 else normal
    clear = code is not normal          # then the words may say anything or nothing
    amount = max(105, int(rng.lognormvariate(10.5, 1.3)))
    return (kind, *_words(rng, kind, clear, day, currency), layout, currency, amount, code)


def _words(rng, kind, clear, day, currency):
    """(certain, name, account, text). What a line says is what such lines say; few say nothing at all."""
    if kind == "interest":
        return True, "" if clear and rng.random() < 0.5 else BANK_NAME, "", rng.choice([
            "HABENZINSEN 4. QUARTAL", "CREDIT INTEREST", "ZINSEN PER 31.12."])
    if kind == "own_transfer":
        account = rng.choice([SAVINGS] + [a for c, a in ACCOUNTS.items() if c != currency])
        told = rng.random() < 0.7
        return True, "" if not told else "MUSTERWERK INDUSTRIE GMBH", account if not told or rng.random() < 0.7 else "", \
            rng.choice(["UEBERTRAG", "CASH POOL", "Liquiditaetsausgleich", f"UMB {rng.randrange(10000, 99999)}", ""])
    if kind == "supplier_refund":
        name, account = rng.choice(SUPPLIERS)
        number = rng.randrange(10000, 999999)
        told = rng.choice([f"LIEFERANTENGUTSCHRIFT {number}", f"SUPPLIER REFUND {number}", f"ERSTATTUNG EINKAUF {number}"])
        if rng.random() < 0.02:          # a supplier nobody has on file, without a word why: a clerk has to ask
            return False, names.coined(rng).upper() + "IA", bank_account(rng, "DE"), f"RG {number}"
        if rng.random() < 0.35:
            return True, name.upper(), account, rng.choice([f"GS {number}", f"RE {number % 9000}/26", f"Gutschrift {number}", ""])
        return True, name.upper()[:27], account if rng.random() < 0.6 else "", told
    if kind == "tax_refund":
        return True, TAX_OFFICE if rng.random() < 0.8 else TAX_OFFICE.upper()[:18], "", rng.choice(
            [f"UMSATZSTEUER ERSTATTUNG {day % 12 + 1:02d}/25 STNR 99/999/0{rng.randrange(1000, 9999)}", "USt-Voranmeldung Guthaben"])
    if kind == "insurance":
        return True, INSURER.upper() if rng.random() < 0.7 else "REGULIERUNGSSTELLE WEST", "", f"SCHADENNUMMER {rng.randrange(10**6, 10**7)}"
    return True, "", "", rng.choice([f"BAREINZAHLUNG FIL. {rng.randrange(10, 99)}", "CASH DEPOSIT"])
