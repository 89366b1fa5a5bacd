#include <flatbuffers/flatbuffers.h>

#include <algorithm>

#include "owed/record_wire.hpp"
#include "owed/records_generated.h"

namespace owed::wire {

bool is_text(std::string_view bytes) noexcept {
    for (std::size_t i = 0; i < bytes.size();) {
        const auto lead = static_cast<unsigned char>(bytes[i]);
        if (lead == 0) return false;
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = lead >= 0xC2 && lead <= 0xDF ? 2 : (lead & 0xF0) == 0xE0 ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
        if (length == 0 || i + length > bytes.size()) return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<unsigned char>(bytes[i + k]) & 0xC0) != 0x80) return false;
        const auto second = static_cast<unsigned char>(bytes[i + 1]);
        // Overlong forms, surrogates, and what lies beyond U+10FFFF (RFC 3629 section 4).
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
            (lead == 0xF4 && second > 0x8F))
            return false;
        i += length;
    }
    return true;
}

namespace {

/// A fault found while copying; stays in this file.
struct Fault {
    Errc code;
    std::string what, where;
};

/// Copies a verified buffer into plain structs, with the limits that the verifier does not know.
class Decoder {
  public:
    Decoder(const Limits& limits, std::size_t bytes)
        : limits_{limits},
          budget_{std::min<std::uint64_t>(limits.copied_bytes_max,
                                          (1u << 20) + std::uint64_t{bytes} * limits.copied_per_byte)} {}

    /// Runs `step` with `name` added to the path that faults report.
    template <class Step>
    void in(std::string_view name, Step step) {
        const auto length = path_.size();
        if (!path_.empty() && name.front() != '[') path_ += '.';
        path_ += name;
        step();
        path_.resize(length);
    }

    void text(std::string_view name, const flatbuffers::String* from, std::string& to) {
        if (from == nullptr) return;
        spend(from->size());
        const std::string_view value{from->c_str(), from->size()};
        if (!is_text(value)) in(name, [&] { fault("is not UTF-8, or contains NUL"); });
        to = value;
    }
    void texts(std::string_view name, const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* from,
               std::vector<std::string>& to) {
        each(name, from, to, [&](const flatbuffers::String* value, std::string& out) { text("text", value, out); });
    }
    /// The verifier holds a vector to the alignment of its length alone, which is less than that of an amount.
    void aligned(std::string_view name, const std::uint8_t* first, std::size_t alignment) {
        if (reinterpret_cast<std::uintptr_t>(first) % alignment != 0) in(name, [&] { fault("is not aligned"); });
    }
    void bytes(const flatbuffers::Vector<std::uint8_t>* from, std::string& to) {
        if (from == nullptr) return;
        spend(from->size());
        to.assign(reinterpret_cast<const char*>(from->data()), from->size());
    }
    template <class Wire, class Plain, class Read>
    void each(std::string_view name, const flatbuffers::Vector<flatbuffers::Offset<Wire>>* from, std::vector<Plain>& to,
              Read read) {
        if (from == nullptr) return;
        in(name, [&] {
            spend(std::uint64_t{from->size()} * sizeof(Plain));
            to.resize(from->size());
            for (flatbuffers::uoffset_t i = 0; i < from->size(); ++i)
                in("[" + std::to_string(i) + "]", [&] { read(from->Get(i), to[i]); });
        });
    }

    owed::Amount amount(std::string_view name, const Amount& from) {
        owed::Amount to{from.units(), from.digits(), {}};
        const std::array<char, 3> code{static_cast<char>(from.c0()), static_cast<char>(from.c1()),
                                       static_cast<char>(from.c2())};
        const bool letters = std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
        const bool none = std::all_of(code.begin(), code.end(), [](char c) { return c == 0; });
        if (!letters && !none) in(name, [&] { fault("has no currency code of three upper-case letters"); });
        if (letters) to.currency.assign(code.data(), code.size());
        if (to.digits > 18) in(name, [&] { fault("has " + std::to_string(to.digits) + " decimals; at most 18 are allowed"); });
        if (to.units > money_units_max || to.units < -money_units_max)
            in(name, [&] { fault("is beyond 4.5e18 units"); });
        return to;
    }
    void amount(std::string_view name, const Amount* from, std::optional<owed::Amount>& to) {
        if (from != nullptr) to = amount(name, *from);
    }
    void date(std::string_view name, const OptionalDate* from, std::optional<Date>& to) {
        constexpr std::int32_t day_first = -25567, day_last = 376199;  // 1900-01-01 and 2999-12-31
        if (from == nullptr || !from->known()) return;
        if (from->days() < day_first || from->days() > day_last) in(name, [&] { fault("is not within 1900 to 2999"); });
        to = Date::from_days(from->days());
    }
    static void number(const OptionalInt* from, std::optional<std::int32_t>& to) {
        if (from != nullptr && from->known()) to = from->value();
    }
    template <class Enum>
    Enum kind(std::string_view name, std::uint8_t value, Enum last) {
        if (value > static_cast<std::uint8_t>(last))
            in(name, [&] { fault("is " + std::to_string(value) + ", and the last known value is " +
                                 std::to_string(static_cast<int>(last))); });
        return static_cast<Enum>(value);
    }

    owed::Amount required(std::string_view name, const Amount* from) {
        if (from == nullptr) in(name, [&] { fault("is missing"); });
        return amount(name, *from);
    }
    void party(std::string_view name, const Party* from, owed::Party& to) {
        if (from == nullptr) return;
        in(name, [&] {
            text("name", from->name(), to.name);
            text("account", from->account(), to.account);
            text("bank", from->bank(), to.bank);
        });
    }
    void reference(const Reference& f, RemittanceReference& t) {
        text("type", f.type(), t.type);
        text("value", f.value(), t.value);
        amount("amount", f.amount(), t.amount);
        amount("gross", f.gross(), t.gross);
        amount("discount", f.discount(), t.discount);
        amount("adjustment", f.adjustment(), t.adjustment);
        text("reason", f.reason(), t.reason);
    }

    owed::Record record(const Record& from) {
        owed::Record to;
        spend(sizeof to);
        text("external_id", from.external_id(), to.external_id);
        text("where", from.where(), to.where);
        if (from.body() == nullptr) fault("has no body");
        switch (from.body_type()) {
            case Body::Customer: in("Customer", [&] { to.body = customer(*from.body_as_Customer()); }); return to;
            case Body::ArDocument: in("ArDocument", [&] { to.body = document(*from.body_as_ArDocument()); }); return to;
            case Body::ErpPayment: in("ErpPayment", [&] { to.body = payment(*from.body_as_ErpPayment()); }); return to;
            case Body::BankStatement: in("BankStatement", [&] { to.body = statement(*from.body_as_BankStatement()); }); return to;
            case Body::AgencyUpdate: in("AgencyUpdate", [&] { to.body = agency(*from.body_as_AgencyUpdate()); }); return to;
            case Body::Contact: in("Contact", [&] { to.body = contact(*from.body_as_Contact()); }); return to;
            case Body::SalesOrder: in("SalesOrder", [&] { to.body = order(*from.body_as_SalesOrder()); }); return to;
            case Body::AccountStatus: in("AccountStatus", [&] { to.body = status(*from.body_as_AccountStatus()); }); return to;
            case Body::OrderHold: in("OrderHold", [&] { to.body = order_hold(*from.body_as_OrderHold()); }); return to;
            case Body::FxRate: in("FxRate", [&] { to.body = fx_rate(*from.body_as_FxRate()); }); return to;
            case Body::ReferenceRate: in("ReferenceRate", [&] { to.body = reference_rate(*from.body_as_ReferenceRate()); }); return to;
            case Body::RemittanceAdvice: in("RemittanceAdvice", [&] { to.body = advice(*from.body_as_RemittanceAdvice()); }); return to;
            case Body::ReceiptApplication: in("ReceiptApplication", [&] { to.body = receipt_application(*from.body_as_ReceiptApplication()); }); return to;
            case Body::ReceiptAnswer: in("ReceiptAnswer", [&] { to.body = receipt_answer(*from.body_as_ReceiptAnswer()); }); return to;
            case Body::NONE: break;
        }
        fault("is of kind " + std::to_string(static_cast<int>(from.body_type())) + ", which this version does not know");
    }

    [[noreturn]] void fault(std::string what, Errc code = Errc::malformed_input) const {
        throw Fault{code, path_ + " " + std::move(what), path_};
    }

  private:
    void spend(std::uint64_t bytes) {
        if (bytes > budget_)
            fault("makes more in memory than " + std::to_string(limits_.copied_per_byte) +
                      " times its own size: its parts are shared, or it is too large",
                  Errc::input_too_large);
        budget_ -= bytes;
    }

    owed::Customer customer(const Customer& f) {
        owed::Customer t;
        text("number", f.number(), t.number);
        text("entity", f.entity(), t.entity);
        text("name", f.name(), t.name);
        text("email", f.email(), t.email);
        text("language", f.language(), t.language);
        text("currency", f.currency(), t.currency);
        text("contact_name", f.contact_name(), t.contact_name);
        texts("address_lines", f.address_lines(), t.address.lines);
        text("postcode", f.postcode(), t.address.postcode);
        text("city", f.city(), t.address.city);
        text("region", f.region(), t.address.region);
        text("country", f.country(), t.address.country);
        text("tax_id", f.tax_id(), t.tax_id);
        number(f.terms_days(), t.terms_days);
        text("segment", f.segment(), t.segment);
        text("parent", f.parent(), t.parent);
        texts("accounts", f.accounts(), t.accounts);
        text("dunning_block", f.dunning_block(), t.dunning_block);
        text("channel", f.channel(), t.channel);
        return t;
    }

    owed::ArDocument document(const ArDocument& f) {
        owed::ArDocument t;
        t.kind = kind("kind", f.kind(), owed::ArDocument::Kind::debit_memo);
        text("number", f.number(), t.number);
        text("entity", f.entity(), t.entity);
        text("customer", f.customer(), t.customer);
        date("document_date", f.document_date(), t.document_date);
        date("due_date", f.due_date(), t.due_date);
        date("posting_date", f.posting_date(), t.posting_date);
        amount("amount", f.amount(), t.amount);
        amount("tax", f.tax(), t.tax);
        amount("open", f.open(), t.open);
        text("order", f.order(), t.order);
        text("payment_reference", f.payment_reference(), t.payment_reference);
        text("original_document", f.original_document(), t.original_document);
        number(f.terms_days(), t.terms_days);
        number(f.dunning_level(), t.dunning_level);
        date("last_notice_date", f.last_notice_date(), t.last_notice_date);
        text("text", f.text(), t.text);
        text("terms", f.terms(), t.terms);
        each("discounts", f.discounts(), t.discounts, [this](const DocumentDiscount* from, owed::ArDocument::Discount& to) {
            date("until", from->until(), to.until);
            text("percent", from->percent(), to.percent);
            amount("amount", from->amount(), to.amount);
        });
        text("delivery", f.delivery(), t.delivery);
        text("contract", f.contract(), t.contract);
        amount("disputed", f.disputed(), t.disputed);
        amount("retained", f.retained(), t.retained);
        date("release_date", f.release_date(), t.release_date);
        t.deposit = f.deposit();
        amount("freight", f.freight(), t.freight);
        return t;
    }

    owed::ErpPayment payment(const ErpPayment& f) {
        owed::ErpPayment t;
        text("number", f.number(), t.number);
        text("entity", f.entity(), t.entity);
        text("customer", f.customer(), t.customer);
        date("date", f.date(), t.date);
        amount("amount", f.amount(), t.amount);
        text("reference", f.reference(), t.reference);
        each("applied", f.applied(), t.applied, [&](const AppliedTo* from, owed::ErpPayment::Applied& to) {
            text("document", from->document(), to.document);
            amount("amount", from->amount(), to.amount);
        });
        return t;
    }

    owed::AgencyUpdate agency(const AgencyUpdate& f) {
        owed::AgencyUpdate t;
        text("placement", f.placement(), t.placement);
        text("agency", f.agency(), t.agency);
        text("customer", f.customer(), t.customer);
        text("document", f.document(), t.document);
        text("state", f.state(), t.state);
        date("date", f.date(), t.date);
        amount("gross", f.gross(), t.gross);
        amount("fee", f.fee(), t.fee);
        amount("tax", f.tax(), t.tax);
        amount("net", f.net(), t.net);
        text("remittance", f.remittance(), t.remittance);
        text("text", f.text(), t.text);
        t.gross_remittance = f.gross_remittance();
        return t;
    }

    owed::Contact contact(const Contact& f) {
        owed::Contact t;
        text("number", f.number(), t.number);
        text("entity", f.entity(), t.entity);
        text("customer", f.customer(), t.customer);
        text("name", f.name(), t.name);
        text("email", f.email(), t.email);
        text("phone", f.phone(), t.phone);
        text("role", f.role(), t.role);
        text("language", f.language(), t.language);
        t.no_email = f.no_email();
        return t;
    }

    owed::SalesOrder order(const SalesOrder& f) {
        owed::SalesOrder t;
        text("number", f.number(), t.number);
        text("entity", f.entity(), t.entity);
        text("customer", f.customer(), t.customer);
        date("date", f.date(), t.date);
        amount("amount", f.amount(), t.amount);
        text("status", f.status(), t.status);
        t.awaiting_authorisation = f.awaiting_authorisation();
        t.on_hold = f.on_hold();
        text("text", f.text(), t.text);
        return t;
    }

    owed::AccountStatus status(const AccountStatus& f) {
        owed::AccountStatus t;
        text("customer", f.customer(), t.customer);
        text("entity", f.entity(), t.entity);
        text("name", f.name(), t.name);
        date("as_of", f.as_of(), t.as_of);
        amount("balance", f.balance(), t.balance);
        amount("overdue", f.overdue(), t.overdue);
        number(f.oldest_days(), t.oldest_days);
        number(f.dunning_level(), t.dunning_level);
        t.hold = f.hold();
        text("hold_reason", f.hold_reason(), t.hold_reason);
        return t;
    }

    owed::OrderHold order_hold(const OrderHold& f) {
        owed::OrderHold t;
        text("order", f.order(), t.order);
        text("entity", f.entity(), t.entity);
        text("customer", f.customer(), t.customer);
        t.hold = f.hold();
        text("reason", f.reason(), t.reason);
        date("as_of", f.as_of(), t.as_of);
        return t;
    }

    owed::FxRate fx_rate(const FxRate& f) {
        owed::FxRate t;
        text("from", f.from(), t.from);
        text("to", f.to(), t.to);
        text("type", f.type(), t.type);
        date("date", f.date(), t.date);
        text("rate", f.rate(), t.rate);
        text("source", f.source(), t.source);
        return t;
    }

    owed::ReferenceRate reference_rate(const ReferenceRate& f) {
        owed::ReferenceRate t;
        text("name", f.name(), t.name);
        date("from", f.from(), t.from);
        text("percent", f.percent(), t.percent);
        text("source", f.source(), t.source);
        return t;
    }

    owed::RemittanceAdvice advice(const RemittanceAdvice& f) {
        owed::RemittanceAdvice t;
        text("number", f.number(), t.number);
        text("entity", f.entity(), t.entity);
        text("customer", f.customer(), t.customer);
        party("payer", f.payer(), t.payer);
        date("date", f.date(), t.date);
        amount("amount", f.amount(), t.amount);
        each("lines", f.lines(), t.lines, [this](const Reference* from, RemittanceReference& to) { reference(*from, to); });
        text("text", f.text(), t.text);
        return t;
    }

    owed::ReceiptApplication receipt_application(const ReceiptApplication& f) {
        owed::ReceiptApplication t;
        text("entity", f.entity(), t.entity);
        text("customer", f.customer(), t.customer);
        text("reverses", f.reverses(), t.reverses);
        text("receipt", f.receipt(), t.receipt);
        text("credit_kind", f.credit_kind(), t.credit_kind);
        text("reference", f.reference(), t.reference);
        text("payer", f.payer(), t.payer);
        date("value_date", f.value_date(), t.value_date);
        date("posting_date", f.posting_date(), t.posting_date);
        amount("amount", f.amount(), t.amount);
        text("bank_account", f.bank_account(), t.bank_account);
        text("bank_gl", f.bank_gl(), t.bank_gl);
        each("documents", f.documents(), t.documents, [&](const SettledDocument* from, owed::ReceiptApplication::Settled& to) {
            text("kind", from->kind(), to.kind);
            text("document", from->document(), to.document);
            number(from->instalment(), to.instalment);
            amount("amount", from->amount(), to.amount);
            amount("taken", from->taken(), to.taken);
            amount("discount", from->discount(), to.discount);
            each("parts", from->parts(), to.parts, [&](const SettledPart* part, owed::ReceiptApplication::Part& of) {
                text("reason", part->reason(), of.reason);
                amount("amount", part->amount(), of.amount);
            });
        });
        text("reason", f.reason(), t.reason);
        return t;
    }

    owed::ReceiptAnswer receipt_answer(const ReceiptAnswer& f) {
        owed::ReceiptAnswer t;
        text("key", f.key(), t.key);
        t.accepted = f.accepted();
        text("reference", f.reference(), t.reference);
        text("reason", f.reason(), t.reason);
        return t;
    }

    owed::BankStatement statement(const BankStatement& f) {
        owed::BankStatement t;
        text("iban", f.iban(), t.account.iban);
        text("account_id", f.account_id(), t.account.id);
        text("bank", f.bank(), t.account.bank);
        text("currency", f.currency(), t.account.currency);
        text("account_name", f.account_name(), t.account.name);
        text("id", f.id(), t.id);
        text("sequence", f.sequence(), t.sequence);
        date("from", f.from(), t.from);
        date("to", f.to(), t.to);
        balance("opening", f.opening(), t.opening);
        balance("closing", f.closing(), t.closing);
        each("entries", f.entries(), t.entries,
             [&](const BankTransaction* from, owed::BankTransaction& to) { transaction(*from, to, 0); });
        t.balance_check = kind("balance_check", f.balance_check(), Check::broken);
        t.control_totals_check = kind("control_totals_check", f.control_totals_check(), Check::broken);
        t.part = f.part();
        t.last = f.last();
        t.intraday = f.intraday();
        return t;
    }

    void balance(std::string_view name, const Balance* from, std::optional<owed::Balance>& to) {
        if (from == nullptr) return;
        in(name, [&] {
            if (from->amount() == nullptr) fault("has no amount");
            to.emplace();
            to->amount = amount("amount", *from->amount());
            date("date", from->date(), to->date);
        });
    }

    void transaction(const BankTransaction& f, owed::BankTransaction& t, std::uint32_t depth) {
        if (depth > limits_.depth_max) fault("lies deeper than " + std::to_string(limits_.depth_max) + " levels of details");
        date("booking_date", f.booking_date(), t.booking_date);
        date("value_date", f.value_date(), t.value_date);
        amount("amount", f.amount(), t.amount);
        text("amount_text", f.amount_text(), t.amount_text);
        t.status = kind("status", f.status(), EntryStatus::information);
        t.reversal = f.reversal();
        text("code", f.code(), t.code);
        text("entry_ref", f.entry_ref(), t.entry_ref);
        text("bank_ref", f.bank_ref(), t.bank_ref);
        text("end_to_end_id", f.end_to_end_id(), t.end_to_end_id);
        text("mandate_id", f.mandate_id(), t.mandate_id);
        party("counterparty", f.counterparty(), t.counterparty);
        texts("text", f.text(), t.text);
        each("references", f.references(), t.references,
             [&](const Reference* from, RemittanceReference& to) { reference(*from, to); });
        text("return_reason", f.return_reason(), t.return_reason);
        amount("original_amount", f.original_amount(), t.original_amount);
        text("exchange_rate", f.exchange_rate(), t.exchange_rate);
        if (const auto* charges = f.charges()) {
            aligned("charges", charges->Data(), alignof(Amount));
            spend(std::uint64_t{charges->size()} * sizeof(owed::Amount));
            for (const auto* charge : *charges) t.charges.push_back(amount("charges", *charge));
        }
        each("details", f.details(), t.details,
             [&](const BankTransaction* from, owed::BankTransaction& to) { transaction(*from, to, depth + 1); });
        text("where", f.where(), t.where);
    }

    const Limits& limits_;
    std::uint64_t budget_;
    std::string path_;
};

/// Verifies, then runs `read(root, decoder)`; a fault becomes an Error named after `what`.
template <class Root, class Read>
Status checked(std::string_view bytes, const Limits& limits, const char* what, Read read) {
    if (bytes.size() > limits.bytes_max)
        return fail(Errc::input_too_large, std::string{what} + " has " + std::to_string(bytes.size()) +
                                               " bytes; at most " + std::to_string(limits.bytes_max) + " are allowed");
    // The verifier wants its buffer aligned as a reader's loads will be; bytes from a frame may lie anywhere.
    std::vector<std::uint64_t> aligned;
    const char* start = bytes.data();
    if (reinterpret_cast<std::uintptr_t>(start) % alignof(std::uint64_t) != 0) {
        aligned.resize(bytes.size() / sizeof(std::uint64_t) + 1);
        std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(aligned.data()));
        start = reinterpret_cast<const char*>(aligned.data());
    }
    flatbuffers::Verifier verifier{reinterpret_cast<const std::uint8_t*>(start), bytes.size(), 16,
                                   static_cast<flatbuffers::uoffset_t>(bytes.size() / 4 + 64)};
    if (!verifier.VerifyBuffer<Root>(nullptr))
        return fail(Errc::malformed_input, std::string{what} + " is no valid FlatBuffers buffer of its schema", what);
    try {
        Decoder decoder{limits, bytes.size()};
        return read(*flatbuffers::GetRoot<Root>(start), decoder);
    } catch (Fault& fault) {
        return fail(fault.code, std::string{what} + ": " + fault.what, std::move(fault.where));
    }
}

}  // namespace

Status decode_batch(std::string_view bytes, const Limits& limits, RecordSink& sink) {
    return checked<RecordBatch>(bytes, limits, "record batch", [&](const RecordBatch& batch, Decoder& decoder) -> Status {
        if (batch.records() == nullptr) return {};
        if (batch.records()->size() > limits.records_max)
            return fail(Errc::input_too_large, "record batch: " + std::to_string(batch.records()->size()) +
                                                   " records; at most " + std::to_string(limits.records_max) + " are allowed");
        for (flatbuffers::uoffset_t i = 0; i < batch.records()->size(); ++i) {
            owed::Record record;
            decoder.in("records[" + std::to_string(i) + "]", [&] { record = decoder.record(*batch.records()->Get(i)); });
            OWED_TRY_VOID(sink.record(std::move(record)));
        }
        return {};
    });
}

Result<owed::DecodeReport> decode_report(std::string_view bytes, const Limits& limits) {
    owed::DecodeReport t;
    OWED_TRY_VOID(checked<DecodeReport>(bytes, limits, "decode report", [&](const DecodeReport& f, Decoder& d) -> Status {
        d.text("format", f.format(), t.format);
        t.verdict = d.kind("verdict", f.verdict(), Verdict::quarantine);
        d.each("warnings", f.warnings(), t.warnings, [&](const Warning* from, owed::Warning& to) {
            d.text("where", from->where(), to.where);
            d.text("what", from->what(), to.what);
            to.grave = from->grave();
        });
        d.each("rejected", f.rejected(), t.rejected, [&](const RejectedRow* from, owed::RejectedRow& to) {
            d.text("where", from->where(), to.where);
            d.text("what", from->what(), to.what);
            d.text("raw", from->raw(), to.raw);
        });
        t.records = f.records();
        return {};
    }));
    return t;
}

Result<owed::Delivery> decode_delivery(std::string_view bytes, const Limits& limits) {
    owed::Delivery t;
    OWED_TRY_VOID(checked<Delivery>(bytes, limits, "delivery", [&](const Delivery& f, Decoder& d) -> Status {
        d.text("key", f.key(), t.key);
        d.text("channel", f.channel(), t.channel);
        d.text("sender_address", f.sender_address(), t.sender_address);
        d.texts("recipients", f.recipients(), t.recipients);
        d.bytes(f.message(), t.message);
        d.each("parts", f.parts(), t.parts, [&](const DeliveryPart* from, owed::DeliveryPart& to) {
            d.text("name", from->name(), to.name);
            d.text("media_type", from->media_type(), to.media_type);
            d.bytes(from->bytes(), to.bytes);
        });
        d.texts("addressee", f.addressee(), t.addressee);
        d.text("facts", f.facts(), t.facts);
        d.text("action", f.action(), t.action);
        return {};
    }));
    return t;
}

Result<SendReceipt> decode_receipt(std::string_view bytes, const Limits& limits) {
    SendReceipt t;
    OWED_TRY_VOID(checked<Receipt>(bytes, limits, "receipt", [&](const Receipt& f, Decoder& d) -> Status {
        t.state = d.kind("state", f.state(), SendState::unknown);
        d.text("provider_id", f.provider_id(), t.provider_id);
        d.text("detail", f.detail(), t.detail);
        t.retry_after_ms = f.retry_after_ms();
        return {};
    }));
    return t;
}

Result<std::vector<owed::WriteResult>> decode_results(std::string_view bytes, const Limits& limits) {
    std::vector<owed::WriteResult> t;
    OWED_TRY_VOID(checked<WriteResults>(bytes, limits, "write results", [&](const WriteResults& f, Decoder& d) -> Status {
        d.each("results", f.results(), t, [&](const WriteResult* from, owed::WriteResult& to) {
            to.index = from->index();
            to.state = d.kind("state", from->state(), SendState::unknown);
            d.text("remote_id", from->remote_id(), to.remote_id);
            d.text("detail", from->detail(), to.detail);
            d.text("field", from->field(), to.field);
            to.created = from->created();
        });
        return {};
    }));
    return t;
}

Result<owed::MatchQuestion> decode_question(std::string_view bytes, const Limits& limits) {
    owed::MatchQuestion t;
    OWED_TRY_VOID(checked<MatchQuestion>(bytes, limits, "match question", [&](const MatchQuestion& f, Decoder& d) -> Status {
        if (f.receipt() == nullptr) d.fault("has no receipt");
        d.in("receipt", [&] {
            const auto& r = *f.receipt();
            d.text("receipt", r.receipt(), t.receipt.receipt);
            d.text("entity", r.entity(), t.receipt.entity);
            d.date("value_date", r.value_date(), t.receipt.value_date);
            t.receipt.amount = d.required("amount", r.amount());
            d.party("payer", r.payer(), t.receipt.payer);
            d.text("customer", r.customer(), t.receipt.customer);
            d.texts("text", r.text(), t.receipt.text);
            d.each("references", r.references(), t.receipt.references,
                   [&](const Reference* from, RemittanceReference& to) { d.reference(*from, to); });
        });
        d.each("items", f.items(), t.items, [&](const OpenItem* from, owed::OpenItem& to) {
            d.text("item", from->item(), to.item);
            d.text("document", from->document(), to.document);
            d.text("customer", from->customer(), to.customer);
            d.text("customer_name", from->customer_name(), to.customer_name);
            d.text("kind", from->kind(), to.kind);
            d.date("document_date", from->document_date(), to.document_date);
            d.date("due_date", from->due_date(), to.due_date);
            to.original = d.required("original", from->original());
            to.residual = d.required("residual", from->residual());
            d.text("order", from->order(), to.order);
            d.text("payment_reference", from->payment_reference(), to.payment_reference);
        });
        d.date("as_of", f.as_of(), t.as_of);
        return {};
    }));
    return t;
}

Result<owed::MatchAnswer> decode_answer(std::string_view bytes, const Limits& limits) {
    owed::MatchAnswer t;
    OWED_TRY_VOID(checked<MatchAnswer>(bytes, limits, "match answer", [&](const MatchAnswer& f, Decoder& d) -> Status {
        d.each("proposals", f.proposals(), t.proposals, [&](const MatchProposal* from, owed::MatchProposal& to) {
            d.each("items", from->items(), to.items, [&](const MatchedItem* one, owed::MatchedItem& out) {
                d.text("item", one->item(), out.item);
                out.amount = d.required("amount", one->amount());
            });
            to.confidence_permille = from->confidence_permille();
            if (to.confidence_permille > 1000) d.fault("has a confidence above 1000 per mille");
            d.texts("evidence", from->evidence(), to.evidence);
        });
        d.text("reason", f.reason(), t.reason);
        return {};
    }));
    return t;
}

}  // namespace owed::wire
