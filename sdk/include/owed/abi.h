/* The plugin boundary of owed, version 0.9: what a plugin (a shared object) and the daemon promise each other, in C.
 *
 * A plugin exports one symbol, `owed_plugin_entry`. All else is asked for by string id, in both directions: the host asks
 * an instance for what it can do ("owed.source/1"), the instance asks the host for services ("owed.log/1"). What this
 * file has released never changes shape: a struct grows at its end only, and a new ability is a new id.
 *
 * Rules for every function here
 *   size     Each struct that may grow begins with `size`, sizeof as its maker was compiled. A reader touches no member
 *            beyond it. Structs without `size` are frozen for good.
 *   threads  [call]  inside a call of the host into this instance, on the thread of that call. An instance is a strand:
 *                    its calls never overlap, but may come on another thread each time.
 *            [any]   any thread, any time between create and destroy.
 *   owner    Arguments belong to the caller and live until the function returns; who wants to keep them copies them.
 *            What a host function hands back belongs to the host and lives until the next call of the same function or
 *            until the host's call into the plugin returns, whichever comes first. Nobody frees the other side's memory.
 *   text     UTF-8, not terminated by zero; {NULL, 0} is the empty text. A host refuses other bytes with OWED_BUG.
 *   errors   Functions answer an owed_status. A plugin function that answers other than OWED_OK should have told
 *            "owed.fail/1" why; if not, the host says that the plugin gave no reason. Exceptions never cross.
 *   cancel   Once a call is cancelled or past its deadline, every host function answers OWED_CANCELLED at once; a plugin
 *            passes that on. A plugin that goes on without asking the host anything is killed (isolation: process).
 *
 * C11 and C++20 compile this file without a warning. The C++ wrapper is plugin.hpp; few authors need this one.
 */
#ifndef OWED_ABI_H
#define OWED_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OWED_ABI_MAJOR 0
#define OWED_ABI_MINOR 9

/* ---- values ---------------------------------------------------------------------------------------------------- */

typedef struct owed_text {
    const char* ptr;
    uint64_t len;
} owed_text;

typedef struct owed_bytes {
    const void* ptr;
    uint64_t len;
} owed_bytes;

/* The outcome of a call. The class of a failure decides what the host does next. Numbers are never reused. */
typedef int32_t owed_status;
enum {
    OWED_OK = 0,
    OWED_CONFIG = 1,          /* settings or environment must be changed by a person; not retried                      */
    OWED_AUTH = 2,            /* login refused or expired; alarm, retried only after a change                          */
    OWED_TRANSIENT = 3,       /* try again later: network, lock, 5xx                                                   */
    OWED_RATE_LIMITED = 4,    /* try again after retry_after_ms                                                        */
    OWED_DATA = 5,            /* this input is wrong: refused or rejected, the rest goes on                            */
    OWED_PERMANENT = 6,       /* the other side said no, and will say no again                                         */
    OWED_UNKNOWN_OUTCOME = 7, /* the effect may have happened; never simply repeated, asked about by lookup or a person */
    OWED_CANCELLED = 8,       /* asked to stop, or past the deadline                                                   */
    OWED_BUG = 9,             /* one side broke a rule of this file                                                    */
    OWED_UNSUPPORTED = 10,    /* this side cannot do that                                                              */
    OWED_NOT_FOUND = 11,      /* answered by services that look something up; no failure by itself                     */
    OWED_EXISTS = 12          /* something else of that name is there already                                          */
};

/* ---- entry ----------------------------------------------------------------------------------------------------- */

/* What the host gives an instance at create. Lives, and may be used, until destroy returns. */
typedef struct owed_host {
    uint32_t size;
    uint32_t abi_minor;       /* of the host */
    void* self;               /* first argument of every host function below */
    /* A table of functions by id, or NULL if this host has none of that id. The table lives until destroy. Ids that begin
     * with "x." are drafts: their shape may still change, and a host has them only where the configuration says
     * allow_drafts. [any] */
    const void* (*service)(void* self, owed_text id);
} owed_host;

/* What create fills in. */
typedef struct owed_instance {
    uint32_t size;            /* set by the host before create: how much of this struct it reads */
    uint32_t reserved;
    void* self;               /* first argument of every function of the instance */
    /* A table by id ("owed.source/1"), or NULL. It lives until destroy, and the answer never changes. [any] */
    const void* (*extension)(void* self, owed_text id);
    /* Ends the instance. The last call; none other is running. */
    void (*destroy)(void* self);
} owed_instance;

typedef struct owed_entry {
    uint32_t size;
    uint32_t abi_major;       /* OWED_ABI_MAJOR of the header the plugin was built with: must equal the host's */
    uint32_t abi_minor;       /* OWED_ABI_MINOR of that header */
    uint32_t min_host_minor;  /* the plugin refuses to run on a host below this */
    owed_text sdk;            /* what built it, for messages: "owed-sdk 0.1.0, g++ 12.2.0" */
    /* Makes one instance. `name`: as configured, for messages. `settings`: one JSON object, already checked against the
     * manifest's schema and with its defaults filled in. No effect outside and no wait: only log, clock (but for wait),
     * secrets, metrics, progress and fail work in here. Errors: OWED_CONFIG for what a schema cannot say. [call] */
    owed_status (*create)(const owed_host* host, owed_text name, owed_text settings, owed_instance* out);
} owed_entry;

/* The one exported symbol. Data, so that a host can read the version before any code of the plugin's choice runs. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const owed_entry owed_plugin_entry;

/* ---- what an instance can do ----------------------------------------------------------------------------------- */

/* An instance may have several of these tables at once. Each reaches as far as its struct below, and none of its functions
 * is NULL unless its comment allows that: else the instance is refused with OWED_BUG. Where source and agency are one,
 * read is called and fetch is not; a lookup goes to sender, agency and sink in turn until one gives a receipt. Ids of
 * drafts ("x.") are asked for only where the configuration allows drafts. */

#define OWED_SOURCE_1 "owed.source/1"
typedef struct owed_source_1 {
    uint32_t size;
    uint32_t reserved;
    /* Are settings, credentials and folders usable? Without effect. [call] */
    owed_status (*check)(void* self);
    /* Hands over, through "owed.emit/1", what follows `cursor` (empty at first), and commits as often as it likes. The
     * same cursor and the same answers of the host must give the same emits. [call] */
    owed_status (*read)(void* self, owed_bytes cursor);
    /* Asks a running read to end soon; returns at once. Host functions answer OWED_CANCELLED anyway. May be NULL. [any] */
    void (*cancel)(void* self);
} owed_source_1;

/* What sniff fills in. */
typedef struct owed_sniffed {
    uint32_t size;            /* set by the host */
    int32_t score;            /* 0 not mine, 100 certain */
    char format[32];          /* name of the format, ended by zero: "mt940" */
} owed_sniffed;

#define OWED_CODEC_1 "owed.codec/1"
typedef struct owed_codec_1 {
    uint32_t size;
    uint32_t reserved;
    /* How likely is `head` (the first 4 KiB, or all if shorter) of one of this codec's formats? Pure. [call] */
    owed_status (*sniff)(void* self, owed_text file_name, owed_bytes head, owed_sniffed* out);
    /* Reads a whole file: records through emit.records, then one emit.report. Pure: no files, no network, no state.
     * `format` empty: sniff. `profile`: JSON text, or empty for the settings' own.
     * OWED_DATA refuses the file, with its place ("feb.mt940:17:3") in failure.where; what was emitted is thrown away.
     * [call] */
    owed_status (*decode)(void* self, owed_text file_name, owed_bytes bytes, owed_text format, owed_text profile);
} owed_codec_1;

#define OWED_SENDER_1 "owed.sender/1"
typedef struct owed_sender_1 {
    uint32_t size;
    uint32_t reserved;
    /* As owed_source_1.check. [call] */
    owed_status (*check)(void* self);
    /* Delivers one owed.wire.Delivery (FlatBuffers, records.fbs) and answers with one emit.receipt. Delivery.key must
     * reach the receiver, so that lookup can find it. A status other than OWED_OK means that nothing left, but for
     * OWED_UNKNOWN_OUTCOME: then nobody knows. [call] */
    owed_status (*send)(void* self, owed_bytes delivery);
    /* Asks the receiver what became of a key: emit.receipt if it knows, none if it cannot tell. [call] */
    owed_status (*lookup)(void* self, owed_text key);
} owed_sender_1;

#define OWED_SINK_1 "owed.sink/1"
/* Writes records into another system: account status, order holds, journal entries. */
typedef struct owed_sink_1 {
    uint32_t size;
    uint32_t reserved;
    /* As owed_source_1.check. [call] */
    owed_status (*check)(void* self);
    /* Writes one owed.wire.RecordBatch and answers with one emit.results, which has a result for every record. Each
     * record's external_id is its key at the receiver: writing the same key again replaces what stands there and adds
     * nothing (an upsert), so the host may repeat a batch whose outcome it does not know. A status other than OWED_OK
     * means that the batch as a whole could not be tried, but for OWED_UNKNOWN_OUTCOME; records with a result keep it. A
     * record without a result counts as unknown, and so do all when a number fits no record or stands twice. [call] */
    owed_status (*write)(void* self, owed_bytes batch);
    /* Asks the receiver what stands under a key: emit.receipt if it knows, none if it cannot tell. May be NULL. [call] */
    owed_status (*lookup)(void* self, owed_text key);
} owed_sink_1;

#define OWED_AGENCY_1 "owed.agency/1"
/* A collection agency. place, update and recall take one owed.wire.Delivery, answer with one emit.receipt and keep the
 * rules of owed_sender_1.send; Delivery.key names the act, its facts the placement. */
typedef struct owed_agency_1 {
    uint32_t size;
    uint32_t reserved;
    owed_status (*check)(void* self);                          /* as owed_source_1.check. [call] */
    owed_status (*place)(void* self, owed_bytes delivery);     /* hands a debt over. [call] */
    owed_status (*update)(void* self, owed_bytes delivery);    /* tells of a payment, a dispute, a change. [call] */
    owed_status (*recall)(void* self, owed_bytes delivery);    /* takes it back. [call] */
    owed_status (*lookup)(void* self, owed_text key);          /* as owed_sender_1.lookup. [call] */
    owed_status (*fetch)(void* self, owed_bytes cursor);       /* the agency's events: as owed_source_1.read. [call] */
} owed_agency_1;

#define OWED_DECIDER_1 "owed.decider/1"
/* Proposes which open items a receipt pays. Pure: the same question, the same answer; of the host's services only those work
 * that tell it nothing: log, metrics, progress and fail, and clock.remaining and clock.cancelled. The host checks every
 * proposal against the books as if a stranger had made it, and a decider that is late or fails costs its proposal and
 * nothing else. */
typedef struct owed_decider_1 {
    uint32_t size;
    uint32_t reserved;
    /* Reads one owed.wire.MatchQuestion and answers with one emit.answer (owed.wire.MatchAnswer). [call] */
    owed_status (*propose)(void* self, owed_bytes question);
} owed_decider_1;

/* ---- what the host offers -------------------------------------------------------------------------------------- */

#define OWED_LOG_1 "owed.log/1"
enum { OWED_LOG_DEBUG = 0, OWED_LOG_INFO = 1, OWED_LOG_WARN = 2, OWED_LOG_ERROR = 3 };
typedef struct owed_log_1 {
    uint32_t size;
    uint32_t reserved;
    /* One event for operators, at most 8 KiB, the rest is cut. The host adds the instance's name and escapes what a
     * terminal would obey. No secrets. Never fails. [call] */
    void (*write)(void* host, int32_t level, owed_text text);
} owed_log_1;

#define OWED_CLOCK_1 "owed.clock/1"
typedef struct owed_clock_1 {
    uint32_t size;
    uint32_t reserved;
    /* The only clock: microseconds since 1970-01-01T00:00Z. It can be simulated and may stand still. [call] */
    owed_status (*now)(void* host, int64_t* micros);
    /* How long this call may still take, in real milliseconds; 0 when it is over. [call] */
    owed_status (*remaining)(void* host, uint64_t* millis);
    /* 1 when the call should end, else 0. [call] */
    int32_t (*cancelled)(void* host);
    /* Returns after `millis` of the host's clock, at once in a simulation that moves it; OWED_CANCELLED as soon as the
     * call should end. At most 60,000 at a time, beyond: OWED_DATA. The wait counts against the call's deadline. Not in
     * decode and propose: OWED_UNSUPPORTED. [call] */
    owed_status (*wait)(void* host, uint64_t millis);
} owed_clock_1;

#define OWED_RANDOM_1 "owed.random/1"
typedef struct owed_random_1 {
    uint32_t size;
    uint32_t reserved;
    /* Random bytes of the stream named `purpose` (so that one use never shifts another); at most 4 KiB. [call] */
    owed_status (*fill)(void* host, owed_text purpose, void* out, uint64_t len);
} owed_random_1;

#define OWED_STATE_1 "owed.state/1"
/* Key-value state of the instance. Inside read, changes join the next emit.commit, in one transaction with the records;
 * what is not committed is forgotten. Elsewhere the state is empty and put and remove answer OWED_UNSUPPORTED.
 * Keys of 1 to 256 bytes, values of 1 byte to 1 MiB, at most 10,000 keys; beyond: OWED_DATA. */
typedef struct owed_state_1 {
    uint32_t size;
    uint32_t reserved;
    /* OWED_NOT_FOUND if there is none. Sees changes not yet committed. [call] */
    owed_status (*get)(void* host, owed_text key, owed_bytes* value);
    owed_status (*put)(void* host, owed_text key, owed_bytes value); /* [call] */
    owed_status (*remove)(void* host, owed_text key);                /* of a missing key is OWED_OK. [call] */
} owed_state_1;

#define OWED_FILES_1 "owed.files/1"
typedef struct owed_file {
    uint32_t size;            /* of this struct */
    uint32_t ready;           /* 1: complete by the drop-folder rule (older than 5 s, or its length stood still for two
                                 looks, or NAME.done is there); 0: still being written, look again later */
    owed_text name;
    uint64_t length;          /* bytes */
    int64_t modified_us;      /* as the file system says */
    uint64_t age_ms;          /* since then, by the file system's clock */
} owed_file;

/* Folders that the configuration grants this instance. A folder's name here is the text of the setting that names it
 * (`"format": "folder"` in the manifest's schema): "folder:drop/bank". A plugin never sees a path. Names of files have no
 * slash and do not begin with a dot. Links, devices and files with several names are never listed nor opened. */
typedef struct owed_files_1 {
    uint32_t size;
    uint32_t reserved;
    /* Calls `found` for each file whose name fits `glob` (* ? [a-z], case matters), in order of name, before returning.
     * OWED_CONFIG: no such grant, or the folder is missing or unreadable. [call] */
    owed_status (*list)(void* host, owed_text folder, owed_text glob, void (*found)(void* context, const owed_file* file),
                        void* context);
    /* Up to `len` bytes from `offset`; *got is less only at the end. OWED_NOT_FOUND; OWED_DATA: over the size limit or
     * not a plain file. [call] */
    owed_status (*read)(void* host, owed_text folder, owed_text name, uint64_t offset, void* out, uint64_t len,
                        uint64_t* got);
    /* In send and a sink's write only, and in an agency's place, update and recall. Makes a file that appears whole and durable or not at all.
     * The name must follow from the content's identity (a delivery key), so that a repeat is seen: the same bytes there
     * already is OWED_OK, others OWED_EXISTS. OWED_TRANSIENT: disk full. [call] */
    owed_status (*write_new)(void* host, owed_text folder, owed_text name, owed_bytes bytes);
    /* OWED_OK or OWED_NOT_FOUND. [call] */
    owed_status (*exists)(void* host, owed_text folder, owed_text name);
} owed_files_1;

#define OWED_EMIT_1 "owed.emit/1"
enum {
    OWED_AFTER_LEAVE = 0,     /* the file stays where it is */
    OWED_AFTER_ARCHIVE = 1    /* once committed, the host moves it to archive/ or, if refused, to rejected/ */
};
/* What became of an artifact. */
enum { OWED_FATE_TAKEN = 0, OWED_FATE_DUPLICATE = 1, OWED_FATE_REJECTED = 2, OWED_FATE_LEFT = 3 };
typedef struct owed_artifact {
    uint32_t size;
    int32_t after;            /* OWED_AFTER_*; of files only */
    owed_text name;           /* as people know it; of a file: its name */
    owed_text folder;         /* not empty: the host takes the file `name` from this granted folder, `bytes` stay empty */
    owed_bytes bytes;
} owed_artifact;

/* How an instance hands over what it found. Each function returns when the host has taken it, so memory stays bounded. */
typedef struct owed_emit_1 {
    uint32_t size;
    uint32_t reserved;
    /* One file or page, decided and committed by the host before this returns; *fate is an OWED_FATE_*. In read only.
     * An error is about the surroundings (store full) and should end the read. [call] */
    owed_status (*artifact)(void* host, const owed_artifact* artifact, int32_t* fate);
    /* One owed.wire.RecordBatch (FlatBuffers), at most 48 MiB and 4,096 records. The host checks it; what does not pass
     * is OWED_DATA. In read: kept until commit. In decode: the file's records, in order. The host may answer OWED_OK
     * before it has looked at the batch and tell of its fault at a later records, artifact, commit or report. A fault is
     * never lost: nothing is committed or taken after one, and the call fails with it, whatever it answers. [call] */
    owed_status (*records)(void* host, owed_bytes batch);
    /* Everything since the last commit, state changes and this cursor (at most 64 KiB) in one transaction. In read only.
     * [call] */
    owed_status (*commit)(void* host, owed_bytes cursor);
    /* One owed.wire.DecodeReport, last in decode. [call] */
    owed_status (*report)(void* host, owed_bytes report);
    /* One owed.wire.Receipt, in send and lookup, and in an agency's place, update and recall. [call] */
    owed_status (*receipt)(void* host, owed_bytes receipt);
    /* One owed.wire.WriteResults, in write. [call] */
    owed_status (*results)(void* host, owed_bytes results);
    /* One owed.wire.MatchAnswer, in propose. [call] */
    owed_status (*answer)(void* host, owed_bytes answer);
} owed_emit_1;

#define OWED_TRANSFER_1 "owed.transfer/1"
/* A piece of a request. Frozen. */
enum { OWED_LITERAL = 0, OWED_SECRET = 1 };
enum { OWED_RAW = 0, OWED_XML = 1, OWED_JSON = 2, OWED_FORM = 3, OWED_BASE64 = 4 };
typedef struct owed_part {
    uint32_t kind;            /* OWED_LITERAL: `value` is sent as it is. OWED_SECRET: `value` names a secret of the
                                 configuration, which the host alone fills in when it sends. Literal text is never
                                 searched for placeholders: customers' data is in it. */
    uint32_t encoding;        /* of a secret, as the place needs it */
    owed_bytes value;
} owed_part;
typedef struct owed_parts {
    const owed_part* ptr;
    uint64_t count;
} owed_parts;
typedef struct owed_header {  /* frozen */
    owed_text name;
    owed_parts value;         /* no line breaks */
} owed_header;

enum {
    OWED_TLS_REQUIRED = 0,    /* verified TLS, by scheme (https, smtps) or STARTTLS; fails rather than sends in clear; of
                                 sftp: SSH, with the server's key pinned by the configuration                          */
    OWED_TLS_NONE = 1         /* plain text: to this machine alone, and only if the configuration allows it           */
};
/* What a request says, by the scheme of its URL; docs/reference/transfer.md has it in full.
 *   http, https      method, headers and body as in HTTP
 *   smtp, smtps      "MAIL": the envelope's fields and the whole message as body
 *   sftp, ftp, ftps  the path is the whole one, as the server shows it to this login; ftp is FTP with AUTH TLS
 *     GET            the file's bytes
 *     LIST           of a folder: "name TAB bytes TAB seconds since 1970 LF" for each plain file, by name
 *     PUT            the body as a new file, which appears whole or not at all; the same bytes there already are success,
 *                    others are refused
 *     DELETE         of a file
 *     RENAME         to the whole path in the header Destination, where nothing may be yet
 *   imap, imaps      the path is a mailbox, in UTF-8; imap is IMAP with STARTTLS. A header Uid-Validity, where one is given,
 *                    must be the mailbox's, which each answer tells in a header uid-validity
 *     LIST           of "/": each mailbox that holds messages, "name LF"
 *     SEARCH         "UID LF" of each message that all headers fit, ascending: Uid-After (a number), Since and Before (dates
 *                    of arrival, 2026-02-28), From, To, Subject, Message-Id (parts of them), With-Flags, Without-Flags
 *     GET            the message of the header Uid, whole; it does not count as read by that
 *     STORE          flags of that message, by the headers Add-Flags and Remove-Flags ("\Seen $Taken")
 *     COPY, MOVE     of that message to the mailbox in the header Destination
 * Control bytes, and in IMAP quotes and backslashes too, are refused with OWED_DATA before anything is sent. */
typedef struct owed_request {
    uint32_t size;
    uint32_t tls;             /* OWED_TLS_* */
    owed_text method;         /* as above */
    owed_text url;            /* no secrets in it; must fit the instance's allow-list, and so must Destination */
    const owed_header* headers;
    uint64_t header_count;
    owed_parts body;          /* of smtp: the whole message (RFC 5322) */
    owed_parts user;          /* login, if any: SMTP AUTH, HTTP basic; of sftp, ftp and imap always */
    owed_parts password;
    owed_text mail_from;      /* smtp: envelope */
    const owed_text* recipients;
    uint64_t recipient_count;
    owed_text idempotency_key; /* the receiver sees it, where the protocol has a place for it */
    uint64_t timeout_ms;      /* 0: the configured one; never beyond the call's deadline */
    uint64_t response_max;    /* bytes of body wanted at most; 0: the configured limit */
} owed_request;

typedef struct owed_reply_header { /* frozen */
    owed_text name;           /* lower case */
    owed_text value;
} owed_reply_header;
typedef struct owed_response {
    uint32_t size;
    int32_t outcome;          /* an owed_status, as the host judges the exchange: OWED_OK (http 2xx, smtp 2xx to the whole
                                 message), OWED_PERMANENT (the other side says no), OWED_TRANSIENT, OWED_RATE_LIMITED,
                                 OWED_AUTH, OWED_CONFIG (the server did not prove who it is), OWED_UNKNOWN_OUTCOME */
    int32_t code;             /* HTTP status, last SMTP or FTP reply, SFTP status; 0: none came, or IMAP */
    uint32_t bytes_left;      /* 1: part of the body or of the envelope's end left us, so the effect may have happened */
    uint64_t retry_after_ms;  /* what the other side asked for */
    const owed_reply_header* headers;
    uint64_t header_count;
    owed_bytes body;
    owed_text message;        /* one sentence when outcome is not OWED_OK, or the SMTP reply's text; never a secret */
} owed_response;

typedef struct owed_transfer_1 {
    uint32_t size;
    uint32_t reserved;
    /* One request, one response. Answers response->outcome, and always sets *response (it belongs to the host and lives
     * until the next perform or the end of the call) unless the status is OWED_BUG or OWED_CANCELLED before anything
     * was tried. OWED_UNKNOWN_OUTCOME: it broke after bytes left. Not in decode. [call] */
    owed_status (*perform)(void* host, const owed_request* request, const owed_response** response);
} owed_transfer_1;

#define OWED_SECRETS_1 "owed.secrets/1"
/* Secrets by reference: a plugin can ask whether the configuration gives one, and name it in a part of a request
 * (OWED_SECRET). There is no function that tells its value. */
typedef struct owed_secrets_1 {
    uint32_t size;
    uint32_t reserved;
    /* OWED_OK, or OWED_NOT_FOUND when the connector has no secret of that name. Does not read it: a file that is missing
     * or a login that is refused shows at the first transfer. [call] */
    owed_status (*has)(void* host, owed_text name);
} owed_secrets_1;

#define OWED_METRICS_1 "owed.metrics/1"
/* Figures of the instance for operators: `owectl connectors`, `owectl top` and the Prometheus text, there as
 * owed_plugin_NAME with the label instance. Names: 1 to 64 of a-z, 0-9 and _, a letter first; at most 64 of an instance,
 * more are dropped with one line in the log. Neither function fails. */
typedef struct owed_metrics_1 {
    uint32_t size;
    uint32_t reserved;
    /* Adds to a counter, which only grows (delta >= 0) and begins at 0 with the daemon. [call] */
    void (*count)(void* host, owed_text name, int64_t delta);
    /* Sets a gauge. [call] */
    void (*gauge)(void* host, owed_text name, int64_t value);
} owed_metrics_1;

#define OWED_PROGRESS_1 "owed.progress/1"
typedef struct owed_progress_1 {
    uint32_t size;
    uint32_t reserved;
    /* How far the running call is: `done` of `total` (0: not known) and a few words ("accounts, page 3"), at most 200
     * bytes. Shown in `owectl connectors` until the call ends. Never fails. [call] */
    void (*report)(void* host, uint64_t done, uint64_t total, owed_text words);
} owed_progress_1;

#define OWED_TRACE_DRAFT "x.owed.trace/1"
/* A draft: spans within a call, written to the log at level debug. */
typedef struct owed_trace_draft {
    uint32_t size;
    uint32_t reserved;
    void (*mark)(void* host, owed_text name); /* never fails. [call] */
} owed_trace_draft;

#define OWED_FAIL_1 "owed.fail/1"
typedef struct owed_failure {
    uint32_t size;
    owed_status status;       /* the class; should equal what the function then answers */
    owed_text message;        /* one sentence for people: found, expected, what to do; no secrets, no line breaks */
    owed_text detail;         /* for engineers: the log only */
    owed_text where;          /* place or field path: "feb.mt940:17:3", "/settings/pattern" */
    owed_text record;         /* external id of the record at fault, if one is */
    owed_text code;           /* finer name within the class, if it fits one of owed's ("malformed_input") */
    owed_text advice;         /* what to do about it */
    uint64_t retry_after_ms;
} owed_failure;
typedef struct owed_fail_1 {
    uint32_t size;
    uint32_t reserved;
    /* Says why the running call is about to fail. The last one counts. Never fails itself. [call] */
    void (*raise)(void* host, const owed_failure* failure);
    /* Why the host's last answer to this instance was not OWED_OK, or NULL if it was. Lives until the next host function
     * is called. Fit to be passed to raise as it is. [call] */
    const owed_failure* (*last)(void* host);
} owed_fail_1;

#ifdef __cplusplus
}
#endif
#endif /* OWED_ABI_H */
