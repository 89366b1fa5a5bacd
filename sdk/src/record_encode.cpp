#include <flatbuffers/flatbuffers.h>

#include "owed/record_wire.hpp"
#include "owed/records_generated.h"

namespace owed::wire {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;
template <class T>
using Offset = flatbuffers::Offset<T>;
using TextOffset = Offset<flatbuffers::String>;

/// Writes one record's tables. FlatBuffers needs children before parents, so each function first writes what its table
/// points to. The first fault is kept and the rest written as if nothing were wrong; the caller then drops the buffer.
class Encoder {
  public:
    explicit Encoder(Builder& builder) : b_{builder} {}
    Status fault() const { return fault_; }

    TextOffset text(const std::string& value) {
        if (value.empty()) return 0;
        if (!is_text(value)) note(Errc::invalid_argument, "a text of this record is not UTF-8, or contains NUL");
        return b_.CreateString(value);
    }
    /// Text that quotes an input, which may have been cut or be in any encoding: what is not UTF-8 becomes '?'.
    TextOffset quoted(std::string value) {
        if (!is_text(value))
            for (char& c : value)
                if (c == 0 || static_cast<unsigned char>(c) >= 0x80) c = '?';
        return text(value);
    }
    std::optional<Amount> amount(const std::optional<owed::Amount>& value) {
        if (!value) return std::nullopt;
        return amount(*value);
    }
    Amount amount(const owed::Amount& value) {
        std::array<std::uint8_t, 3> code{};
        bool good = value.currency.empty() || value.currency.size() == 3;
        for (std::size_t i = 0; good && i < value.currency.size(); ++i) {
            code[i] = static_cast<std::uint8_t>(value.currency[i]);
            good = code[i] >= 'A' && code[i] <= 'Z';
        }
        if (!good) note(Errc::unknown_currency, "\"" + value.currency + "\" is no currency code (three upper-case letters)");
        return {value.units, value.digits, code[0], code[1], code[2]};
    }
    static OptionalDate date(const std::optional<Date>& value) {
        return {value ? value->days() : 0, value.has_value()};
    }
    static OptionalInt number(const std::optional<std::int32_t>& value) { return {value.value_or(0), value.has_value()}; }

    auto texts(const std::vector<std::string>& values) {
        std::vector<TextOffset> offsets;
        offsets.reserve(values.size());
        // An empty line is an element too, so it is written, unlike an empty field.
        for (const auto& value : values) offsets.push_back(value.empty() ? b_.CreateString("", 0) : text(value));
        return values.empty() ? Offset<flatbuffers::Vector<TextOffset>>{} : b_.CreateVector(offsets);
    }
    template <class Wire, class Values, class Write>
    Offset<flatbuffers::Vector<Offset<Wire>>> tables(const Values& values, Write write) {
        if (values.empty()) return 0;
        std::vector<Offset<Wire>> offsets;
        offsets.reserve(values.size());
        for (const auto& value : values) offsets.push_back(write(value));
        return b_.CreateVector(offsets);
    }

    Offset<Record> record(const owed::Record& value) {
        const auto external_id = text(value.external_id);
        const auto where = text(value.where);
        const auto [type, body] = std::visit([this](const auto& b) { return this->body(b); }, value.body);
        return CreateRecord(b_, type, body, external_id, where);
    }

  private:
    using AnyBody = std::pair<Body, Offset<void>>;

    AnyBody body(const owed::Customer& c) {
        const auto number_ = text(c.number), entity = text(c.entity), name = text(c.name), email = text(c.email),
                   language = text(c.language), currency = text(c.currency), contact = text(c.contact_name);
        const auto lines = texts(c.address.lines);
        const auto postcode = text(c.address.postcode), city = text(c.address.city), region = text(c.address.region),
                   country = text(c.address.country), tax_id = text(c.tax_id);
        const auto terms = number(c.terms_days);
        const auto segment = text(c.segment), parent = text(c.parent);
        const auto accounts = texts(c.accounts);
        const auto block = text(c.dunning_block), channel = text(c.channel);
        return {Body::Customer,
                CreateCustomer(b_, number_, entity, name, email, language, currency, contact, lines, postcode, city,
                               region, country, tax_id, &terms, segment, parent, accounts, block, channel)
                    .Union()};
    }

    AnyBody body(const owed::ArDocument& d) {
        const auto number_ = text(d.number), entity = text(d.entity), customer = text(d.customer), order = text(d.order),
                   reference = text(d.payment_reference), original = text(d.original_document), words = text(d.text);
        const auto document = date(d.document_date), due = date(d.due_date), posting = date(d.posting_date),
                   notice = date(d.last_notice_date), release = date(d.release_date);
        const auto gross = amount(d.amount), tax = amount(d.tax), open = amount(d.open);
        const auto terms = number(d.terms_days), level = number(d.dunning_level);
        const auto terms_text = text(d.terms), delivery = text(d.delivery), contract = text(d.contract);
        const auto disputed = amount(d.disputed), retained = amount(d.retained), freight = amount(d.freight);
        const auto discounts = tables<DocumentDiscount>(d.discounts, [this](const owed::ArDocument::Discount& offer) {
            const auto percent = text(offer.percent);
            const auto until = date(offer.until);
            const auto sum = amount(offer.amount);
            return CreateDocumentDiscount(b_, &until, percent, at(sum));
        });
        return {Body::ArDocument,
                CreateArDocument(b_, static_cast<std::uint8_t>(d.kind), number_, entity, customer, &document, &due,
                                 &posting, at(gross), at(tax), at(open), order, reference, original, &terms, &level,
                                 &notice, words, terms_text, discounts, delivery, contract, at(disputed),
                                 at(retained), &release, d.deposit, at(freight))
                    .Union()};
    }

    AnyBody body(const owed::ErpPayment& p) {
        const auto number_ = text(p.number), entity = text(p.entity), customer = text(p.customer),
                   reference = text(p.reference);
        const auto paid = date(p.date);
        const auto total = amount(p.amount);
        const auto applied = tables<AppliedTo>(p.applied, [this](const owed::ErpPayment::Applied& a) {
            const auto document = text(a.document);
            const auto part = amount(a.amount);
            return CreateAppliedTo(b_, document, at(part));
        });
        return {Body::ErpPayment,
                CreateErpPayment(b_, number_, entity, customer, &paid, at(total), reference, applied).Union()};
    }

    AnyBody body(const owed::AgencyUpdate& u) {
        const auto placement = text(u.placement), agency = text(u.agency), customer = text(u.customer),
                   document = text(u.document), state = text(u.state), remittance = text(u.remittance),
                   words = text(u.text);
        const auto day = date(u.date);
        const auto gross = amount(u.gross), fee = amount(u.fee), tax = amount(u.tax), net = amount(u.net);
        return {Body::AgencyUpdate, CreateAgencyUpdate(b_, placement, agency, customer, document, state, &day, at(gross),
                                                       at(fee), at(tax), at(net), remittance, words, u.gross_remittance)
                                        .Union()};
    }

    AnyBody body(const owed::BankStatement& s) {
        const auto iban = text(s.account.iban), account = text(s.account.id), bank = text(s.account.bank),
                   currency = text(s.account.currency), name = text(s.account.name), id = text(s.id),
                   sequence = text(s.sequence);
        const auto from = date(s.from), to = date(s.to);
        const auto opening = balance(s.opening), closing = balance(s.closing);
        const auto entries = tables<BankTransaction>(s.entries, [this](const auto& e) { return transaction(e); });
        return {Body::BankStatement,
                CreateBankStatement(b_, iban, account, bank, currency, name, id, sequence, &from, &to, opening, closing,
                                    entries, static_cast<std::uint8_t>(s.balance_check),
                                    static_cast<std::uint8_t>(s.control_totals_check), s.part, s.last, s.intraday)
                    .Union()};
    }

    AnyBody body(const owed::Contact& c) {
        const auto number_ = text(c.number), entity = text(c.entity), customer = text(c.customer), name = text(c.name),
                   email = text(c.email), phone = text(c.phone), role = text(c.role), language = text(c.language);
        return {Body::Contact,
                CreateContact(b_, number_, entity, customer, name, email, phone, role, language, c.no_email).Union()};
    }

    AnyBody body(const owed::SalesOrder& o) {
        const auto number_ = text(o.number), entity = text(o.entity), customer = text(o.customer), status = text(o.status),
                   words = text(o.text);
        const auto day = date(o.date);
        const auto sum = amount(o.amount);
        return {Body::SalesOrder, CreateSalesOrder(b_, number_, entity, customer, &day, at(sum), status,
                                                   o.awaiting_authorisation, o.on_hold, words)
                                      .Union()};
    }

    AnyBody body(const owed::AccountStatus& a) {
        const auto customer = text(a.customer), entity = text(a.entity), name = text(a.name), reason = text(a.hold_reason);
        const auto day = date(a.as_of);
        const auto balance = amount(a.balance), overdue = amount(a.overdue);
        const auto oldest = number(a.oldest_days), level = number(a.dunning_level);
        return {Body::AccountStatus, CreateAccountStatus(b_, customer, entity, name, &day, at(balance), at(overdue), &oldest,
                                                         &level, a.hold, reason)
                                         .Union()};
    }

    AnyBody body(const owed::OrderHold& h) {
        const auto order = text(h.order), entity = text(h.entity), customer = text(h.customer), reason = text(h.reason);
        const auto day = date(h.as_of);
        return {Body::OrderHold, CreateOrderHold(b_, order, entity, customer, h.hold, reason, &day).Union()};
    }

    AnyBody body(const owed::FxRate& r) {
        const auto from = text(r.from), to = text(r.to), type = text(r.type), rate = text(r.rate), source = text(r.source);
        const auto day = date(r.date);
        return {Body::FxRate, CreateFxRate(b_, from, to, type, &day, rate, source).Union()};
    }

    AnyBody body(const owed::ReferenceRate& r) {
        const auto name = text(r.name), percent = text(r.percent), source = text(r.source);
        const auto day = date(r.from);
        return {Body::ReferenceRate, CreateReferenceRate(b_, name, &day, percent, source).Union()};
    }

    AnyBody body(const owed::ReceiptApplication& a) {
        const auto entity = text(a.entity), customer = text(a.customer), reverses = text(a.reverses), receipt = text(a.receipt);
        const auto credit_kind = text(a.credit_kind), ref = text(a.reference), payer = text(a.payer);
        const auto account = text(a.bank_account), gl = text(a.bank_gl), reason = text(a.reason);
        const auto documents = tables<SettledDocument>(a.documents, [this](const owed::ReceiptApplication::Settled& one) {
            const auto kind = text(one.kind), document = text(one.document);
            const auto nth = number(one.instalment);
            const auto paid = amount(one.amount), taken = amount(one.taken), discount = amount(one.discount);
            const auto parts = tables<SettledPart>(one.parts, [this](const owed::ReceiptApplication::Part& part) {
                const auto why = text(part.reason);
                const auto share = amount(part.amount);
                return CreateSettledPart(b_, why, at(share));
            });
            return CreateSettledDocument(b_, kind, document, &nth, at(paid), at(taken), at(discount), parts);
        });
        const auto value_day = date(a.value_date), posting_day = date(a.posting_date);
        const auto sum = amount(a.amount);
        return {Body::ReceiptApplication, CreateReceiptApplication(b_, entity, customer, reverses, receipt, credit_kind, ref, payer, &value_day, &posting_day,
                                                                   at(sum), account, gl, documents, reason)
                                              .Union()};
    }

    AnyBody body(const owed::ReceiptAnswer& a) {
        const auto key = text(a.key), ref = text(a.reference), reason = text(a.reason);
        return {Body::ReceiptAnswer, CreateReceiptAnswer(b_, key, a.accepted, ref, reason).Union()};
    }

    AnyBody body(const owed::RemittanceAdvice& a) {
        const auto number_ = text(a.number), entity = text(a.entity), customer = text(a.customer), words = text(a.text);
        const auto payer = party(a.payer);
        const auto day = date(a.date);
        const auto sum = amount(a.amount);
        const auto lines = tables<Reference>(a.lines, [this](const RemittanceReference& r) { return reference(r); });
        return {Body::RemittanceAdvice,
                CreateRemittanceAdvice(b_, number_, entity, customer, payer, &day, at(sum), lines, words).Union()};
    }

    Offset<Balance> balance(const std::optional<owed::Balance>& value) {
        if (!value) return 0;
        const auto sum = amount(value->amount);
        const auto day = date(value->date);
        return CreateBalance(b_, &sum, &day);
    }
  public:
    Offset<Party> party(const owed::Party& p) {
        const auto name = text(p.name), account = text(p.account), bank = text(p.bank);
        if (name.IsNull() && account.IsNull() && bank.IsNull()) return {};
        return CreateParty(b_, name, account, bank);
    }
    Offset<Reference> reference(const RemittanceReference& r) {
        const auto type = text(r.type), value = text(r.value), reason = text(r.reason);
        const auto net = amount(r.amount), gross = amount(r.gross), discount = amount(r.discount),
                   adjustment = amount(r.adjustment);
        return CreateReference(b_, type, value, at(net), at(gross), at(discount), at(adjustment), reason);
    }
    static const Amount* at(const std::optional<Amount>& value) { return value ? &*value : nullptr; }

  private:
    Offset<BankTransaction> transaction(const owed::BankTransaction& t) {
        const auto amount_text = text(t.amount_text), code = text(t.code), entry_ref = text(t.entry_ref),
                   bank_ref = text(t.bank_ref), end_to_end = text(t.end_to_end_id), mandate = text(t.mandate_id),
                   reason = text(t.return_reason), rate = text(t.exchange_rate),
                   where = text(t.where);
        const auto other = party(t.counterparty);
        const auto words = texts(t.text);
        const auto references = tables<Reference>(t.references, [this](const auto& r) { return reference(r); });
        const auto details = tables<BankTransaction>(t.details, [this](const auto& d) { return transaction(d); });
        std::vector<Amount> sums;
        for (const auto& charge : t.charges) sums.push_back(amount(charge));
        const auto charges = sums.empty() ? Offset<flatbuffers::Vector<const Amount*>>{} : b_.CreateVectorOfStructs(sums);
        const auto booking = date(t.booking_date), value = date(t.value_date);
        const auto sum = amount(t.amount), original = amount(t.original_amount);
        return CreateBankTransaction(b_, &booking, &value, at(sum), amount_text, static_cast<std::uint8_t>(t.status),
                                     t.reversal, code, entry_ref, bank_ref, end_to_end, mandate, other, words, references,
                                     reason, at(original), rate, charges, details, where);
    }

    void note(Errc code, std::string what) {
        if (fault_) fault_ = fail(code, std::move(what));
    }

    Builder& b_;
    Status fault_;
};

std::string finished(Builder& builder) {
    return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

Offset<flatbuffers::Vector<std::uint8_t>> blob(Builder& builder, const std::string& bytes) {
    return bytes.empty() ? Offset<flatbuffers::Vector<std::uint8_t>>{}
                         : builder.CreateVector(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

struct BatchBuilder::Work {
    Builder builder{64 * 1024};
    std::vector<Offset<Record>> records;
};

BatchBuilder::BatchBuilder() : work_{std::make_unique<Work>()} {}
BatchBuilder::~BatchBuilder() = default;
BatchBuilder::BatchBuilder(BatchBuilder&&) noexcept = default;
BatchBuilder& BatchBuilder::operator=(BatchBuilder&&) noexcept = default;

Status BatchBuilder::add(const owed::Record& record) {
    Encoder encoder{work_->builder};
    const auto offset = encoder.record(record);
    // A faulty record leaves unreferenced bytes in the buffer, which readers never see.
    OWED_TRY_VOID(encoder.fault());
    work_->records.push_back(offset);
    return {};
}

std::size_t BatchBuilder::records() const { return work_->records.size(); }
std::size_t BatchBuilder::bytes() const { return work_->builder.GetSize(); }

std::string BatchBuilder::finish() {
    auto& builder = work_->builder;
    builder.Finish(CreateRecordBatch(builder, builder.CreateVector(work_->records)));
    auto bytes = finished(builder);
    work_->records.clear();
    builder.Clear();
    return bytes;
}

Result<std::string> encode_report(const owed::DecodeReport& report) {
    Builder builder;
    Encoder encoder{builder};
    const auto format = encoder.text(report.format);
    const auto warnings = encoder.tables<Warning>(report.warnings, [&](const owed::Warning& w) {
        const auto where = encoder.quoted(w.where), what = encoder.quoted(w.what);
        return CreateWarning(builder, where, what, w.grave);
    });
    const auto rejected = encoder.tables<RejectedRow>(report.rejected, [&](const owed::RejectedRow& r) {
        const auto where = encoder.quoted(r.where), what = encoder.quoted(r.what), raw = encoder.quoted(r.raw);
        return CreateRejectedRow(builder, where, what, raw);
    });
    OWED_TRY_VOID(encoder.fault());
    builder.Finish(CreateDecodeReport(builder, format, static_cast<std::uint8_t>(report.verdict), warnings, rejected,
                                      report.records));
    return finished(builder);
}

Result<std::string> encode_delivery(const owed::Delivery& delivery) {
    Builder builder;
    Encoder encoder{builder};
    const auto key = encoder.text(delivery.key), channel = encoder.text(delivery.channel),
               sender = encoder.text(delivery.sender_address);
    const auto recipients = encoder.texts(delivery.recipients);
    const auto message = blob(builder, delivery.message);
    const auto parts = encoder.tables<DeliveryPart>(delivery.parts, [&](const owed::DeliveryPart& p) {
        const auto name = encoder.text(p.name), type = encoder.text(p.media_type);
        const auto bytes = blob(builder, p.bytes);
        return CreateDeliveryPart(builder, name, type, bytes);
    });
    const auto addressee = encoder.texts(delivery.addressee);
    const auto facts = encoder.text(delivery.facts), action = encoder.text(delivery.action);
    OWED_TRY_VOID(encoder.fault());
    builder.Finish(CreateDelivery(builder, key, channel, sender, recipients, message, parts, addressee, facts, action));
    return finished(builder);
}

Result<std::string> encode_receipt(const SendReceipt& receipt) {
    Builder builder;
    Encoder encoder{builder};
    const auto id = encoder.text(receipt.provider_id), detail = encoder.text(receipt.detail);
    OWED_TRY_VOID(encoder.fault());
    builder.Finish(CreateReceipt(builder, static_cast<std::uint8_t>(receipt.state), id, detail, receipt.retry_after_ms));
    return finished(builder);
}

Result<std::string> encode_results(const std::vector<owed::WriteResult>& results) {
    Builder builder;
    Encoder encoder{builder};
    const auto all = encoder.tables<WriteResult>(results, [&](const owed::WriteResult& r) {
        const auto id = encoder.text(r.remote_id), detail = encoder.quoted(r.detail), field = encoder.quoted(r.field);
        return CreateWriteResult(builder, r.index, static_cast<std::uint8_t>(r.state), id, detail, field, r.created);
    });
    OWED_TRY_VOID(encoder.fault());
    builder.Finish(CreateWriteResults(builder, all));
    return finished(builder);
}

Result<std::string> encode_question(const owed::MatchQuestion& question) {
    Builder builder;
    Encoder encoder{builder};
    const auto& r = question.receipt;
    const auto id = encoder.text(r.receipt), entity = encoder.text(r.entity), customer = encoder.text(r.customer);
    const auto payer = encoder.party(r.payer);
    const auto words = encoder.texts(r.text);
    const auto references = encoder.tables<Reference>(r.references, [&](const auto& one) { return encoder.reference(one); });
    const auto value_date = Encoder::date(r.value_date), as_of = Encoder::date(question.as_of);
    const auto sum = encoder.amount(r.amount);
    const auto receipt = CreateReceiptFacts(builder, id, entity, &value_date, &sum, payer, customer, words, references);
    const auto items = encoder.tables<OpenItem>(question.items, [&](const owed::OpenItem& i) {
        const auto item = encoder.text(i.item), document = encoder.text(i.document), owner = encoder.text(i.customer),
                   name = encoder.text(i.customer_name), kind = encoder.text(i.kind), order = encoder.text(i.order),
                   reference = encoder.text(i.payment_reference);
        const auto dated = Encoder::date(i.document_date), due = Encoder::date(i.due_date);
        const auto original = encoder.amount(i.original), residual = encoder.amount(i.residual);
        return CreateOpenItem(builder, item, document, owner, name, kind, &dated, &due, &original, &residual, order, reference);
    });
    OWED_TRY_VOID(encoder.fault());
    builder.Finish(CreateMatchQuestion(builder, receipt, items, &as_of));
    return finished(builder);
}

Result<std::string> encode_answer(const owed::MatchAnswer& answer) {
    Builder builder;
    Encoder encoder{builder};
    const auto proposals = encoder.tables<MatchProposal>(answer.proposals, [&](const owed::MatchProposal& p) {
        const auto items = encoder.tables<MatchedItem>(p.items, [&](const owed::MatchedItem& m) {
            const auto item = encoder.text(m.item);
            const auto sum = encoder.amount(m.amount);
            return CreateMatchedItem(builder, item, &sum);
        });
        const auto evidence = encoder.texts(p.evidence);
        return CreateMatchProposal(builder, items, p.confidence_permille, evidence);
    });
    const auto reason = encoder.text(answer.reason);
    OWED_TRY_VOID(encoder.fault());
    builder.Finish(CreateMatchAnswer(builder, proposals, reason));
    return finished(builder);
}

}  // namespace owed::wire
