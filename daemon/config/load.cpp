// From YAML to Settings. One function a section; each reports what is wrong and goes on, so that one pass shows all.
#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "config/detail/cash_part.hpp"
#include "config/detail/company_terms.hpp"
#include "config/detail/connector_parts.hpp"
#include "config/settings.hpp"
#include "owed/reference.hpp"
#include "store/store.hpp"

namespace owed::config {
namespace {

using Problems = std::vector<Problem>;

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string{"."} : path.substr(0, slash);
}

std::string absolute(const std::string& folder, const std::string& path) {
    if (path.empty() || path.front() == '/') return path;
    return folder + "/" + path;
}

/// Joins a further file into the whole: lists append, maps merge, a second value for one key is a problem.
void merge(Node& into, const Node& more, Problems& problems) {
    if (more.kind == Node::Kind::null) return;
    if (into.kind == Node::Kind::null) {
        into = more;
        return;
    }
    if (into.kind == Node::Kind::sequence && more.kind == Node::Kind::sequence) {
        into.items.insert(into.items.end(), more.items.begin(), more.items.end());
        return;
    }
    if (into.kind != Node::Kind::map || more.kind != Node::Kind::map) {
        report(problems, more.place, "is given already at " + to_text(into.place));
        return;
    }
    for (const auto& member : more.members) {
        auto at = std::find_if(into.members.begin(), into.members.end(), [&](auto& known) { return known.key == member.key; });
        if (at == into.members.end())
            into.members.push_back(member);
        else
            merge(at->value, member.value, problems);
    }
}

PostalAddress read_address(Fields& fields) {
    PostalAddress address;
    address.lines = fields.texts("address");
    address.postcode = fields.text_or("postcode", "");
    address.city = fields.text_or("city", "");
    address.region = fields.text_or("region", "");
    address.country = fields.text_or("country", "");
    return address;
}

jobs::Letterhead read_letterhead(const Node& node, const std::string& entity_name, Problems& problems) {
    Fields fields{node, "creditor", problems};
    jobs::Letterhead shown;
    shown.creditor.name = fields.text_or("name", entity_name);
    shown.creditor.address = read_address(fields);
    shown.creditor.legal_lines = fields.texts("legal");
    shown.creditor.contact_name = fields.text_or("contact", "");
    shown.creditor.phone = fields.text_or("phone", "");
    shown.creditor.email = fields.text_or("email", "");
    shown.creditor.hours = fields.text_or("hours", "");
    shown.place = fields.text_or("place", shown.creditor.address.city);
    shown.language = fields.text_or("language", "en");
    shown.layout = fields.text_or("letter_layout", "din5008b");
    if (shown.layout != "din5008b" && shown.layout != "us10")
        fields.problem("letter_layout", "\"" + shown.layout + "\" is no letter layout; there are din5008b and us10");
    shown.from = fields.text_or("from", shown.creditor.email);
    shown.reply_to = fields.text_or("reply_to", shown.from);
    fields.done();
    return shown;
}

void read_chart(const Node& node, std::map<ledger::Role, ledger::Account>& chart, Problems& problems) {
    for (const auto& member : node.members) {
        const auto role = ledger::role_named(member.key);
        if (!role) {
            std::vector<std::string> names;
            for (auto known : ledger::all_roles()) names.emplace_back(ledger::name_of(known));
            auto better = suggestion(member.key, names);
            report(problems, member.place, "the chart has no role \"" + member.key + "\"" +
                                               (better.empty() ? std::string{} : "; did you mean \"" + better + "\"?"));
            continue;
        }
        if (member.value.kind == Node::Kind::scalar) {
            chart[*role].code = member.value.text;
        } else {
            Fields fields{member.value, "an account", problems};
            chart[*role].code = fields.text("code");
            chart[*role].name = fields.text_or("name", chart[*role].name);
            fields.done();
        }
    }
}

/// Roles of SECURITY section 7.5.
void check_roles(Fields& fields, std::string_view key, const std::vector<std::string>& named) {
    static const std::set<std::string> roles = {"viewer", "collector", "cash_applier", "supervisor", "approver", "integrator", "admin", "auditor"};
    for (const auto& role : named)
        if (!roles.contains(role)) fields.problem(std::string{key}, "there is no role \"" + role + "\"");
}

void read_entity(const Node& node, Settings& settings, Problems& problems) {
    Fields fields{node, "an entity", problems};
    ledger::Entity entity;
    entity.id = fields.text("id");
    entity.name = fields.text("name");
    entity.currency = fields.currency("currency");
    if (auto zone = Zone::find(fields.text("timezone")))
        entity.zone = *zone;
    else if (fields.has("timezone"))
        fields.problem("timezone", to_text(zone.error()));
    entity.calendar = fields.text_or("calendar", "");
    const auto authority = fields.text_or("authority", "hub");
    if (authority != "hub" && authority != "erp")
        fields.problem("authority", "\"" + authority + "\" is neither hub nor erp");
    entity.authority = authority == "erp" ? ledger::Authority::erp : ledger::Authority::hub;
    entity.chart = ledger::Books::default_chart();
    if (const auto* chart = fields.map("chart")) read_chart(*chart, entity.chart, problems);
    if (fields.has("soft_close_roles")) entity.soft_close_roles = fields.texts("soft_close_roles");
    check_roles(fields, "soft_close_roles", entity.soft_close_roles);
    if (const auto* creditor = fields.map("creditor"))
        settings.letterheads[entity.id] = read_letterhead(*creditor, entity.name, problems);
    fields.done();
    for (const auto& known : settings.entities)
        if (known.id == entity.id) fields.problem("id", "entity \"" + entity.id + "\" is defined twice");
    settings.entities.push_back(std::move(entity));
}

void require_entity(const Settings& settings, Fields& fields, const std::string& id) {
    if (id.empty() || knows_entity(settings, id)) return;
    std::vector<std::string> names;
    for (const auto& entity : settings.entities) names.push_back(entity.id);
    auto better = suggestion(id, names);
    fields.problem("entity", "there is no entity \"" + id + "\"" + (better.empty() ? std::string{} : "; did you mean \"" + better + "\"?"));
}

void read_account(const Node& node, Settings& settings, Problems& problems) {
    Fields fields{node, "an account", problems};
    ledger::BankAccount account;
    account.iban = without_blanks(fields.text_or("iban", ""));
    account.number = without_blanks(fields.text_or("number", ""));
    account.bank = fields.text_or("bank", fields.text_or("bic", ""));
    account.bank_name = fields.text_or("bank_name", "");
    account.holder = fields.text_or("holder", "");
    account.entity = fields.text("entity");
    account.gl = fields.text("gl");
    account.currency = fields.currency("currency");
    account.pay_to = fields.boolean_or("pay_to", false);
    require_entity(settings, fields, account.entity);
    if (fields.has("outgoing")) {
        const auto outgoing = fields.text("outgoing");
        if (outgoing != "post" && outgoing != "ignore") fields.problem("outgoing", "\"" + outgoing + "\" is neither post nor ignore");
        settings.cash.posts_outgoing[account.id()] = outgoing == "post";
    }
    if (account.iban.empty() == account.number.empty())
        report(problems, node.place, "an account has either \"iban\" or \"number\"");
    if (!account.iban.empty() && !is_valid_iban(account.iban))
        fields.problem("iban", "\"" + account.iban + "\" is not a valid IBAN: country, length or check digits are wrong; an account that has none is named by \"number\"");
    if (account.holder.empty())
        for (const auto& entity : settings.entities)
            if (entity.id == account.entity) account.holder = entity.name;
    fields.done();
    settings.accounts.push_back(std::move(account));
}

void read_person(const Node& node, Settings& settings, Problems& problems) {
    Fields fields{node, "a person", problems};
    Person person{fields.text("user"), fields.text("name"), fields.texts("roles"), fields.texts("entities")};
    check_roles(fields, "roles", person.roles);
    for (const auto& entity : person.entities)
        if (!knows_entity(settings, entity)) fields.problem("entities", "there is no entity \"" + entity + "\"");
    fields.done();
    settings.people.push_back(std::move(person));
}

void places_of(const Node& node, const std::string& pointer, std::map<std::string, Place>& places) {
    places[pointer] = node.place;
    for (std::size_t i = 0; i < node.items.size(); ++i) places_of(node.items[i], pointer + "/" + std::to_string(i), places);
    for (const auto& member : node.members) places_of(member.value, pointer + "/" + member.key, places);
}

std::optional<jobs::Cron> read_cron(Fields& fields, std::string_view key) {
    const auto text = fields.text_or(key, "");
    if (text.empty()) return {};
    auto cron = jobs::Cron::parse(text);
    if (cron) return *cron;
    fields.problem(key, cron.error().what);
    return {};
}

/// `profile: NAME` in settings becomes the profile itself, so that the plugin sees one object.
std::string settings_with_profile(const Node& node, const std::string& profiles, const Files& files, Problems& problems) {
    auto json = boost::json::parse(to_json(node)).as_object();
    const auto* profile = node.find("profile");
    if (profile != nullptr && profile->kind == Node::Kind::scalar) {
        auto text = profile_json(profile->text, profiles, files);
        if (!text)
            report(problems, profile->place, text.error().what);
        else
            json["profile"] = boost::json::parse(*text);
    }
    return boost::json::serialize(json);
}

void read_connector(const Node& node, Settings& settings, const std::string& base, const std::string& profiles, const Files& files,
                    Problems& problems) {
    Fields fields{node, "a connector", problems};
    Connector connector;
    connector.place = node.place;
    connector.name = fields.text("name");
    connector.plugin = fields.text("plugin");
    connector.entity = fields.text_or("entity", "");
    require_entity(settings, fields, connector.entity);
    connector.isolation = fields.text_or("isolation", "process");
    if (connector.isolation != "process" && connector.isolation != "none")
        fields.problem("isolation", "\"" + connector.isolation + "\" is neither process nor none");
    const auto network = fields.text_or("network", "host");
    if (network != "host" && network != "own") fields.problem("network", "\"" + network + "\" is neither host nor own");
    connector.own_network = network == "own";
    connector.programs = fields.texts("programs");
    connector.schedule = read_cron(fields, "schedule");
    if (const auto* own = fields.map("settings")) {
        connector.settings_json = settings_with_profile(*own, profiles, files, problems);
        places_of(*own, "", connector.settings_places);
    }
    if (const auto* secrets = fields.map("secrets")) read_secrets(*secrets, connector, problems);
    if (const auto* transfer = fields.map("transfer")) read_transfer(*transfer, base, connector, problems);
    connector.allow_urls = fields.texts("allow_urls");
    connector.allow_drafts = fields.boolean_or("allow_drafts", false);
    if (const auto* limits = fields.map("limits")) {
        Fields inner{*limits, "limits", problems};
        connector.call_deadline_seconds = inner.integer_or("call_deadline_seconds", 60, 1, 3600);
        connector.memory_mib = inner.integer_or("memory_mib", 512, 32, 16384);
        connector.rss_mib = inner.integer_or("rss_mib", connector.memory_mib - connector.memory_mib / 8, 16, 16384);
        connector.cpu_seconds = inner.integer_or("cpu_seconds", 120, 1, 86'400);
        connector.file_mib = inner.integer_or("file_mib", 256, 64, 16384);
        connector.threads = inner.integer_or("threads", 32, 1, 1024);
        inner.done();
    }
    fields.done();
    for (const auto& known : settings.connectors)
        if (known.name == connector.name) fields.problem("name", "connector \"" + connector.name + "\" is defined twice");
    settings.connectors.push_back(std::move(connector));
}

collect::Level read_level(const Node& node, Problems& problems) {
    Fields fields{node, "a level", problems};
    collect::Level level;
    level.level = static_cast<int>(fields.integer_or("level", 0, 1, 20));
    level.days_past_due = static_cast<int>(fields.integer_or("days", 0, 1, 3650));
    const auto channel = fields.text_or("channel", "email");
    if (auto known = collect::channel_named(channel))
        level.channel = *known;
    else
        fields.problem("channel", "there is no channel \"" + channel + "\"; there are email, letter and agency");
    level.template_name = fields.text_or("template", "");
    level.deadline_days = static_cast<int>(fields.integer_or("deadline_days", 10, 0, 90));
    for (auto& [code, fee] : fields.money_by_currency("fee")) level.fee.emplace(code, fee);
    fields.done();
    return level;
}

void read_policy(const Node& node, Settings& settings, Problems& problems) {
    Fields fields{node, "a dunning policy", problems};
    collect::Policy policy;
    policy.name = fields.text("name");
    policy.segments = fields.texts("segments");
    if (policy.segments.empty()) policy.segments = {"*"};
    policy.grace_days = static_cast<int>(fields.integer_or("grace_days", 0, 0, 365));
    for (auto& [code, amount] : fields.money_by_currency("minimum")) policy.minimum.emplace(code, amount);
    policy.min_gap_days = static_cast<int>(fields.integer_or("min_gap_days", 7, 1, 365));
    policy.repeat_last_max = static_cast<int>(fields.integer_or("repeat_last", 1, 0, 20));
    policy.quiet_weekends = fields.boolean_or("quiet_weekends", true);
    policy.hold_without_bank_days = static_cast<int>(fields.integer_or("hold_without_bank_days", 0, 0, 60));
    if (const auto* levels = fields.sequence("levels"))
        for (const auto& level : levels->items) policy.levels.push_back(read_level(level, problems));
    fields.done();
    policy.content_hash = store::hex(store::sha256(to_json(node)));
    if (auto good = collect::check(policy); !good)
        report(problems, node.place, "policy \"" + policy.name + "\", " + good.error().where + ": " + good.error().what);
    for (const auto& known : settings.policies)
        if (known.name == policy.name) fields.problem("name", "policy \"" + policy.name + "\" is defined twice");
    settings.policies.push_back(std::move(policy));
}

void read_credit(const Node& node, Settings& settings, Problems& problems) {
    Fields fields{node, "credit", problems};
    settings.credit.hold_overdue_days = static_cast<int>(fields.integer_or("hold_overdue_days", 0, 0, 3650));
    settings.credit.hold_from_level = static_cast<int>(fields.integer_or("hold_from_level", 0, 0, 20));
    fields.done();
}

/// approvals: {write_off: {EUR: "50.00"}}: up to there one person is enough.
void read_limits(const Node& node, Settings& settings, Problems& problems) {
    Fields fields{node, "approvals", problems};
    for (const char* kind : {"write_off", "waive", "refund", "deduction"})
        for (const auto& [code, amount] : fields.money_by_currency(kind)) {
            if (amount.is_negative()) fields.problem(kind, "a limit is not negative");
            settings.limits[kind].emplace(code, amount);
        }
    fields.done();
}

/// provision: {emea: {rates: {current: "0.4", 1-30: "1.8", ..., over-90: "35"}}}: percent by bucket of the aging.
void read_provision(const Node& node, Settings& settings, Problems& problems) {
    for (const auto& member : node.members) {
        if (!knows_entity(settings, member.key)) {
            report(problems, member.place, "there is no entity \"" + member.key + "\"");
            continue;
        }
        Fields fields{member.value, "a provision matrix", problems};
        const auto* rates = fields.map("rates");
        if (rates == nullptr && !fields.has("rates")) report(problems, member.place, "a provision matrix needs \"rates\"");
        fields.done();
        if (rates == nullptr) continue;
        std::map<std::string, Decimal> by_bucket;
        const auto before = problems.size();
        for (const auto& rate : rates->members) {
            auto value = parse_decimal(rate.value.text);
            if (!value) report(problems, rate.value.place, value.error().what);
            else by_bucket.emplace(rate.key, *value);
        }
        if (problems.size() != before) continue;
        auto matrix = jobs::ProvisionMatrix::make(by_bucket);
        if (matrix)
            settings.provision.emplace(member.key, std::move(*matrix));
        else
            report(problems, rates->place, matrix.error().what);
    }
}

Zone zone_of(const Settings& settings, const std::string& entity) {
    for (const auto& known : settings.entities)
        if (entity.empty() || known.id == entity) return known.zone;
    return Zone::utc();
}

void read_job(const Node& node, Settings& settings, Problems& problems) {
    static const std::set<std::string> kinds = {"cash", "dunning", "outbox", "revaluation", "reclass", "provision"};
    Fields fields{node, "a job", problems};
    const auto kind = fields.text("kind");
    const auto entity = fields.text_or("entity", "");
    require_entity(settings, fields, entity);
    if (!kind.empty() && !kinds.contains(kind))
        fields.problem("kind", "there is no job \"" + kind + "\"; there are cash, dunning, outbox, revaluation, reclass and provision (connectors have a schedule of their own)");
    if ((kind == "dunning" || jobs::is_month_end(kind)) && entity.empty()) report(problems, node.place, "a " + kind + " job names its entity");
    if (kind == "provision" && !entity.empty() && !settings.provision.contains(entity))
        report(problems, node.place, "a provision job needs a matrix: provision: {" + entity + ": {rates: {...}}}");
    const auto name = fields.text_or("name", entity.empty() ? kind : kind + " " + entity);
    auto cron = read_cron(fields, "schedule");
    if (!cron && !fields.has("schedule")) report(problems, node.place, "a job needs \"schedule\"");
    fields.done();
    for (const auto& known : settings.jobs)
        if (known.name == name) report(problems, node.place, "job \"" + name + "\" is defined twice; give one of them a name of its own");
    if (cron) settings.jobs.push_back({name, kind, entity, *cron, zone_of(settings, entity), node.place});
}

void read_approvals(const Node& node, Settings& settings, Problems& problems) {
    for (const auto& item : node.items) {
        Fields fields{item, "an approval", problems};
        settings.policy_approvals.push_back({fields.text("policy"), fields.text("sha256"), fields.text("by"), fields.date("on")});
        fields.done();
    }
}

void each(Fields& fields, std::string_view key, const std::function<void(const Node&)>& visit) {
    if (const auto* list = fields.sequence(key))
        for (const auto& item : list->items) visit(item);
}

Node read_node(const std::string& path, const Files& files, Problems& problems) {
    auto text = files.read(path);
    if (!text) {
        problems.push_back({path, 0, 0, text.error().what});
        return {};
    }
    return read_yaml(*text, path, problems);
}

void read_policies(Fields& fields, const std::string& base, Settings& settings, const Files& files, Problems& problems) {
    const auto folder = fields.text_or("policies", "");
    if (folder.empty()) return;
    const auto names = files.yaml_files_in(absolute(base, folder));
    if (names.empty()) fields.problem("policies", "there is no *.yaml in " + folder);
    for (const auto& name : names) {
        const auto node = read_node(name, files, problems);
        if (node.kind == Node::Kind::null) continue;
        Fields inner{node, "a policy file", problems};
        if (const auto* policy = inner.map("dunning_policy")) read_policy(*policy, settings, problems);
        if (const auto* approvals = inner.sequence("approvals")) read_approvals(*approvals, settings, problems);
        inner.done();
    }
}

void read_all(const Node& root, const std::string& base, Settings& settings, const Files& files, Problems& problems) {
    Fields fields{root, "the configuration", problems};
    each(fields, "entities", [&](const Node& node) { read_entity(node, settings, problems); });
    if (settings.entities.empty()) report(problems, root.place, "there is no entity; say who you are under \"entities\"");
    each(fields, "accounts", [&](const Node& node) { read_account(node, settings, problems); });
    each(fields, "people", [&](const Node& node) { read_person(node, settings, problems); });
    const auto profiles = absolute(base, fields.text_or("profiles", "profiles"));
    each(fields, "connectors", [&](const Node& node) { read_connector(node, settings, base, profiles, files, problems); });
    read_policies(fields, base, settings, files, problems);
    if (const auto* calendars = fields.map("calendars")) read_calendars(*calendars, settings, problems);
    if (const auto* terms = fields.map("terms")) read_company_terms(*terms, settings, problems);
    for (const auto& entity : settings.entities)
        if (!calendar_named(settings, entity.calendar))
            report(problems, root.place, "entity \"" + entity.id + "\" has calendar \"" + entity.calendar +
                                             "\", which there is not; built in are TARGET, US-FED, DE and weekends, others stand under \"calendars\"");
    if (const auto* cash = fields.map("cash")) read_cash(*cash, settings, problems);
    if (const auto* credit = fields.map("credit")) read_credit(*credit, settings, problems);
    if (const auto* limits = fields.map("approvals")) read_limits(*limits, settings, problems);
    if (const auto* provision = fields.map("provision")) read_provision(*provision, settings, problems);
    each(fields, "jobs", [&](const Node& node) { read_job(node, settings, problems); });
    settings.data = fields.text_or("data", "");
    settings.templates_folder = absolute(base, fields.text_or("templates", "templates"));
    if (const auto* plugins = fields.map("plugins")) {
        Fields inner{*plugins, "plugins", problems};
        settings.plugins_folder = absolute(base, inner.text_or("folder", ""));
        settings.allow_unlisted_plugins = inner.boolean_or("allow_unlisted", false);
        settings.plugin_signatures = inner.text_or("signatures", "");
        if (!settings.plugin_signatures.empty() && settings.plugin_signatures != "require" && settings.plugin_signatures != "warn" && settings.plugin_signatures != "off")
            inner.problem("signatures", "\"" + settings.plugin_signatures + "\" is neither require, warn nor off");
        settings.trusted_keys = absolute(base, inner.text_or("trusted_keys", ""));
        inner.done();
    }
    settings.socket = fields.text_or("socket", "");
    if (const auto* clock = fields.map("clock")) {
        Fields inner{*clock, "clock", problems};
        settings.demo_start = inner.text("demo_start");
        inner.done();
    }
    fields.done();
    if (auto books = ledger::Books::make(settings.entities, settings.accounts); !books)
        report(problems, root.place, books.error().what);
}

}  // namespace

Loaded load(const std::string& main_file, const Files& files) {
    Loaded loaded;
    loaded.settings.place = {main_file, 0, 0};
    auto root = read_node(main_file, files, loaded.problems);
    if (!loaded.problems.empty() && root.kind == Node::Kind::null) return loaded;
    const auto base = folder_of(main_file);
    for (const auto& name : files.yaml_files_in(base + "/conf.d")) merge(root, read_node(name, files, loaded.problems), loaded.problems);
    if (root.kind != Node::Kind::map) {
        report(loaded.problems, {main_file, 1, 1}, "the configuration must be a map of keys and values");
        return loaded;
    }
    loaded.effective = to_json(root);
    read_all(root, base, loaded.settings, files, loaded.problems);
    return loaded;
}

Result<std::string> profile_json(const std::string& name_or_file, const std::string& profiles_folder, const Files& files) {
    const bool is_file = name_or_file.find('/') != std::string::npos || name_or_file.find('.') != std::string::npos;
    const auto path = is_file ? name_or_file : profiles_folder + "/" + name_or_file + ".yaml";
    auto text = files.read(path);
    if (!text)
        return fail(Errc::not_found, "there is no profile \"" + name_or_file + "\" (" + text.error().what + ")", {},
                    "shipped profiles lie in " + profiles_folder);
    std::vector<Problem> problems;
    const auto node = read_yaml(*text, path, problems);
    if (!problems.empty()) return fail(Errc::invalid_config, to_text(problems.front()));
    return to_json(node);
}

}  // namespace owed::config
