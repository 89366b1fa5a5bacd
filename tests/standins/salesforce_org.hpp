// The Salesforce stand-in for C++ tests: starts it, speaks to its control endpoint, ends it. Tests only.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "tests/standins/standin.hpp"
#include "transports/transfer.hpp"

namespace owed::standins {

class SalesforceOrg {
  public:
    static constexpr const char* client_secret = "c1ient-s3cret-canary";

    /// `seed`: {"records": {...}} as the stand-in takes it; `arguments`: more of its options.
    explicit SalesforceOrg(const boost::json::object& seed = {}, std::vector<std::string> arguments = {}) {
        const auto seed_file = folder_.path() / "seed.json";
        std::ofstream{seed_file} << boost::json::serialize(seed);
        std::vector<std::string> all{"/usr/bin/python3", script("salesforce"), "--seed", seed_file.string(), "--log", (folder_.path() / "log").string(),
                                     "--client-secret", client_secret, "--now", "2026-03-31T08:00:00Z"};
        for (auto& argument : arguments) all.push_back(std::move(argument));
        start(all);
    }
    ~SalesforceOrg() {
        if (child_ <= 0) return;
        kill(child_, SIGKILL);
        waitpid(child_, nullptr, 0);
    }
    SalesforceOrg(const SalesforceOrg&) = delete;
    SalesforceOrg& operator=(const SalesforceOrg&) = delete;

    bool ready() const { return !url_.empty(); }
    const std::string& url() const { return url_; }

    /// One command for the control endpoint: R"({"do": "state"})".
    boost::json::object control(const std::string& command) const {
        transports::Request request;
        request.method = "POST";
        request.url = url_ + "/__control";
        request.body = command;
        request.encryption = transports::Encryption::never_on_loopback;
        const auto response = transports::transfer(request);
        if (!response || response->status != 200) {
            ADD_FAILURE() << command << ": " << (response ? response->detail + " " + response->body : to_text(response.error()));
            return {};
        }
        return boost::json::parse(response->body).as_object();
    }
    boost::json::array records(const std::string& object) const { return control(R"({"do": "records", "object": ")" + object + "\"}").at("records").as_array(); }
    /// The record with that value, as it is held now; empty: none.
    boost::json::object record(const std::string& object, const std::string& field, const std::string& value) const {
        for (const auto& one : records(object))
            if (const auto* held = one.as_object().if_contains(field); held != nullptr && held->is_string() && held->as_string() == value) return one.as_object();
        return {};
    }
    void put(const std::string& object, const boost::json::object& record) const {
        control(boost::json::serialize(boost::json::object{{"do", "put"}, {"object", object}, {"record", record}}));
    }
    void mood(const std::string& rule) const { control(R"({"do": "mood", "rule": )" + rule + "}"); }
    void calm() const { control(R"({"do": "clear"})"); }
    /// How often records with that external id were created or updated.
    std::int64_t effects(const std::string& object, const std::string& field, const std::string& value) const {
        const auto counts = control(R"({"do": "effects"})").at("counts").as_object();
        const boost::json::value* here = counts.if_contains(object);
        for (const auto& name : {field, value})
            if (here != nullptr) here = here->as_object().if_contains(name);
        std::int64_t sum = 0;
        if (here != nullptr)
            for (const auto& [what, times] : here->as_object()) sum += times.as_int64();
        return sum;
    }
    /// The calls it saw so far, control apart.
    std::vector<boost::json::object> requests() const {
        std::vector<boost::json::object> found;
        std::ifstream lines{folder_.path() / "log"};
        for (std::string line; std::getline(lines, line);) {
            auto object = boost::json::parse(line).as_object();
            if (object.at("event").as_string() == "request") found.push_back(std::move(object));
        }
        return found;
    }

  private:
    void start(const std::vector<std::string>& arguments) {
        std::vector<char*> argv;
        for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
        argv.push_back(nullptr);
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) return;
        child_ = fork();
        if (child_ == 0) {
            dup2(ends[1], 1);
            execv(argv[0], argv.data());
            _exit(127);
        }
        close(ends[1]);
        std::string line;
        for (char c = 0; read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
        close(ends[0]);
        boost::json::error_code error;
        const auto told = boost::json::parse(line, error);
        if (!error && told.is_object()) url_ = std::string{told.at("url").as_string()};
    }

    TempFolder folder_;
    std::string url_;
    pid_t child_ = -1;
};

}  // namespace owed::standins
