/* A complete plugin in C11 against abi.h alone: no wrapper, no FlatBuffers library, nothing but the two files that are
 * promised (abi.h and records.fbs). It is every kind there is, and says little: what it is for is that it keeps running.
 * wrapped.cpp does the same by the C++ wrapper; frozen_test.cpp wants the same answers from both. */
#include <stdlib.h>
#include <string.h>

#include "owed/abi.h"

/* ---- FlatBuffers, written front to back: what is pointed at lies behind what points --------------------------------- */

struct out {
    unsigned char* data;
    size_t length, room;
    int failed;
};

static void grow(struct out* out, size_t more) {
    if (out->failed || out->length + more <= out->room) return;
    size_t room = 2 * (out->length + more) + 256;
    unsigned char* data = realloc(out->data, room);
    if (data == NULL) {
        out->failed = 1;
        return;
    }
    out->data = data;
    out->room = room;
}
static void put(struct out* out, const void* bytes, size_t length) {
    grow(out, length);
    if (out->failed) return;
    if (bytes != NULL && length != 0) memcpy(out->data + out->length, bytes, length);
    if (bytes == NULL) memset(out->data + out->length, 0, length);
    out->length += length;
}
static void align(struct out* out, size_t to) { put(out, NULL, (to - out->length % to) % to); }
static void put_u16(struct out* out, uint16_t value) { put(out, &value, sizeof value); }
static void put_u32(struct out* out, uint32_t value) { put(out, &value, sizeof value); }
static void set(struct out* out, size_t at, const void* bytes, size_t length) {
    if (!out->failed) memcpy(out->data + at, bytes, length);
}
static void refer(struct out* out, size_t at, size_t to) {
    uint32_t distance = (uint32_t)(to - at);
    set(out, at, &distance, sizeof distance);
}

/* A table of `size` bytes whose field i lies at offsets[i] (0: absent). The table begins at a multiple of 8. */
static size_t put_table(struct out* out, const uint16_t* offsets, uint16_t fields, uint16_t size) {
    const uint16_t vtable_size = (uint16_t)(4 + 2 * fields);
    align(out, 8);
    put(out, NULL, (8 - vtable_size % 8) % 8);
    const size_t vtable = out->length;
    put_u16(out, vtable_size);
    put_u16(out, size);
    for (uint16_t i = 0; i < fields; ++i) put_u16(out, offsets[i]);
    const size_t table = out->length;
    put_u32(out, (uint32_t)(table - vtable));
    put(out, NULL, (size_t)size - 4);
    return table;
}
static size_t put_vector(struct out* out, uint32_t count) { /* of references; the first lies 4 behind what this answers */
    align(out, 4);
    const size_t at = out->length;
    put_u32(out, count);
    put(out, NULL, (size_t)4 * count);
    return at;
}
static void put_text(struct out* out, size_t at, const char* before, const char* text, size_t length) {
    align(out, 4);
    refer(out, at, out->length);
    put_u32(out, (uint32_t)(strlen(before) + length));
    put(out, before, strlen(before));
    put(out, text, length);
    put(out, NULL, 1);
}
static size_t begin(struct out* out) {
    memset(out, 0, sizeof *out);
    put_u32(out, 0);
    return 0;
}

/* ---- FlatBuffers, read: the host made them and has checked what it made ---------------------------------------------- */

static const unsigned char* target(const unsigned char* at) {
    uint32_t distance;
    memcpy(&distance, at, sizeof distance);
    return at + distance;
}
static const unsigned char* field(const unsigned char* table, unsigned number) {
    int32_t back;
    uint16_t size, offset;
    memcpy(&back, table, sizeof back);
    const unsigned char* vtable = table - back;
    memcpy(&size, vtable, sizeof size);
    if (4 + 2 * number + 2 > size) return NULL;
    memcpy(&offset, vtable + 4 + 2 * number, sizeof offset);
    return offset == 0 ? NULL : table + offset;
}
static owed_text text_field(const unsigned char* table, unsigned number) {
    const unsigned char* at = field(table, number);
    owed_text text = {NULL, 0};
    if (at == NULL) return text;
    uint32_t length;
    at = target(at);
    memcpy(&length, at, sizeof length);
    text.ptr = (const char*)at + 4;
    text.len = length;
    return text;
}
static uint32_t vector_field(const unsigned char* table, unsigned number, const unsigned char** first) {
    const unsigned char* at = field(table, number);
    if (at == NULL) return 0;
    uint32_t count;
    at = target(at);
    memcpy(&count, at, sizeof count);
    *first = at + 4;
    return count;
}

/* ---- the instance ------------------------------------------------------------------------------------------------------ */

struct plain {
    const owed_host* host;
    const owed_log_1* log;
    const owed_state_1* state;
    const owed_emit_1* emit;
    const owed_metrics_1* metrics;
    const owed_fail_1* fail;
};

static owed_text words(const char* text) {
    owed_text made = {text, strlen(text)};
    return made;
}
static const void* service(const owed_host* host, const char* id) { return host->service(host->self, words(id)); }

static owed_status say(struct plain* plain, owed_status status, const char* message, owed_text where) {
    owed_failure failure;
    memset(&failure, 0, sizeof failure);
    failure.size = sizeof failure;
    failure.status = status;
    failure.message = words(message);
    failure.where = where;
    failure.code = words("malformed_input");
    plain->fail->raise(plain->host->self, &failure);
    return status;
}
/* What the host refused is passed on in its own words. */
static owed_status pass_on(struct plain* plain, owed_status status) {
    if (status == OWED_OK) return status;
    const owed_failure* why = plain->fail->last(plain->host->self);
    if (why != NULL) plain->fail->raise(plain->host->self, why);
    return status;
}
static owed_status give(struct plain* plain, struct out* out, owed_status (*function)(void* host, owed_bytes bytes)) {
    owed_bytes bytes = {out->data, out->length};
    owed_status status = out->failed ? say(plain, OWED_TRANSIENT, "out of memory", words("")) : pass_on(plain, function(plain->host->self, bytes));
    free(out->data);
    return status;
}

/* A batch with room for `count` references to records; fill_record fills them. */
static size_t begin_batch(struct out* out, uint32_t count) {
    static const uint16_t batch[] = {4};
    size_t root = begin(out), table = put_table(out, batch, 1, 8);
    refer(out, root, table);
    size_t records = put_vector(out, count);
    refer(out, table + 4, records);
    return records + 4;
}
static void put_customer(struct out* out, size_t reference, const char* before, const char* number, size_t length) {
    static const uint16_t record[] = {4, 8, 12};   /* body_type, body, external_id */
    static const uint16_t customer[] = {4, 0, 8};  /* number, -, name */
    static const unsigned char body_customer = 1;
    size_t table = put_table(out, record, 3, 16);
    refer(out, reference, table);
    set(out, table + 4, &body_customer, 1);
    put_text(out, table + 12, "ext-", number, length);
    size_t body = put_table(out, customer, 3, 12);
    refer(out, table + 8, body);
    put_text(out, body + 4, before, number, length);
    put_text(out, body + 8, "", "Frozen", 6);
}

static owed_status check(void* self) {
    struct plain* plain = self;
    plain->metrics->count(plain->host->self, words("checks"), 1);
    return OWED_OK;
}

static owed_status read(void* self, owed_bytes cursor) {
    struct plain* plain = self;
    struct out out;
    char next[64];
    plain->log->write(plain->host->self, OWED_LOG_INFO, words("reading"));
    owed_bytes seen = {"yes", 3};
    owed_status status = plain->state->put(plain->host->self, words("seen"), seen);
    if (status != OWED_OK) return pass_on(plain, status);
    put_customer(&out, begin_batch(&out, 1), "C-", cursor.ptr, (size_t)cursor.len);
    status = give(plain, &out, plain->emit->records);
    if (status != OWED_OK) return status;
    if (cursor.len > sizeof next - 1) return say(plain, OWED_DATA, "the cursor is longer than any that was given out", words(""));
    if (cursor.len != 0) memcpy(next, cursor.ptr, (size_t)cursor.len);
    next[cursor.len] = '+';
    owed_bytes after = {next, cursor.len + 1};
    return pass_on(plain, plain->emit->commit(plain->host->self, after));
}
static void cancel(void* self) { (void)self; }

static owed_status sniff(void* self, owed_text file_name, owed_bytes head, owed_sniffed* found) {
    (void)self, (void)file_name;
    found->score = head.len >= 6 && memcmp(head.ptr, "FROZEN", 6) == 0 ? 90 : 0;
    memcpy(found->format, "frozen", 7);
    return OWED_OK;
}

static owed_status decode(void* self, owed_text file_name, owed_bytes bytes, owed_text format, owed_text profile) {
    static const uint16_t report[] = {4, 8, 0, 0, 16}; /* format, verdict, -, -, records */
    struct plain* plain = self;
    struct out out;
    const char* text = bytes.ptr;
    uint64_t lines = 0, at = 0;
    (void)format, (void)profile;
    if (bytes.len == 0) return say(plain, OWED_DATA, "the file is empty", file_name);
    for (uint64_t i = 0; i < bytes.len; ++i) lines += text[i] == '\n';
    if (lines > 4096) return say(plain, OWED_DATA, "more than 4096 lines", file_name);
    size_t reference = begin_batch(&out, (uint32_t)lines);
    for (uint64_t i = 0; i < bytes.len; ++i) {
        if (text[i] != '\n') continue;
        put_customer(&out, reference, "", text + at, (size_t)(i - at));
        reference += 4;
        at = i + 1;
    }
    owed_status status = give(plain, &out, plain->emit->records);
    if (status != OWED_OK) return status;
    size_t root = begin(&out), table = put_table(&out, report, 5, 24);
    refer(&out, root, table);
    set(&out, table + 16, &lines, sizeof lines);
    put_text(&out, table + 4, "", "frozen", 6);
    return give(plain, &out, plain->emit->report);
}

static owed_status receipt(struct plain* plain, const char* what, owed_text key) {
    static const uint16_t offsets[] = {8, 4}; /* state, provider_id */
    struct out out;
    size_t root = begin(&out), table = put_table(&out, offsets, 2, 12);
    refer(&out, root, table);
    put_text(&out, table + 4, what, key.ptr, (size_t)key.len);
    return give(plain, &out, plain->emit->receipt);
}
static owed_text key_of(owed_bytes delivery) { return text_field(target(delivery.ptr), 0); }
static owed_status send(void* self, owed_bytes delivery) { return receipt(self, "sent:", key_of(delivery)); }
static owed_status place(void* self, owed_bytes delivery) { return receipt(self, "placed:", key_of(delivery)); }
static owed_status update(void* self, owed_bytes delivery) { return receipt(self, "updated:", key_of(delivery)); }
static owed_status recall(void* self, owed_bytes delivery) { return receipt(self, "recalled:", key_of(delivery)); }
static owed_status lookup(void* self, owed_text key) {
    return key.len == 5 && memcmp(key.ptr, "known", 5) == 0 ? receipt(self, "found:", key) : OWED_OK;
}

static owed_status write(void* self, owed_bytes batch) {
    static const uint16_t results[] = {4};
    static const uint16_t result[] = {4, 12, 8}; /* index, state, remote_id */
    struct plain* plain = self;
    struct out out;
    const unsigned char* first = NULL;
    const uint32_t count = vector_field(target(batch.ptr), 0, &first);
    size_t root = begin(&out), table = put_table(&out, results, 1, 8);
    refer(&out, root, table);
    size_t all = put_vector(&out, count);
    refer(&out, table + 4, all);
    for (uint32_t i = 0; i < count; ++i) {
        const owed_text id = text_field(target(first + 4 * i), 2);
        const unsigned char state = id.len != 0 && id.ptr[0] == 'x' ? 1 : 0; /* refused, sent */
        size_t one = put_table(&out, result, 3, 16);
        refer(&out, all + 4 + 4 * i, one);
        set(&out, one + 4, &i, sizeof i);
        set(&out, one + 12, &state, 1);
        put_text(&out, one + 8, "R-", id.ptr, (size_t)id.len);
    }
    return give(plain, &out, plain->emit->results);
}

static owed_status propose(void* self, owed_bytes question) {
    static const uint16_t answer[] = {4, 8};      /* proposals, reason */
    static const uint16_t proposal[] = {4, 8};    /* items, confidence */
    static const uint16_t matched[] = {4, 8};     /* item, amount */
    static const uint16_t confidence = 900;
    struct plain* plain = self;
    struct out out;
    const unsigned char* first = NULL;
    const uint32_t items = vector_field(target(question.ptr), 1, &first);
    size_t root = begin(&out), table = put_table(&out, answer, 2, 12);
    refer(&out, root, table);
    put_text(&out, table + 8, "", items == 0 ? "nothing is open" : "the first item", items == 0 ? 15 : 14);
    size_t proposals = put_vector(&out, items == 0 ? 0 : 1);
    refer(&out, table + 4, proposals);
    if (items != 0) {
        const unsigned char* item = target(first);
        const owed_text id = text_field(item, 0);
        size_t one = put_table(&out, proposal, 2, 12);
        refer(&out, proposals + 4, one);
        set(&out, one + 8, &confidence, sizeof confidence);
        size_t vector = put_vector(&out, 1);
        refer(&out, one + 4, vector);
        size_t inner = put_table(&out, matched, 2, 24);
        refer(&out, vector + 4, inner);
        set(&out, inner + 8, field(item, 8), 16); /* its residual: a struct, as it stands */
        put_text(&out, inner + 4, "", id.ptr, (size_t)id.len);
    }
    return give(plain, &out, plain->emit->answer);
}

static const owed_source_1 source_table = {sizeof(owed_source_1), 0, check, read, cancel};
static const owed_codec_1 codec_table = {sizeof(owed_codec_1), 0, sniff, decode};
static const owed_sender_1 sender_table = {sizeof(owed_sender_1), 0, check, send, lookup};
static const owed_sink_1 sink_table = {sizeof(owed_sink_1), 0, check, write, lookup};
static const owed_agency_1 agency_table = {sizeof(owed_agency_1), 0, check, place, update, recall, lookup, read};
static const owed_decider_1 decider_table = {sizeof(owed_decider_1), 0, propose};

static const void* extension(void* self, owed_text id) {
    static const struct {
        const char* id;
        const void* table;
    } tables[] = {{OWED_SOURCE_1, &source_table}, {OWED_CODEC_1, &codec_table},   {OWED_SENDER_1, &sender_table},
                  {OWED_SINK_1, &sink_table},     {OWED_AGENCY_1, &agency_table}, {OWED_DECIDER_1, &decider_table}};
    (void)self;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; ++i)
        if (id.len == strlen(tables[i].id) && memcmp(id.ptr, tables[i].id, id.len) == 0) return tables[i].table;
    return NULL;
}
static void destroy(void* self) { free(self); }

static owed_status create(const owed_host* host, owed_text name, owed_text settings, owed_instance* instance) {
    struct plain* plain = malloc(sizeof *plain);
    (void)name, (void)settings;
    if (plain == NULL) return OWED_TRANSIENT;
    plain->host = host;
    plain->log = service(host, OWED_LOG_1);
    plain->state = service(host, OWED_STATE_1);
    plain->emit = service(host, OWED_EMIT_1);
    plain->metrics = service(host, OWED_METRICS_1);
    plain->fail = service(host, OWED_FAIL_1);
    if (plain->log == NULL || plain->state == NULL || plain->emit == NULL || plain->metrics == NULL || plain->fail == NULL) {
        free(plain);
        return OWED_UNSUPPORTED;
    }
    instance->self = plain;
    instance->extension = extension;
    instance->destroy = destroy;
    return OWED_OK;
}

const owed_entry owed_plugin_entry = {sizeof(owed_entry), OWED_ABI_MAJOR, OWED_ABI_MINOR, 9, {"by hand, C11", 12}, create};
