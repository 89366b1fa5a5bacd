#!/usr/bin/env python3
"""What a connector needs beside its plugin and is not there: `owed --check` and a reload say the same, and a start goes on."""
import json
import unittest

from bad_input_test import PLACE, Configured
from company import Company

CRM = """connectors:
  - name: crm
    plugin: salesforce
    entity: emea
    settings: {{instance_url: "https://acme.my.salesforce.com"}}
{more}
"""
MAIL = """connectors:
  - name: relay
    plugin: email
    entity: emea
    settings: {{host: mail.example.com, user: owed, password_secret: smtp}}
{more}
"""


class Reach(Configured):
    def setUp(self):
        super().setUp()
        self.secret = self.folder / "login"
        self.secret.write_text("s3cret\n", encoding="utf-8")
        self.secret.chmod(0o600)
        self.good = f'    secrets: {{login: "file:{self.secret}"}}'

    def with_connector(self, connector, more):
        return self.write(("connectors:\n", connector.format(more=more)))

    def cases(self):
        empty = self.folder / "empty.pem"
        empty.touch()
        open_to_all = self.folder / "open"
        open_to_all.write_text("s3cret", encoding="utf-8")
        open_to_all.chmod(0o644)
        yield CRM, '    secrets: {login: "file:/nonexistent/login"}', 'secret "login": cannot open'
        yield CRM, f'    secrets: {{login: "file:{open_to_all}"}}', "can be read by others"
        yield CRM, '    secrets: {login: "env:OWED_NO_SUCH_VARIABLE"}', "the environment has no OWED_NO_SUCH_VARIABLE"
        yield CRM, f'    secrets:\n      login:\n        oauth2: {{grant: jwt_bearer, token_url: "https://login.example.com/t", client_id: a, subject: b, private_key: "file:{empty}"}}', \
            'secret "login", private_key: '
        yield CRM, self.good + '\n    allow_urls: ["https://other.example.com/"]', "settings/instance_url names https://acme.my.salesforce.com, which its allow_urls does not have"
        yield CRM, self.good + "\n    transfer: {ca_file: /nonexistent/ca.pem}", "transfer: ca_file: cannot open /nonexistent/ca.pem"
        yield CRM, self.good + f"\n    transfer: {{client_certificate: {empty}, client_key: \"file:{self.secret}\"}}", f"transfer: client_certificate: {empty} is empty"
        yield MAIL, f'    secrets: {{smpt: "file:{self.secret}"}}', 'settings/password_secret names the secret "smtp", and its secrets are smpt'
        yield MAIL, "    isolation: process", 'settings/password_secret names the secret "smtp", and it has no secrets'

    def test_a_check_and_a_reload_find_the_same(self):
        with Company(config=self.write()) as company:
            company.start()
            for connector, more, says in self.cases():
                with self.subTest(says):
                    code, lines = self.check(self.with_connector(connector, more))
                    self.assertEqual(code, 78, lines)
                    self.assertEqual(len(lines), 1, lines)
                    self.assertIn(says, lines[0])
                    self.assertRegex(lines[0], PLACE)
                    self.assertNotIn("s3cret", lines[0])
                    answer = company.ask("reload")
                    self.assertEqual((answer.returncode, json.loads(answer.stdout)["problems"]), (78, lines))
                    self.assertEqual(json.loads(company.ask("config", "check").stdout)["problems"], lines)
                    self.assertFalse({"crm", "relay"} & {row["name"] for row in company.list("connectors")})

    def test_what_is_there_is_good(self):
        for connector, more in ((CRM, self.good), (CRM, self.good + '\n    allow_urls: ["https://*.my.salesforce.com/services/"]'), (CRM, '    secrets: {login: "credential:crm-login"}'),
                                (MAIL, f'    secrets: {{smtp: "file:{self.secret}"}}')):
            with self.subTest(more):
                self.assertEqual(self.check(self.with_connector(connector, more)), (0, []))

    def test_a_start_goes_on_and_a_reload_of_others_too(self):
        file = self.with_connector(CRM, '    secrets: {login: "file:/nonexistent/login"}')
        with Company(config=file) as company:
            company.start()
            self.assertIn("crm", [row["name"] for row in company.list("connectors")])
            file.write_text(file.read_text(encoding="utf-8").replace("roles: [cash_applier]", "roles: [cash_applier, supervisor]"), encoding="utf-8")
            self.assertEqual(company.ctl("reload")["reload"]["parts"], ["people"])


if __name__ == "__main__":
    unittest.main()
