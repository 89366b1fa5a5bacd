#include "formats/bank_csv/columns.hpp"

#include <algorithm>
#include <map>

#include "formats/bank_csv/entry.hpp"
#include "owed/currency.hpp"

namespace owed::formats::bank_csv {

using csv::shown;

namespace {

constexpr std::array<std::string_view, role_count> role_names{
    "booking_date", "value_date", "amount", "gross", "debit", "credit", "sign", "currency", "counterparty", "payer", "payee", "counterparty_account",
    "counterparty_bank", "account", "balance", "bank_ref", "entry_ref", "end_to_end_id", "mandate_id", "code", "status", "charge", "text"};

/// Headings as banks write them, folded. The weak ones count only where no strong one of the role is in the file.
struct Headings {
    Role role;
    bool strong;
    std::vector<std::string_view> names;
};

const std::vector<Headings>& headings() {
    static const std::vector<Headings> all{
        {Role::booking_date, true,
         {"bookingdate", "buchungstag", "buchungsdatum", "buchung", "postingdate", "posteddate", "posted", "transactiondate", "transdate", "completeddate", "entrydate", "dateoperation",
          "datedoperation", "dateoperations", "datecomptable", "datecomptabilisation", "datedecomptabilisation", "fechaoperacion", "fechadeoperacion", "fechacontable", "foperacion",
          "dataoperazione", "datacontabile", "dataregistrazione", "boekdatum", "boekingsdatum", "datumboeking", "bokforingsdag", "bokforingsdatum", "bogforingsdato", "bokforingsdato",
          "kirjauspaiva", "dataoperacji", "dataksiegowania", "datamovimento", "datadomovimento", "datalancamento"}},
        {Role::booking_date, false, {"date", "datum", "fecha", "data", "dato"}},
        {Role::value_date, true,
         {"valuedate", "valutadatum", "wertstellung", "wertstellungstag", "wertstellungsdatum", "datevaleur", "datedevaleur", "fechavalor", "fvalor", "datavaluta", "rentedatum",
          "valutadato", "valutadag", "interestdate", "effectivedate", "datavalor", "arvopaiva", "datawaluty"}},
        {Role::amount, true,
         {"amount", "transactionamount", "bookedamount", "betrag", "umsatz", "umsatzbetrag", "montant", "importe", "importo", "bedrag", "transactiebedrag", "belopp", "belob", "beloep",
          "kwota", "maara", "valor", "montante", "net", "netto", "neto"}},
        {Role::gross, true, {"gross", "brutto", "bruto", "brut"}},
        {Role::debit, true,
         {"debit", "debits", "debitamount", "montantdebit", "soll", "lastschrift", "belastung", "ausgang", "ausgaben", "debet", "debito", "debe", "cargo", "cargos", "adeudo", "withdrawal",
          "withdrawals", "withdrawalamount", "paidout", "moneyout", "addebiti", "addebito", "dare", "uscite", "uit", "sortie", "obciazenia"}},
        {Role::credit, true,
         {"credit", "credits", "creditamount", "montantcredit", "haben", "gutschrift", "eingang", "einnahmen", "kredit", "credito", "haber", "abono", "abonos", "deposit", "deposits",
          "depositamount", "paidin", "moneyin", "accrediti", "accredito", "avere", "entrate", "entree", "uznania"}},
        {Role::sign, true,
         {"debitcredit", "creditdebit", "dc", "cd", "drcr", "crdr", "dbcr", "sollhaben", "habensoll", "sh", "sollhabenkennzeichen", "afbij", "bijaf", "creditdebitindicator",
          "debitcreditindicator", "cdtdbtind", "sens", "signe", "segno", "signo", "debitcredito"}},
        {Role::currency, true, {"currency", "currencycode", "ccy", "wahrung", "waehrung", "whg", "devise", "moneda", "divisa", "munt", "muntsoort", "waluta"}},
        {Role::counterparty, true,
         {"counterparty", "counterpartyname", "beguenstigterzahlungspflichtiger", "begunstigterzahlungspflichtiger", "namezahlungsbeteiligter", "zahlungsbeteiligter",
          "auftraggeberempfanger", "auftraggeberempfaenger", "auftraggeberbegunstigter", "auftraggeberbeguenstigter", "empfangerauftraggeber", "tegenpartij", "naamtegenpartij",
          "naamomschrijving", "nomcontrepartie", "contrepartie", "ordenantebeneficiario", "beneficiarioordenante", "partnername", "partner", "payerpayee", "payeepayer", "kontrahent"}},
        {Role::counterparty, false, {"name", "naam", "nom", "nombre", "nome"}},
        {Role::payer, true,
         {"payer", "payername", "auftraggeber", "zahlungspflichtiger", "zahlungspflichtige", "zahlungspflichtiger", "sender", "remitter", "ordenante", "ordinante", "fromname",
          "donneurdordre"}},
        {Role::payee, true,
         {"payee", "payeename", "empfanger", "empfaenger", "zahlungsempfanger", "zahlungsempfangerin", "beguenstigter", "begunstigter", "beneficiary", "beneficiaryname", "beneficiaire",
          "beneficiario", "begunstigde", "toname"}},
        {Role::counterparty_account, true,
         {"counterpartyaccount", "counterpartyiban", "ibanzahlungsbeteiligter", "kontonummeriban", "ibankontonummer", "gegenkonto", "gegenkontoiban", "tegenrekening",
          "tegenrekeningibanbban", "rekeningtegenpartij", "comptecontrepartie", "ibancontrepartie", "payeeaccount", "payeraccount", "beneficiaryaccount", "partneriban", "partneraccount",
          "cuentacontrapartida"}},
        {Role::counterparty_bank, true, {"bic", "bicswift", "bicswiftcode", "biczahlungsbeteiligter", "swift", "counterpartybic", "bictegenpartij"}},
        {Role::account, true,
         {"auftragskonto", "ibanauftragskonto", "ownaccount", "ownaccountnumber", "accountiban", "ibanbban"}},
        {Role::account, false,
         {"iban", "account", "konto", "compte", "cuenta", "conto", "accountnumber", "accountno", "kontonummer", "rekening", "rekeningnummer", "numerodecompte", "numerocompte",
          "numerodecuenta", "numeroconto"}},
        {Role::balance, true,
         {"balance", "runningbalance", "accountbalance", "balanceafter", "bookedbalance", "saldo", "saldonachbuchung", "kontostand", "solde", "soldecomptable", "saldonatrn",
          "saldonamutatie", "resultingbalance", "saldocontable", "saldocontabile"}},
        {Role::bank_ref, true,
         {"ref", "reference", "bankreference", "bankref", "transactionid", "transactionreference", "transactionnumber", "referenz", "bankreferenz", "buchungsreferenz", "referencia",
          "riferimento", "referentie", "transactiereferentie", "volgnr", "referencenumber", "fitid", "transaktionscode", "codigodetransaccion"}},
        {Role::entry_ref, true, {"checknumber", "chequenumber", "checkno", "customerreference", "yourreference", "sammlerreferenz"}},
        {Role::end_to_end_id, true, {"endtoendid", "endtoendreference", "endtoendreferenz", "endtoend", "e2eid", "kundenreferenz", "kundenreferenzendtoend"}},
        {Role::mandate_id, true, {"mandateid", "mandatereference", "mandatsreferenz", "referencemandat", "machtigingskenmerk"}},
        {Role::code, true, {"buchungstext", "bookingtext", "transactiontype", "type", "typ", "art", "umsatzart", "umsatztyp", "mutatiesoort", "transactioncode", "vorgang", "code", "gvc", "tipo"}},
        {Role::status, true, {"status", "state", "info", "estado", "stato", "etat", "statut"}},
        {Role::charge, true, {"fee", "fees", "charges", "gebuhr", "gebuehr", "entgelt", "frais", "comision", "tarifa", "commissioni"}},
        {Role::text, true,
         {"description", "details", "text", "memo", "narrative", "particulars", "verwendungszweck", "purpose", "libelle", "libelles", "libelleoperation", "communication", "communications",
          "concepto", "descripcion", "causale", "descrizione", "omschrijving", "omschrijving1", "omschrijving2", "omschrijving3", "mededelingen", "remittanceinformation", "remittanceinfo",
          "remittance", "paymentdetails", "paymentreference", "transactiondetails", "transactiondescription", "beschreibung", "buchungsdetails", "zahlungsgrund", "note", "notes", "message",
          "meddelande", "viesti", "tytul", "descricao", "informationscomplementaires", "observaciones"}},
    };
    return all;
}

struct Meaning {
    Role role;
    bool strong;
};

const std::map<std::string_view, Meaning>& dictionary() {
    static const std::map<std::string_view, Meaning> all = [] {
        std::map<std::string_view, Meaning> out;
        for (const Headings& h : headings())
            for (std::string_view name : h.names) out.emplace(name, Meaning{h.role, h.strong});
        return out;
    }();
    return all;
}

bool is_currency(std::string_view upper) { return find_currency(upper).has_value(); }

/// "betrageur" -> "betrag" and EUR; "betragineur" likewise; "Betrag (€)" says it by its sign.
std::string take_currency(std::string_view heading, std::string& folded) {
    if (heading.find("€") != std::string_view::npos) return "EUR";
    if (folded.size() < 6) return {};
    std::string last = folded.substr(folded.size() - 3);
    for (char& c : last) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    if (!is_currency(last)) return {};
    std::string rest = folded.substr(0, folded.size() - 3);
    if (rest.ends_with("in") && dictionary().contains(std::string_view{rest}.substr(0, rest.size() - 2))) rest.resize(rest.size() - 2);
    if (!dictionary().contains(rest)) return {};
    folded = rest;
    return last;
}

std::optional<Meaning> meaning_of(std::string_view heading, std::string& currency) {
    std::string folded = csv::folded(heading);
    auto known = dictionary().find(folded);
    if (known != dictionary().end()) {
        currency = take_currency(heading, folded);
        return known->second;
    }
    currency = take_currency(heading, folded);
    known = dictionary().find(folded);
    if (known == dictionary().end()) return {};
    return known->second;
}

/// Roles that decide over money or days: two columns for one of them are a question, not a choice.
bool must_be_one(Role role) {
    switch (role) {
        case Role::booking_date: case Role::value_date: case Role::amount: case Role::gross: case Role::debit: case Role::credit: case Role::sign:
        case Role::currency: case Role::account: case Role::balance: case Role::status: case Role::charge:
            return true;
        case Role::counterparty: case Role::payer: case Role::payee: case Role::counterparty_account: case Role::counterparty_bank: case Role::bank_ref:
        case Role::entry_ref: case Role::end_to_end_id: case Role::mandate_id: case Role::code: case Role::text:
            return false;
    }
    return true;
}

Status assign(Columns& columns, Role role, std::size_t column, const csv::Header& header) {
    if (role == Role::text) {
        columns.text.push_back(column);
        return {};
    }
    if (auto other = columns[role]) {
        if (!must_be_one(role)) return {};
        return fail(Errc::malformed_input, "the columns " + shown(header.names[*other]) + " and " + shown(header.names[column]) + " could both be the " +
                                               std::string{name_of(role)}, {}, "say which in a profile (columns)");
    }
    columns.set(role, column);
    return {};
}

/// "Amount" beside "Net": the net is what moves the account. "Gross" alone is the amount. "Payee" alone is the counterparty.
void settle(Columns& columns) {
    auto move_to = [&](Role from, Role to) {
        if (!columns[from] || columns[to]) return;
        columns.set(to, *columns[from]);
        columns.at[static_cast<std::size_t>(from)].reset();
    };
    if (!columns.has_amount()) move_to(Role::gross, Role::amount);
    if (!(columns[Role::payer] && columns[Role::payee])) {
        move_to(Role::payee, Role::counterparty);
        move_to(Role::payer, Role::counterparty);
    }
}

/// "Kontonummer" beside "Auftragskonto", or "IBAN" after the other party's name, is the other party's.
Role role_of_account(const Columns& columns, std::size_t column) {
    auto before = [&](Role role) { return columns[role] && *columns[role] < column; };
    bool after_name = before(Role::counterparty) || before(Role::payee) || before(Role::payer);
    bool taken = columns[Role::counterparty_account].has_value();
    return columns[Role::account] || (after_name && !taken) ? Role::counterparty_account : Role::account;
}

/// "Info" is a status at savings banks and a text elsewhere.
bool says_status(const csv::Row& first_row, std::size_t column) {
    std::string_view text = column < first_row.cells.size() ? first_row.cells[column].text : std::string_view{};
    return text.empty() || find_status(text).has_value() || text.find(' ') == std::string_view::npos;
}

}  // namespace

std::string_view name_of(Role role) { return role_names[static_cast<std::size_t>(role)]; }

int score_header(const csv::Row& row) {
    std::array<bool, role_count> seen{};
    int known = 0;
    for (const csv::Cell& cell : row.cells) {
        std::string currency;
        auto meaning = meaning_of(cell.text, currency);
        if (!meaning) continue;
        ++known;
        seen[static_cast<std::size_t>(meaning->role)] = true;
    }
    auto has = [&](Role role) { return seen[static_cast<std::size_t>(role)]; };
    bool date = has(Role::booking_date) || has(Role::value_date);
    bool amount = has(Role::amount) || has(Role::gross) || has(Role::debit) || has(Role::credit);
    return date && amount ? known : 0;
}

Result<Columns> columns_by_name(const csv::Header& header, const csv::Row& first_row) {
    Columns columns;
    for (bool strong : {true, false}) {
        for (std::size_t i = 0; i < header.names.size(); ++i) {
            if (header.folded_names[i] == "valuta" && strong) {
                bool money = i < first_row.cells.size() && is_currency(first_row.cells[i].text);
                OWED_TRY_VOID(assign(columns, money ? Role::currency : Role::value_date, i, header));
                continue;
            }
            std::string currency;
            auto meaning = meaning_of(header.names[i], currency);
            if (!meaning || meaning->strong != strong) continue;
            if (!currency.empty()) columns.currency = currency;
            Role role = meaning->role;
            if (!strong && role == Role::account) {
                role = role_of_account(columns, i);
                columns.account_is_generic = role == Role::account && !columns[Role::counterparty_account];
            }
            if (role == Role::status && !says_status(first_row, i)) role = Role::text;
            if (!strong && columns[role]) continue;
            OWED_TRY_VOID(assign(columns, role, i, header));
        }
    }
    settle(columns);
    if (columns[Role::amount] && (columns[Role::debit] || columns[Role::credit]))
        return fail(Errc::malformed_input, "there is a column of amounts, " + shown(header.names[*columns[Role::amount]]) + ", and columns of debits and credits", {},
                    "say which in a profile (columns)");
    return columns;
}

Result<Columns> columns_by_profile(const Profile& profile, const csv::Header& header, std::string_view file_name) {
    Columns columns;
    for (const auto& [role, name] : profile.columns) {
        std::string where = std::string{file_name} + ':' + std::to_string(header.line);
        auto column = header.column(name);
        if (!column && name.find_first_not_of("0123456789") == std::string::npos && name.size() < 5 && name != "0") {
            auto number = static_cast<std::size_t>(std::stoul(name));
            if (number <= header.names.size()) column = number - 1;
        }
        if (!column) return fail(Errc::malformed_input, column.error().what, where, "correct columns." + std::string{name_of(role)} + " in the profile, or the export");
        OWED_TRY_VOID(assign(columns, role, *column, header));
    }
    return columns;
}

}  // namespace owed::formats::bank_csv
