"""What the demo's input files say, read by a second hand: no code of owed's, only int and Decimal."""
import csv
import decimal
import re
import xml.etree.ElementTree

from company import ROOT

DAYS = ROOT / "config/demo/days"
Decimal = decimal.Decimal


def rows(pattern):
    for path in sorted(DAYS.glob(pattern)):
        with open(path, encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def documents(entity):
    """{number: row} of the ERP's invoices, and of its credit memos; the first file that names one opens it."""
    invoices, credits = {}, {}
    for row in rows(f"*/erp-{entity}/invoices*.csv"):
        invoices.setdefault(row["number"], row)
    for row in rows(f"*/erp-{entity}/credit-memos*.csv"):
        credits.setdefault(row["number"], row)
    return invoices, credits


def remittances():
    """{remittance: net amount} of the agency's files, from their control lines."""
    found = {}
    for path in sorted(DAYS.glob("*/agency*/*.csv")):
        lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        found[lines[0][2]] = lines[-1][5]
    return found


def camt(path):
    tree = xml.etree.ElementTree.parse(path)
    space = {"c": tree.getroot().tag[1:].split("}")[0]}
    for statement in tree.iterfind(".//c:Stmt", space):
        account = statement.findtext("c:Acct/c:Id/c:IBAN", namespaces=space)
        for entry in statement.iterfind("c:Ntry", space):
            sign = 1 if entry.findtext("c:CdtDbtInd", namespaces=space) == "CRDT" else -1
            yield account, sign * Decimal(entry.findtext("c:Amt", namespaces=space)), entry.findtext("c:AcctSvcrRef", namespaces=space)


def mt940(path):
    account = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(":25:"):
            account = line[4:]
        elif line.startswith(":61:"):
            mark, amount, reference = re.match(r":61:\d{6}(?:\d{4})?(C|D)([\d,]+)N.*?//(\S*)", line).groups()
            yield account, Decimal(amount.replace(",", ".")) * (1 if mark == "C" else -1), reference


def bai2(path):
    account = None
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.rstrip("/").split(",")
        if fields[0] == "03":
            account = fields[1]
        elif fields[0] == "16":       # type codes 100-399 are credits, 400-699 debits
            yield account, Decimal(int(fields[2])) / 100 * (1 if int(fields[1]) < 400 else -1), fields[4]


def ofx(path):
    text = path.read_text(encoding="ascii")
    account = re.search(r"<ACCTID>([^<\s]+)", text).group(1)
    for one in re.findall(r"<STMTTRN>(.*?)</STMTTRN>", text, re.S):
        yield account, Decimal(re.search(r"<TRNAMT>([-\d.]+)", one).group(1)), re.search(r"<FITID>([^<\s]+)", one).group(1)


def bank_entries():
    """(account, signed amount, the bank's reference) of every line of every bank file."""
    for pattern, reader in (("*/bank-*/*.xml", camt), ("*/bank-*/*.sta", mt940), ("*/bank-*/*.txt", bai2), ("*/bank-*/*.ofx", ofx)):
        for path in sorted(DAYS.glob(pattern)):
            yield from reader(path)
