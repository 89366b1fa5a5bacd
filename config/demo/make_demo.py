#!/usr/bin/env python3
"""Makes the files of the demo company: two entities, forty customers, a few hundred documents, and bank files in four
formats that pay them as people really pay. Everything is invented; the same run gives the same bytes.

    python3 config/demo/make_demo.py        writes config/demo/days/<date>/...

Days: 2026-03-31 (cut-over and first notices), 2026-04-14 (second notices), 2026-04-30 (letters, an agency pays).
"""
import csv
import datetime as dt
import io
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
DAYS = [dt.date(2026, 3, 31), dt.date(2026, 4, 14), dt.date(2026, 4, 30)]
rng = random.Random(20260331)

EMEA = [
    ("Nordlicht Anlagenbau GmbH", "Hafenstr. 12", "24103", "Kiel", "DE", "de"),
    ("Bergmann & Söhne KG", "Am Markt 3", "99084", "Erfurt", "DE", "de"),
    ("Rheinwerk Verpackung AG", "Industriestr. 45", "40221", "Düsseldorf", "DE", "de"),
    ("Alpenquell Getränke GmbH", "Seeweg 8", "83209", "Prien", "DE", "de"),
    ("Ostsee Logistik GmbH & Co. KG", "Kai 7", "18147", "Rostock", "DE", "de"),
    ("Müller-Feinmechanik GmbH", "Uhrenweg 19", "78120", "Furtwangen", "DE", "de"),
    ("Havelland Agrar eG", "Dorfstr. 2", "14641", "Nauen", "DE", "de"),
    ("Schwarzwald Holzbau GmbH", "Tannenweg 5", "79822", "Neustadt", "DE", "de"),
    ("Elbtal Keramik GmbH", "Töpfergasse 14", "01662", "Meißen", "DE", "de"),
    ("Weser Medizintechnik GmbH", "Klinikring 30", "28205", "Bremen", "DE", "de"),
    ("Donau Stahlhandel GmbH", "Werftstr. 88", "94032", "Passau", "DE", "de"),
    ("Lahnberg Software AG", "Schlossallee 1", "35037", "Marburg", "DE", "de"),
    ("Wiener Lichtwerke GesmbH", "Lerchenfelder Str. 60", "1080", "Wien", "AT", "de"),
    ("Atelier Roussel SARL", "18 rue des Tilleuls", "69003", "Lyon", "FR", "fr"),
    ("Boulangerie Vasseur SAS", "5 place du Moulin", "59000", "Lille", "FR", "fr"),
    ("Papeterie du Lac SA", "44 avenue du Lac", "74000", "Annecy", "FR", "fr"),
    ("Conservas Altamira S.L.", "Calle del Puerto 21", "39002", "Santander", "ES", "es"),
    ("Talleres Robledo S.A.", "Avenida de la Paz 9", "50008", "Zaragoza", "ES", "es"),
    ("Vinos de la Ribera S.L.", "Plaza Mayor 4", "09400", "Aranda", "ES", "es"),
    ("Oakhurst Instruments Ltd", "27 Mill Lane", "CB1 2AB", "Cambridge", "GB", "en"),
    ("Greenfield Packaging B.V.", "Havenweg 50", "3011 WT", "Rotterdam", "NL", "en"),
    ("Fjordby Marine A/S", "Havnegade 11", "5000", "Odense", "DK", "en"),
]
US = [
    ("Prairie Feed & Seed Inc", "400 Elevator Rd", "67401", "Salina", "KS"),
    ("Lakeshore Plumbing Supply LLC", "1550 Harbor Dr", "49441", "Muskegon", "MI"),
    ("Blue Mesa Outfitters Inc", "72 Canyon St", "81501", "Grand Junction", "CO"),
    ("Harborview Dental Group", "9 Wharf Ave", "04101", "Portland", "ME"),
    ("Summit Ridge Builders LLC", "310 Pine Ct", "83702", "Boise", "ID"),
    ("Delta Pine Furniture Co", "88 Levee Rd", "38701", "Greenville", "MS"),
    ("Copper Canyon Tools Inc", "1200 Smelter Way", "85501", "Globe", "AZ"),
    ("Bayou Electric Cooperative", "65 Cypress Ln", "70360", "Houma", "LA"),
    ("Northern Lights Brewing Co", "18 Aurora St", "99701", "Fairbanks", "AK"),
    ("Keystone Print Works Inc", "240 Press Alley", "17101", "Harrisburg", "PA"),
    ("Silverlake Optics Corp", "5100 Mirror Blvd", "94022", "Los Altos", "CA"),
    ("Maple Hollow Dairy LLC", "3 Creamery Rd", "05401", "Burlington", "VT"),
    ("Ironwood Machine Shop Inc", "77 Forge St", "49938", "Ironwood", "MI"),
    ("Cedar Falls Medical Supply", "600 Clinic Dr", "50613", "Cedar Falls", "IA"),
    ("Gulfstream Rigging LLC", "41 Dock St", "77550", "Galveston", "TX"),
    ("Redwood Paper Goods Inc", "900 Mill Rd", "95501", "Eureka", "CA"),
    ("Whitetail Sporting Goods", "15 Ridge Ave", "54601", "La Crosse", "WI"),
    ("Palmetto Textile Mills Inc", "2020 Loom St", "29301", "Spartanburg", "SC"),
]


def iban(country, bban):
    digits = "".join(str(int(c, 36)) for c in bban + country + "00")
    return f"{country}{98 - int(digits) % 97:02d}{bban}"


def rf(body):
    digits = "".join(str(int(c, 36)) for c in body + "RF00")
    return f"RF{98 - int(digits) % 97:02d}{body}"


def money(cents):
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


class Customer:
    def __init__(self, entity, number, row):
        self.entity, self.number, self.name = entity, number, row[0]
        self.street, self.postcode, self.city = row[1], row[2], row[3]
        self.country = row[4] if entity == "emea" else "US"
        self.region = "" if entity == "emea" else row[4]
        self.language = row[5] if entity == "emea" else "en-US"
        slug = "".join(c for c in self.name.lower() if c.isascii() and c.isalnum())[:14]
        self.email = f"ap@{slug}.example"
        self.account = ""
        self.terms = rng.choice([14, 30, 30, 30])
        self.channel = ""
        self.block = ""


class Document:
    def __init__(self, customer, number, kind, date, cents):
        self.customer, self.number, self.kind, self.date, self.cents = customer, number, kind, date, cents
        self.due = date + dt.timedelta(days=customer.terms) if kind == "invoice" else date
        self.open = cents
        self.paid_on = None
        self.level, self.last_notice = "", ""
        self.reference = ""
        self.exported = False


def make_customers():
    customers = []
    for i, row in enumerate(EMEA):
        c = Customer("emea", str(10001 + i), row)
        if i % 3 != 2:
            shape = {"DE": "37050198{:010d}", "AT": "12000{:011d}", "FR": "3000600001{:013d}", "ES": "21000418{:012d}", "GB": "MIDL400515{:08d}",
                     "NL": "ABNA{:010d}", "DK": "0040{:010d}"}[c.country]
            c.account = iban(c.country, shape.format(i * 7919 + 4711))
        customers.append(c)
    for i, row in enumerate(US):
        c = Customer("us", f"C{200 + i}", row)
        if i % 3 != 1:
            c.account = f"40{i:02d}77{i * 37 + 1000}"
        customers.append(c)
    by_name = {c.name: c for c in customers}
    by_name["Havelland Agrar eG"].email = ""                  # letters only
    by_name["Elbtal Keramik GmbH"].channel = "letter"
    by_name["Delta Pine Furniture Co"].channel = "letter"
    by_name["Lahnberg Software AG"].block = "key account: sales speaks to them first"
    return customers


def make_documents(customers):
    documents, counters = [], {"emea": 2600100, "us": 7700}
    for c in customers:
        for _ in range(rng.randint(7, 11)):
            date = dt.date(2026, 1, 5) + dt.timedelta(days=rng.randint(0, 112))
            cents = rng.choice([rng.randint(9000, 90000), rng.randint(90000, 900000), rng.randint(20000, 60000)])
            counters[c.entity] += rng.randint(1, 3)
            number = f"RE-{counters['emea']}" if c.entity == "emea" else f"INV{counters['us']}"
            d = Document(c, number, "invoice", date, cents)
            if c.entity == "emea" and rng.random() < 0.3:
                d.reference = rf(f"26{counters['emea']}")
            documents.append(d)
    for c in rng.sample(customers, 9):
        counters[c.entity] += 1
        date = dt.date(2026, 2, 10) + dt.timedelta(days=rng.randint(0, 60))
        number = f"GS-{counters['emea']}" if c.entity == "emea" else f"CM{counters['us']}"
        documents.append(Document(c, number, "credit_memo", date, rng.randint(3000, 15000)))
    old = [d for d in documents if d.kind == "invoice" and d.due < DAYS[0] - dt.timedelta(days=35)]
    for d in old:                                             # older ones were paid before cut-over, most of them
        if rng.random() < 0.7:
            d.open = 0
    return documents


def set_cut_over_levels(documents):
    """Items the old system had dunned already: day one must chase nobody anew."""
    for d in documents:
        if d.kind != "invoice" or d.open == 0:
            continue
        late = (DAYS[0] - d.due).days
        if late > 20:
            d.level, d.last_notice = ("1", DAYS[0] - dt.timedelta(days=16)) if late < 34 else ("2", DAYS[0] - dt.timedelta(days=10))
    for name, due in (("Donau Stahlhandel GmbH", dt.date(2026, 1, 19)), ("Copper Canyon Tools Inc", dt.date(2026, 1, 21))):
        mine = [d for d in documents if d.customer.name == name and d.kind == "invoice"]
        for d in mine:
            d.open, d.level, d.last_notice = (d.open, "", "") if d.date > dt.date(2026, 3, 20) else (0, "", "")
        mine.sort(key=lambda d: d.date)
        first = mine[0]
        first.date, first.due = due - dt.timedelta(days=first.customer.terms), due
        first.open, first.level, first.last_notice = first.cents, "3", dt.date(2026, 3, 16)
        for d in mine[1:]:
            d.open = 0 if d.date <= dt.date(2026, 3, 20) else d.open


class Line:
    """One bank line as a payer causes it."""

    def __init__(self, customer, cents, text, reference="", name=None, account=None):
        self.cents, self.text, self.reference = cents, text, reference
        self.name = customer.name if name is None else name
        self.account = customer.account if account is None else account


def typo(number):
    digits = [i for i, c in enumerate(number) if c.isdigit()]
    i = digits[-2]
    return number[:i] + number[i + 1] + number[i] + number[i + 2:] if number[i] != number[i + 1] else number[:i] + str((int(number[i]) + 1) % 10) + number[i + 1:]


def say(entity, numbers):
    if entity == "emea":
        return rng.choice(["Rechnung ", "RE ", "Zahlung ", ""]) + " ".join(numbers)
    return rng.choice(["invoice ", "PMT ", ""]) + " ".join(numbers)


def payments(entity, documents, day, previous):
    """What arrives in the bank between the previous day and this one, and how each payer does it."""
    lines = []
    customers = {d.customer.number: d.customer for d in documents if d.customer.entity == entity}
    slow = {"Donau Stahlhandel GmbH", "Copper Canyon Tools Inc", "Schwarzwald Holzbau GmbH", "Bayou Electric Cooperative",
            "Talleres Robledo S.A.", "Elbtal Keramik GmbH", "Boulangerie Vasseur SAS", "Ironwood Machine Shop Inc"}
    for c in [c for c in customers.values() for _ in range(2)]:
        if c.name in slow:
            continue
        due = [d for d in documents if d.customer is c and d.kind == "invoice" and d.open == d.cents and d.paid_on is None
               and d.date < day and d.due <= day + dt.timedelta(days=4)]
        due.sort(key=lambda d: d.due)
        if not due or rng.random() < 0.12:
            continue
        how = rng.random()
        first = due[0]
        if how < 0.40:
            text, reference = (say(entity, [first.number]), "") if not first.reference else ("", first.reference)
            lines.append(Line(c, first.cents, text, reference))
            paid = [first]
        elif how < 0.60 and len(due) > 1:                     # several at once
            paid = due[:rng.randint(2, min(3, len(due)))]
            lines.append(Line(c, sum(d.cents for d in paid), say(entity, [d.number for d in paid])))
        elif how < 0.70:                                      # short: took a deduction
            lines.append(Line(c, first.cents - rng.randint(500, 4000), say(entity, [first.number])))
            paid = [first]
        elif how < 0.78:                                      # with a typo
            lines.append(Line(c, first.cents, say(entity, [typo(first.number)])))
            paid = [first]
        elif how < 0.90:                                      # without a word
            lines.append(Line(c, first.cents, rng.choice(["", "thank you", "Zahlung" if entity == "emea" else "payment"])))
            paid = [first]
        else:                                                 # nobody knows who: another name, no account
            lines.append(Line(c, first.cents, "", name=rng.choice(["R. Consult", "Treuhand Service", "Payments Dept"]), account=""))
            paid = [first]
        for d in paid:
            d.paid_on = day
    if day != DAYS[0]:                                        # paid a second time
        again = [d for d in documents if d.customer.entity == entity and d.paid_on == previous and not d.reference]
        if again:
            d = again[0]
            lines.append(Line(d.customer, d.cents, say(entity, [d.number])))
    return lines


def other_lines(entity):
    if entity == "emea":
        return [Line(None, 1237, "Zinsen 1. Quartal", name="Musterbank", account="")], [(-4950, "Kontoführung", "Musterbank")]
    return [], [(-3500, "ACCOUNT ANALYSIS FEE", "Sample Bank")]


# ---------------------------------------------------------------- files

def write(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def table(header, rows, delimiter=","):
    out = io.StringIO()
    w = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    w.writerow(header)
    w.writerows(rows)
    return out.getvalue()


def write_erp(entity, customers, documents, day, previous, folder):
    if previous is None:
        rows = [[c.number, c.name, c.email, c.language, "EUR" if entity == "emea" else "USD", c.street, c.postcode, c.city, c.region,
                 c.country, c.terms, c.account, c.channel, c.block] for c in customers if c.entity == entity]
        write(folder / "customers.csv", table(["customer_number", "name", "email", "language", "currency", "street", "postcode", "city",
                                               "region", "country", "payment_terms", "bank_account", "channel", "dunning_block"], rows))
    fresh = [d for d in documents if d.customer.entity == entity and d.open and not d.exported and d.date <= day]
    for d in fresh:
        d.exported = True
    code = "EUR" if entity == "emea" else "USD"
    rows = [[d.number, d.customer.number, d.date, d.due, money(d.cents), money(d.open), code, d.reference, d.level, d.last_notice]
            for d in fresh if d.kind == "invoice"]
    write(folder / f"invoices-{day}.csv", table(["number", "customer_number", "issued", "due", "amount", "open_amount", "currency",
                                                 "payment_reference", "dunning_level", "last_notice"], rows))
    rows = [[d.number, d.customer.number, d.date, money(d.cents), code] for d in fresh if d.kind == "credit_memo"]
    if rows:
        write(folder / f"credit-memos-{day}.csv", table(["number", "customer_number", "issued", "amount", "currency"], rows))


class Account:
    def __init__(self, number, cents):
        self.number, self.balance, self.sequence = number, cents, 0


def camt(account, day, lines, fees):
    def esc(s):
        return s.replace("&", "&amp;").replace("<", "&lt;")
    opening, entries = account.balance, []
    for i, l in enumerate(lines):
        account.balance += l.cents
        rmt = f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{l.reference}</Ref></CdtrRefInf></Strd>" if l.reference else \
            f"<Ustrd>{esc(l.text)}</Ustrd>" if l.text else ""
        acct = f"<DbtrAcct><Id><IBAN>{l.account}</IBAN></Id></DbtrAcct>" if l.account else ""
        interest = l.name == "Musterbank"
        code = "<Domn><Cd>ACMT</Cd><Fmly><Cd>MCOP</Cd><SubFmlyCd>INTR</SubFmlyCd></Fmly></Domn>" if interest else \
            "<Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>"
        entries.append(f"""   <Ntry><Amt Ccy="EUR">{money(l.cents)}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
    <BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>{day:%y%m%d}{i + 1:05d}</AcctSvcrRef>
    <BkTxCd>{code}</BkTxCd>
    <NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>{esc(l.name)}</Nm></Pty></Dbtr>{acct}</RltdPties><RmtInf>{rmt}</RmtInf></TxDtls></NtryDtls></Ntry>""")
    for i, (cents, text, name) in enumerate(fees):
        account.balance += cents
        entries.append(f"""   <Ntry><Amt Ccy="EUR">{money(-cents)}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
    <BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>{day:%y%m%d}9{i:04d}</AcctSvcrRef>
    <BkTxCd><Domn><Cd>ACMT</Cd><Fmly><Cd>MDOP</Cd><SubFmlyCd>CHRG</SubFmlyCd></Fmly></Domn></BkTxCd><AddtlNtryInf>{esc(text)}</AddtlNtryInf></Ntry>""")
    account.sequence += 1

    def bal(code, cents):
        return f"""   <Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{money(abs(cents))}</Amt><CdtDbtInd>{'CRDT' if cents >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
 <BkToCstmrStmt>
  <GrpHdr><MsgId>M{day:%Y%m%d}</MsgId><CreDtTm>{day}T06:00:00</CreDtTm></GrpHdr>
  <Stmt><Id>S{day:%Y%m%d}</Id><ElctrncSeqNb>{account.sequence}</ElctrncSeqNb><CreDtTm>{day}T06:00:00</CreDtTm>
   <Acct><Id><IBAN>{account.number}</IBAN></Id><Ccy>EUR</Ccy></Acct>
{bal('OPBD', opening)}
{bal('CLBD', account.balance)}
{chr(10).join(entries)}
  </Stmt>
 </BkToCstmrStmt>
</Document>
"""


def mt940(account, day, lines):
    def swift(cents):
        return f"{abs(cents) // 100},{abs(cents) % 100:02d}"
    opening, body = account.balance, []
    for i, l in enumerate(lines):
        account.balance += l.cents
        purpose = (f"EREF+NOTPROVIDED SVWZ+{l.reference or l.text}" if l.reference or l.text else "EREF+NOTPROVIDED")
        chunks = [purpose[k:k + 27] for k in range(0, len(purpose), 27)]
        info = "166?00SEPA GUTSCHRIFT" + "".join(f"?{20 + k}{c}" for k, c in enumerate(chunks[:9]))
        if l.account:
            info += f"?31{l.account}"
        info += f"?32{l.name[:27]}"
        if l.name[27:]:
            info += f"?33{l.name[27:54]}"
        wrapped = "\r\n".join(info[k:k + 65] for k in range(0, len(info), 65))
        body.append(f":61:{day:%y%m%d}{day:%m%d}C{swift(l.cents)}NTRFNONREF//B{day:%m%d}{i + 1:04d}\r\n:86:{wrapped}")
    account.sequence += 1
    mark = "C" if opening >= 0 else "D"
    return "\r\n".join([f":20:STARTUMS", f":25:{account.number}", f":28C:{account.sequence:05d}/001", f":60F:{mark}{day:%y%m%d}EUR{swift(opening)}",
                        *body, f":62F:C{day:%y%m%d}EUR{swift(account.balance)}", "-", ""])


def bai2(account, day, lines, fees):
    opening, rows = account.balance, []
    for i, l in enumerate(lines):
        account.balance += l.cents
        rows.append(f"16,165,{l.cents},0,{day:%m%d}{i + 1:06d},,{(l.text or 'ACH CREDIT').replace('/', ' ')}/")
        rows.append(f"88,DBNM:{l.name.replace('/', ' ')}")
        if l.account:
            rows.append(f"88,DACT:{l.account}")
    for i, (cents, text, _) in enumerate(fees):
        account.balance += cents
        rows.append(f"16,698,{-cents},0,{day:%m%d}9{i:05d},,{text}/")
    amounts = opening + account.balance + sum(l.cents for l in lines) + sum(-f[0] for f in fees)
    head = [f"01,SAMPLEBK,DEMOCO,{day:%y%m%d},0600,{day:%m%d},,,2/", f"02,DEMOCO,SAMPLEBK,1,{day:%y%m%d},,USD,2/",
            f"03,{account.number},USD,010,{opening},,,015,{account.balance},,/"]
    records = len(rows) + 2
    tail = [f"49,{amounts},{records}/", f"98,{amounts},1,{records + 2}/", f"99,{amounts},1,{records + 4}/"]
    return "\n".join(head + rows + tail) + "\n"


def ofx(account, day, lines):
    rows = []
    for i, l in enumerate(lines):
        account.balance += l.cents
        memo = (l.reference or l.text).replace("&", "&amp;")
        rows.append(f"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{day:%Y%m%d}120000[-5:EST]<TRNAMT>{money(l.cents)}<FITID>{day:%Y%m%d}{i + 1:04d}"
                    f"<NAME>{l.name[:32].replace('&', '&amp;')}" + (f"<MEMO>{memo}" if memo else "") + "</STMTTRN>")
    return f"""OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>{day:%Y%m%d}060000<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS>
<STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>021000021<ACCTID>{account.number}<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>{day:%Y%m%d}<DTEND>{day:%Y%m%d}
{chr(10).join(rows)}
</BANKTRANLIST><LEDGERBAL><BALAMT>{money(account.balance)}<DTASOF>{day:%Y%m%d}</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def agency_remittance(document, day):
    """The agency collected one placed invoice in full, kept 15 % and 19 % tax on its fee; see connectors/formats/agency."""
    gross = document.cents
    fee = (gross * 15 + 50) // 100
    tax = (fee * 19 + 50) // 100
    net = gross - fee - tax
    placement = f"{document.customer.number}-{DAYS[0]:%Y%m%d}"
    return gross, fee, tax, net, placement


def write_remittance(path, document, day):
    gross, fee, tax, net, placement = agency_remittance(document, day)
    sums = [money(x) for x in (gross, fee, tax, net)]
    text = table(["HEADER", "Inkasso Nordstern", f"RM-{day:%Y%m%d}", str(day)], [])
    text += table(["placement", "customer", "document", "payment_date", "currency", "gross", "fee_rate", "fee", "tax", "net", "state"],
                  [[placement, document.customer.number, document.number, day - dt.timedelta(days=2), "EUR", sums[0], "15.00", *sums[1:], "paid"]])
    text += table(["CONTROL", 1, *sums, "EUR"], [])
    write(path, text)
    return net


def main():
    customers = make_customers()
    documents = make_documents(customers)
    set_cut_over_levels(documents)
    accounts = {"camt": Account("DE89370400440532013000", 125_430_17), "mt940": Account("DE12500105170648489890", 40_112_05),
                "bai2": Account("4000123456", 88_201_40), "ofx": Account("700044556", 12_750_00)}
    placed = next(d for d in documents if d.customer.name == "Donau Stahlhandel GmbH" and d.level == "3")
    previous = None
    for day in DAYS:
        folder = HERE / "days" / str(day)
        for entity in ("emea", "us"):
            write_erp(entity, customers, documents, day, previous, folder / f"erp-{entity}")
        emea, us = payments("emea", documents, day, previous), payments("us", documents, day, previous)
        extra, fees = other_lines("emea")
        half = (len(emea) + 1) // 2
        first = emea[:half] + (extra if day == DAYS[0] else [])
        if day == DAYS[2]:
            net = write_remittance(folder / "agency" / f"remittance-{day:%Y%m%d}.csv", placed, day)
            first.append(Line(None, net, f"RM-{day:%Y%m%d}", name="Inkasso Nordstern", account="DE88100900001234567892"))
        write(folder / "bank-emea" / f"camt053-{day}.xml", camt(accounts["camt"], day, first, fees))
        write(folder / "bank-emea" / f"umsatz-{day}.sta", mt940(accounts["mt940"], day, emea[half:]))
        half = (len(us) + 1) // 2
        write(folder / "bank-us" / f"bai2-{day}.txt", bai2(accounts["bai2"], day, us[:half], other_lines("us")[1]))
        write(folder / "bank-us" / f"checking-{day}.ofx", ofx(accounts["ofx"], day, us[half:]))
        previous = day


if __name__ == "__main__":
    main()
