// email: hands finished messages to a mail server, or into a maildir when there is none.
#include <optional>

#include "email/smtp.hpp"
#include "owed/plugin.hpp"
#include "shared/drop_out.hpp"
#include "shared/receipts.hpp"
#include "shared/settings.hpp"

namespace owed::plugins::email {

class Email : public plugin::Sender {
  public:
    static Result<std::unique_ptr<Email>> create(plugin::Host host, std::string_view settings_json) {
        OWED_TRY(const Settings settings, Settings::read(settings_json));
        if (settings.find("maildir") != nullptr) return std::make_unique<Email>(host, settings.text("maildir"));
        OWED_TRY(Server server, server_of(settings));
        return std::make_unique<Email>(host, std::move(server));
    }
    Email(plugin::Host host, Server server) : host_{host}, server_{std::move(server)} {}
    Email(plugin::Host host, const std::string& maildir) : host_{host}, maildir_{DropOut{host, maildir, false}} {}

    /// Of a server there is nothing to ask without sending.
    Status check() override { return maildir_ ? maildir_->check() : Status{}; }

    Result<SendReceipt> send(const Delivery& delivery) override {
        return refused_if_data(maildir_ ? put(delivery) : transfer(delivery));
    }

    /// SMTP has no way to ask what became of a message.
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        if (maildir_) return maildir_->find(file_name_for(key));
        return std::optional<SendReceipt>{};
    }

  private:
    static Result<Server> server_of(const Settings& settings) {
        Server server{.host = settings.text("host"), .port = static_cast<int>(settings.number("port", 587)),
                      .security = Security::starttls, .user = settings.text("user"),
                      .password_secret = settings.text("password_secret"), .from = settings.text("from")};
        const std::string security = settings.text("security", "starttls");
        if (security == "tls") server.security = Security::tls;
        if (security == "none") server.security = Security::none;
        if (server.host.empty()) return fail(Errc::invalid_config, "email needs host: or maildir:", "settings", "name the mail server");
        if (server.user.empty() != server.password_secret.empty())
            return fail(Errc::invalid_config, "user: and password_secret: go together", "settings.user");
        return server;
    }

    Result<SendReceipt> transfer(const Delivery& delivery) {
        OWED_TRY(const plugin::Request request, request_for(server_, delivery));
        OWED_TRY(const plugin::Response response, host_.transfer().perform(request));
        return receipt_of(response);
    }

    /// The same refusals as the server's way, so that a demo shows what the real thing would say.
    Result<SendReceipt> put(const Delivery& delivery) {
        OWED_TRY_VOID(request_for(server_, delivery));
        for (const std::string& address : delivery.recipients)
            OWED_TRY_VOID(check_recipient(address));
        return maildir_->put({{file_name_for(delivery.key), delivery.message}});
    }

    plugin::Host host_;
    Server server_;
    std::optional<DropOut> maildir_;
};

}  // namespace owed::plugins::email

OWED_PLUGIN(owed::plugins::email::Email);
