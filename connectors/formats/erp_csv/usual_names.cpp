// Columns by the names that ERP exports usually give them, for files without a profile.
#include <algorithm>
#include <array>

#include "formats/csv/header.hpp"
#include "formats/erp_csv/mapping.hpp"

namespace owed::formats::erp_csv {
namespace {

struct Names {
    std::string_view field;
    std::vector<std::string_view> names;  ///< folded, the best first
};

// Sources: the demo's own exports; Oracle receivables (Fusion REST names, EBS interface columns); Intacct objects; SAP line
// items (BSID); usual German, French, Spanish, Italian and Dutch headings.
const std::vector<std::string_view> customer_number{
    "customernumber", "customerid", "customerno", "customer", "custno", "billtocustomernumber", "customeraccountnumber", "kundennummer", "kundennr", "kundenr",
    "debitor", "debitorennummer", "kunnr", "codeclient", "numeroclient", "client", "numerodecliente", "cliente", "codicecliente", "klantnummer", "klant"};
const std::vector<std::string_view> document_number{
    "documentnumber", "documentno", "docno", "invoicenumber", "invoiceno", "invoiceid", "invoice", "creditmemonumber", "creditnotenumber", "transactionnumber", "trxnumber",
    "recordid", "rechnungsnummer", "rechnungsnr", "rechnung", "belegnummer", "belegnr", "belnr", "numerofacture", "facture", "numerodefactura", "factura",
    "numerofattura", "fattura", "factuurnummer", "factuur", "number", "id"};
const std::vector<std::string_view> payment_number{"paymentnumber", "paymentid", "paymentno", "receiptnumber", "receiptid", "receiptno", "zahlungsnummer", "zahlungsnr"};
const std::vector<std::string_view> currency{"currency", "currencycode", "invoicecurrencycode", "ccy", "waehrung", "wahrung", "waers", "devise", "moneda", "divisa", "valuta"};
const std::vector<std::string_view> document_amount{"amount", "grossamount", "totalamount", "total", "gross", "totalentered", "trxtotalentered", "totaloriginalamount", "invoiceamount",
                                           "enteredamount", "amountdueoriginal", "betrag", "bruttobetrag", "brutto", "wrbtr", "montant", "montantttc", "importe", "importo", "bedrag"};
const std::vector<std::string_view> entity{"entity", "businessunit", "companycode", "bukrs", "locationid"};
const std::vector<std::string_view> terms{"paymenttermsdays", "termsdays", "paymentterms", "netdays", "zahlungszieltage"};

const std::vector<Names> document_names{
    {"id", document_number},
    {"customer", customer_number},
    {"document_date", {"documentdate", "invoicedate", "issuedate", "issued", "transactiondate", "trxdate", "whencreated", "creditmemodate", "rechnungsdatum", "belegdatum", "bldat",
                       "datefacture", "fechafactura", "datafattura", "factuurdatum", "date", "datum"}},
    {"due_date", {"duedate", "due", "whendue", "faelligkeit", "falligkeit", "faelligkeitsdatum", "falligkeitsdatum", "falligam", "faelligam", "echeance", "dateecheance", "vencimiento",
                  "fechavencimiento", "scadenza", "datascadenza", "vervaldatum"}},
    {"posting_date", {"postingdate", "gldate", "accountingdate", "whenposted", "buchungsdatum", "budat"}},
    {"amount", document_amount},
    {"tax", {"taxamount", "tax", "vat", "vatamount", "steuerbetrag", "mwst", "ust", "tva", "iva", "btw"}},
    {"net", {"netamount", "net", "subtotal", "nettobetrag", "netto", "montantht"}},
    {"currency", currency},
    {"open", {"openamount", "open", "balance", "amountdue", "totaldue", "trxtotaldue", "amountdueremaining", "totalbalanceamount", "residual", "outstanding", "offen", "offenerbetrag",
              "restantdu", "pendiente"}},
    {"order", {"ponumber", "purchaseorder", "customerreference", "customerpo", "bestellnummer", "docnumber"}},
    {"payment_reference", {"paymentreference", "structuredreference", "zahlungsreferenz"}},
    {"original_document", {"originalinvoice", "originaldocument", "originalnumber", "invoicereference", "appliesto", "ursprungsrechnung"}},
    {"dunning_level", {"dunninglevel", "mahnstufe"}},
    {"last_notice_date", {"lastnoticedate", "lastnotice", "lastdunningdate", "letztemahnung"}},
    {"text", {"description", "text", "memo", "bezeichnung"}},
    {"terms_days", {"paymenttermsdays", "termsdays", "netdays", "zahlungszieltage"}},
    {"terms", {"terms", "paymentterms", "paymentterm", "termname", "termsname", "zahlungsbedingung", "zahlungsbedingungen", "zterm", "conditionsdepaiement", "condicionesdepago",
               "condizionidipagamento", "betalingsconditie"}},
    {"discount_until", {"discountuntil", "discountdate", "discountduedate", "whendiscount", "skontobis", "skontodatum", "skontofaelligkeit", "skontofalligkeit", "dateescompte"}},
    {"discount_percent", {"discountpercent", "discountrate", "discountpct", "skontoprozent", "skontosatz", "tauxescompte"}},
    {"discount_amount", {"discountamount", "skontobetrag", "montantescompte"}},
    {"delivery", {"delivery", "deliverynote", "deliverynumber", "deliverynotenumber", "packingslip", "lieferschein", "lieferscheinnummer", "lieferscheinnr", "bonlivraison", "albaran"}},
    {"contract", {"contract", "contractnumber", "contractno", "vertrag", "vertragsnummer", "vertragsnr", "contrat", "contrato"}},
    {"disputed", {"disputed", "disputedamount", "amountindispute", "strittig", "strittigerbetrag"}},
    {"retained", {"retained", "retainedamount", "retainage", "retainageamount", "retention", "retentionamount", "einbehalt", "sicherheitseinbehalt", "retenuedegarantie"}},
    {"release_date", {"releasedate", "retainagereleasedate", "retentionreleasedate", "expectedrelease"}},
    {"freight", {"freight", "freightamount", "freightcharge", "shipping", "shippingamount", "shippingcharge", "shippingcost", "fracht", "frachtkosten", "versandkosten",
                 "fraisdeport", "fraisdetransport", "portes", "spesetrasporto", "spesespedizione", "vracht", "vrachtkosten", "verzendkosten"}},
    {"kind", {"documenttype", "transactiontype", "transactionclass", "doctype", "type", "kind", "class", "belegart"}},
    {"entity", entity},
};

std::vector<std::string_view> with_more(std::vector<std::string_view> names, std::string_view more) {
    names.push_back(more);
    return names;
}

const std::vector<Names> customer_names{
    {"id", with_more(customer_number, "accountnumber")},
    {"name", {"name", "customername", "companyname", "partyname", "legalname", "firma", "nom", "nombre", "razonsocial", "ragionesociale", "naam"}},
    {"email", {"email", "emailaddress", "dunningemail", "invoiceemail", "courriel", "correo"}},
    {"language", {"language", "languagecode", "sprache", "langue", "idioma", "lingua", "taal"}},
    {"currency", currency},
    {"contact", {"contact", "contactname", "ansprechpartner"}},
    {"street", {"street", "address1", "addressline1", "strasse", "rue", "calle", "via", "straat"}},
    {"street2", {"street2", "address2", "addressline2"}},
    {"postcode", {"postcode", "postalcode", "zip", "zipcode", "plz", "codepostal", "codigopostal", "cap"}},
    {"city", {"city", "town", "ort", "stadt", "ville", "ciudad", "citta", "plaats"}},
    {"region", {"region", "state", "province"}},
    {"country", {"country", "countrycode", "land", "pays", "pais", "paese"}},
    {"tax_id", {"taxid", "vatid", "vatnumber", "ustid", "ustidnr"}},
    {"terms_days", terms},
    {"segment", {"segment", "customersegment", "customerclass"}},
    {"parent", {"parent", "parentnumber", "parentid"}},
    {"accounts", {"accounts", "iban", "bankaccount", "payeraccount"}},
    {"dunning_block", {"dunningblock", "mahnsperre"}},
    {"channel", {"channel", "noticechannel"}},
    {"entity", entity},
};

const std::vector<Names> payment_names{
    {"id", payment_number},
    {"customer", customer_number},
    {"date", {"paymentdate", "receiptdate", "date", "zahlungsdatum"}},
    {"amount", {"paymentamount", "receiptamount", "amount", "betrag"}},
    {"currency", currency},
    {"reference", {"reference", "bankreference", "checknumber", "docnumber", "referenz"}},
    {"document", {"document", "documentnumber", "invoicenumber", "invoice", "appliedto", "rechnungsnummer"}},
    {"applied_amount", {"appliedamount", "amountapplied"}},
    {"entity", entity},
};

// A payer's list of what a payment is for. Our own payments ("receipt number", "applied amount") are not meant.
const std::vector<Names> advice_names{
    {"id", {"payment", "paymentnumber", "paymentno", "paymentid", "checknumber", "chequenumber", "checkno", "transfernumber", "remittancenumber", "advicenumber",
            "zahlung", "zahlungsnummer", "zahlungsnr", "avis", "avisnummer", "numeropaiement"}},
    {"payer", {"payer", "payername", "payor", "payorname", "remitter", "zahler", "einzahler", "auftraggeber"}},
    {"payer_account", {"payeraccount", "payeriban", "payoraccount", "remitteraccount", "zahlerkonto"}},
    {"customer", customer_number},
    {"date", {"paymentdate", "checkdate", "date", "zahlungsdatum", "datum", "datepaiement"}},
    {"amount", {"paymentamount", "totalamount", "checkamount", "amount", "total", "zahlungsbetrag", "gesamtbetrag"}},
    {"currency", currency},
    {"document", {"document", "documentnumber", "invoicenumber", "invoiceno", "invoice", "rechnungsnummer", "rechnungsnr", "rechnung", "belegnummer", "facture", "numerofacture"}},
    {"gross", {"gross", "grossamount", "invoiceamount", "bruttobetrag", "brutto", "rechnungsbetrag"}},
    {"discount", {"discount", "discounttaken", "discountamount", "cashdiscount", "skonto", "skontobetrag", "escompte"}},
    {"deduction", {"deduction", "deductionamount", "deducted", "abzug", "kuerzung", "kurzung"}},
    {"adjustment", {"adjustment", "adjustmentamount"}},
    {"reason", {"reason", "reasoncode", "deductionreason", "adjustmentreason", "grund", "abzugsgrund"}},
    {"net", {"net", "netamount", "netpaid", "amountpaid", "paidamount", "paid", "nettobetrag", "netto", "zahlbetrag", "montantpaye"}},
    {"applied", {"appliedamount", "amountapplied"}},
    {"text", {"text", "memo", "remark", "bemerkung"}},
    {"entity", entity},
};

// As formats/rates has them; that reader is surer of such files, this one takes them where it alone is asked.
const std::vector<Names> fx_rate_names{
    {"from", {"from", "fromcurrency", "basecurrency", "sourcecurrency"}}, {"to", {"to", "tocurrency", "quotecurrency", "targetcurrency"}},
    {"date", {"date", "ratedate", "conversiondate", "fromconversiondate"}}, {"rate", {"rate", "exchangerate", "conversionrate", "fxrate"}},
    {"type", {"type", "ratetype"}}, {"source", {"source"}},
};
const std::vector<Names> reference_rate_names{
    {"name", {"name", "ratename", "referencerate"}}, {"from", {"from", "validfrom", "effectivefrom"}}, {"percent", {"percent", "ratepercent"}}, {"source", {"source"}},
};

const std::map<std::string, std::string> document_kinds{
    {"invoice", "invoice"}, {"inv", "invoice"}, {"rechnung", "invoice"}, {"facture", "invoice"}, {"factura", "invoice"}, {"fattura", "invoice"}, {"factuur", "invoice"},
    {"creditmemo", "credit_memo"}, {"creditnote", "credit_memo"}, {"credit", "credit_memo"}, {"cm", "credit_memo"}, {"gutschrift", "credit_memo"}, {"avoir", "credit_memo"},
    {"abono", "credit_memo"}, {"depositinvoice", "deposit_invoice"}, {"prepaymentinvoice", "deposit_invoice"}, {"anzahlungsrechnung", "deposit_invoice"}, {"debitmemo", "debit_memo"}, {"debitnote", "debit_memo"}, {"dm", "debit_memo"}, {"lastschrift", "debit_memo"},
};

/// Takes the best-named column for each field; no column serves twice.
std::map<std::string, Source, std::less<>> assign(const std::vector<std::string>& names, const std::vector<Names>& table) {
    std::vector<std::string> folded;
    for (const std::string& name : names) folded.push_back(csv::folded(name));
    std::vector<bool> used(names.size(), false);
    std::map<std::string, Source, std::less<>> out;
    for (const Names& field : table) {
        for (std::string_view wanted : field.names) {
            auto at = std::find(folded.begin(), folded.end(), wanted);
            auto i = static_cast<std::size_t>(at - folded.begin());
            if (at == folded.end() || used[i]) continue;
            used[i] = true;
            Source source;
            source.columns.push_back({"", i + 1});
            source.path = std::string{field.field};
            if (field.field == "kind") {
                source.translation = document_kinds;
                source.folds = true;
            }
            if (field.field == "type") {
                source.translation = {{"spot", "spot"}, {"closing", "closing"}, {"custom", "custom"}};
                source.folds = true;
            }
            out.emplace(field.field, std::move(source));
            break;
        }
    }
    return out;
}

bool has(const std::map<std::string, Source, std::less<>>& fields, std::initializer_list<std::string_view> all) {
    return std::all_of(all.begin(), all.end(), [&](std::string_view f) { return fields.contains(f); });
}

bool is_credit_file(std::string_view id_column, std::string_view file_name) {
    for (std::string_view text : {id_column, file_name}) {
        std::string name = csv::folded(text);
        for (std::string_view sign : {"credit", "gutschrift", "avoir"})
            if (name.find(sign) != std::string::npos) return true;
    }
    return false;
}

}  // namespace

std::optional<Entry> usual_mapping(const std::vector<std::string>& names, std::string_view file_name) {
    Entry entry;
    if (auto slash = file_name.rfind('/'); slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
    entry.fields = assign(names, advice_names);
    const bool split = has(entry.fields, {"gross"}) || has(entry.fields, {"discount"}) || has(entry.fields, {"deduction"}) || has(entry.fields, {"adjustment"});
    const auto as_document = assign(names, document_names);
    const bool invoices = has(as_document, {"tax"}) || has(as_document, {"due_date"});
    if (has(entry.fields, {"id", "document", "net"}) && split && !invoices && !has(entry.fields, {"applied"})) {
        if (entry.fields.contains("deduction")) entry.fields.erase("adjustment");
        entry.record = Kind::remittance_advice;
        return entry;
    }
    entry.fields = assign(names, payment_names);
    if (has(entry.fields, {"id", "amount", "customer"})) {
        entry.record = Kind::payment;
        return entry;
    }
    entry.fields = assign(names, document_names);
    if (has(entry.fields, {"id", "customer", "amount"}) && (has(entry.fields, {"document_date"}) || has(entry.fields, {"due_date"}))) {
        const std::string& id_column = names[entry.fields.at("id").columns.front().position - 1];
        entry.record = is_credit_file(id_column, file_name) ? Kind::credit_memo : Kind::invoice;
        return entry;
    }
    entry.fields = assign(names, customer_names);
    if (has(entry.fields, {"id", "name"}) && entry.fields.size() >= 4 && !has(assign(names, document_names), {"amount"})) {
        entry.record = Kind::customer;
        return entry;
    }
    entry.fields = assign(names, fx_rate_names);
    if (has(entry.fields, {"from", "to", "date", "rate"}) && entry.fields.size() == names.size()) {
        entry.record = Kind::fx_rate;
        return entry;
    }
    entry.fields = assign(names, reference_rate_names);
    if (has(entry.fields, {"name", "from", "percent"}) && entry.fields.size() == names.size()) {
        entry.record = Kind::reference_rate;
        return entry;
    }
    return {};
}

}  // namespace owed::formats::erp_csv
