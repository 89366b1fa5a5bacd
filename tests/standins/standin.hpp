// Starts a stand-in server of this folder for a test and ends it with the test. Tests only.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "places/places.hpp"

namespace owed::standins {

/// A folder that goes away with the test.
class TempFolder {
  public:
    TempFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "owed-test-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) std::abort();
        path_ = pattern;
    }
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

inline std::string script(const std::string& name) { return owed::source_folder() + "/tests/standins/" + name; }

/// Runs a program to its end; its exit status.
inline int run(const std::vector<std::string>& arguments) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        execv(argv[0], argv.data());
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/// A server that prints "ready PORT" and writes a journal of JSON lines.
class StandIn {
  public:
    /// `name`: a script of this folder; `arguments` follow the journal's path.
    StandIn(const std::string& name, std::vector<std::string> arguments) : journal_{folder_.path() / "journal"} {
        std::vector<std::string> all{"/usr/bin/python3", script(name), journal_.string()};
        for (std::string& argument : arguments) all.push_back(std::move(argument));
        start(all);
    }
    ~StandIn() {
        if (child_ <= 0) return;
        kill(child_, SIGKILL);
        waitpid(child_, nullptr, 0);
    }
    StandIn(const StandIn&) = delete;
    StandIn& operator=(const StandIn&) = delete;

    bool ready() const { return port_ != 0; }
    std::string port() const { return std::to_string(port_); }

    /// What the server has written down so far with this "event"; "" means all.
    std::vector<boost::json::object> events(const std::string& event) const {
        std::vector<boost::json::object> found;
        std::ifstream lines{journal_};
        for (std::string line; std::getline(lines, line);) {
            boost::json::object object = boost::json::parse(line).as_object();
            if (event.empty() || object.at("event").as_string() == event) found.push_back(std::move(object));
        }
        return found;
    }

  private:
    void start(const std::vector<std::string>& arguments) {
        std::vector<char*> argv;
        for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
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
        FILE* out = fdopen(ends[0], "r");
        if (fscanf(out, "ready %d", &port_) != 1) port_ = 0;
        fclose(out);
    }

    TempFolder folder_;
    std::filesystem::path journal_;
    pid_t child_ = -1;
    int port_ = 0;
};

/// The certificates of make_certs.sh, made once a test program.
class Certificates {
  public:
    static const Certificates& made() {
        static const Certificates certificates;
        return certificates;
    }
    bool ready() const { return ready_; }
    std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
    /// --cert and --key for a stand-in.
    std::vector<std::string> serve(const std::string& name) const {
        return {"--cert", file(name + ".pem"), "--key", file(name + ".key")};
    }

  private:
    Certificates() : ready_{run({"/usr/bin/env", "bash", script("make_certs.sh"), folder_.path().string()}) == 0} {}
    TempFolder folder_;
    bool ready_;
};

}  // namespace owed::standins
