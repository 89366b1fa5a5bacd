// An independent client, jsforce, against the stand-in: what it sends is what Salesforce's users send, and what it makes of the
// answers shows whether they have Salesforce's shapes. Settings come as JSON in the first argument; prints "ok NAME" for each
// step and ends with 0 only if all passed.
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const jsforce = require('jsforce');

const settings = JSON.parse(process.argv[2]);
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function assertion() {
  const text = [{ alg: 'RS256' }, {
    iss: settings.consumerKey, sub: settings.user, aud: 'https://login.salesforce.com', exp: Math.floor(Date.now() / 1000) + 120,
  }].map(base64url).join('.');
  return `${text}.${crypto.sign('RSA-SHA256', Buffer.from(text), fs.readFileSync(settings.key)).toString('base64url')}`;
}

const grant = () => ({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertion() });

async function control(verb, words = {}) {
  const reply = await fetch(settings.control, { method: 'POST', body: JSON.stringify({ do: verb, ...words }) });
  assert.equal(reply.status, 200);
  return reply.json();
}

let logins = 0;
const conn = new jsforce.Connection({
  loginUrl: settings.url, instanceUrl: settings.url, version: '60.0',
  // What jsforce calls on a 401: the JWT grant has no refresh token, so the client asks again.
  refreshFn: (connection, done) => {
    logins += 1;
    connection.oauth2.requestToken(grant()).then((reply) => done(null, reply.access_token, reply), done);
  },
});
conn.oauth2 = new jsforce.OAuth2({ loginUrl: settings.url });

const rejected = (promise, errorCode) => assert.rejects(promise, (error) => {
  assert.equal(error.errorCode, errorCode, `${error.errorCode}: ${error.message}`);
  return true;
});

const steps = {
  async 'authorize with the JWT grant'() {
    const user = await conn.authorize(grant());
    assert.equal(conn.instanceUrl, settings.url);
    assert.match(user.id, /^005[0-9A-Za-z]{15}$/);
    assert.match(user.organizationId, /^00D[0-9A-Za-z]{15}$/);
    assert.equal((await conn.identity()).username, settings.user);
  },
  async 'a refused grant has its name'() {
    const other = new jsforce.Connection({ loginUrl: settings.url, instanceUrl: settings.url, version: '60.0' });
    other.oauth2 = new jsforce.OAuth2({ loginUrl: settings.url });
    await assert.rejects(other.authorize({ ...grant(), assertion: `${assertion().slice(0, -8)}AAAAAAAA` }),
      { name: 'invalid_grant', message: 'invalid assertion' });
  },
  async 'query over two pages'() {
    const text = 'SELECT Id, Name, owed_Balance__c, Parent.Name FROM Account ORDER BY Name';
    const first = await conn.query(text, { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    assert.deepEqual([first.totalSize, first.done, first.records.length], [301, false, 200]);
    assert.equal(first.records[0].attributes.type, 'Account');
    assert.equal(first.records[0].Parent, null);
    const second = await conn.queryMore(first.nextRecordsUrl);
    assert.deepEqual([second.done, second.records.length], [true, 101]);
    const all = await conn.query(text, { autoFetch: true, maxFetch: 1000, headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    assert.equal(new Set(all.records.map((r) => r.Id)).size, 301);
  },
  async 'a query built by the client'() {
    const rows = await conn.sobject('Account').find({ Name: { $like: 'Account 00%' }, owed_Balance__c: { $gt: 5 },
      CreatedDate: { $gte: jsforce.Date.toDateTimeLiteral('2026-01-01T00:00:00Z') } }, ['Id', 'Name', 'owed_Balance__c', 'Owner.Username'])
      .sort({ Name: -1 }).limit(3).execute();
    assert.deepEqual(rows.map((r) => [r.Name, r.owed_Balance__c, r.Owner.Username]),
      [['Account 0099', 99.5, settings.user], ['Account 0098', 98.5, settings.user], ['Account 0097', 97.5, settings.user]]);
    await rejected(conn.query('SELECT Nothing FROM Account'), 'INVALID_FIELD');
    await rejected(conn.query('SELECT Id FROM Account WHERE'), 'MALFORMED_QUERY');
  },
  async 'limits, by header and by call'() {
    const { used, limit } = conn.limitInfo.apiUsage;
    assert.equal(limit, 15000);
    const limits = await conn.limits();
    assert.equal(limits.DailyApiRequests.Remaining, 15000 - used - 1);
    assert.equal(conn.limitInfo.apiUsage.used, used + 1);
  },
  async 'describe'() {
    for (const name of ['Account', 'Contact', 'Opportunity', 'Order', 'Task', 'Case']) {
      const described = await conn.describe(name);
      assert.equal(described.name, name);
      assert.ok(described.fields.some((f) => f.name === 'SystemModstamp' && f.type === 'datetime' && !f.updateable));
    }
    const order = await conn.sobject('Order').describe();
    assert.deepEqual(order.fields.find((f) => f.name === 'Status').picklistValues.map((p) => p.value).includes('On Hold'), true);
    assert.ok((await conn.describeGlobal()).sobjects.some((o) => o.name === 'Account' && o.keyPrefix === '001'));
  },
  async 'create, retrieve, update, destroy one'() {
    const made = await conn.sobject('Account').create({ Name: 'Made by the client', AnnualRevenue: 25000000 });
    assert.deepEqual(made, { id: made.id, success: true, errors: [] });
    assert.equal((await conn.sobject('Account').retrieve(made.id)).AnnualRevenue, 25000000);
    assert.equal((await conn.sobject('Account').update({ Id: made.id, Phone: '1' })).success, true);
    await rejected(conn.sobject('Account').update({ Id: made.id, Nothing: 1 }), 'INVALID_FIELD');
    await rejected(conn.sobject('Account').create({ Phone: '1' }), 'REQUIRED_FIELD_MISSING');
    assert.equal((await conn.sobject('Account').destroy(made.id)).success, true);
    await rejected(conn.sobject('Account').retrieve(made.id), 'ENTITY_IS_DELETED');
    const now = new Date();
    const span = [new Date(now - 3600e3), new Date(+now + 3600e3)];
    assert.deepEqual((await conn.sobject('Account').deleted(...span)).deletedRecords.map((r) => r.id), [made.id]);
  },
  async 'collection PATCH with a row error'() {
    const { records } = await conn.query("SELECT Id FROM Account WHERE Name IN ('Account 0001', 'Account 0002') ORDER BY Name");
    const rows = await conn.sobject('Account').update([
      { Id: records[0].Id, owed_Balance__c: 17.25, owed_Credit_Hold__c: true }, { Id: records[1].Id, owed_Customer__c: 'x'.repeat(65) },
    ]);
    assert.deepEqual(rows[0], { id: records[0].Id, success: true, errors: [] });
    assert.equal(rows[1].success, false);
    assert.equal(rows[1].errors[0].statusCode, 'STRING_TOO_LONG');
    assert.deepEqual(rows[1].errors[0].fields, ['owed_Customer__c']);
  },
  async 'upsert creates and updates'() {
    const values = { owed_Customer__c: 'NEW 1/2', Name: 'New one' };
    const made = await conn.sobject('Account').upsert({ ...values, owed_Customer__c: 'NEW-1' }, 'owed_Customer__c');
    assert.deepEqual([made.success, made.created, made.errors], [true, true, []]);
    const again = await conn.sobject('Account').upsert({ ...values, owed_Customer__c: 'NEW-1' }, 'owed_Customer__c');
    assert.deepEqual([again.id, again.created], [made.id, false]);
    await control('set', { upsert_status: 204 });
    assert.equal((await conn.sobject('Account').upsert({ Name: 'x', owed_Customer__c: 'NEW-1' }, 'owed_Customer__c')).success, true);
    const many = await conn.sobject('Account').upsert([values, { owed_Customer__c: 'NEW-1', Name: 'y' }, { owed_Customer__c: 'NEW-2' }], 'owed_Customer__c');
    assert.deepEqual(many.map((r) => [r.success, r.created]), [[true, true], [true, false], [false, undefined]]);
    await control('duplicate', { object: 'Account', field: 'owed_Customer__c', value: 'NEW-1' });
    await rejected(conn.sobject('Account').upsert({ owed_Customer__c: 'NEW-1' }, 'owed_Customer__c'), 'MULTIPLE_CHOICES');
    const { counts } = await control('state');
    assert.deepEqual(counts.Account.owed_Customer__c['NEW-1'], { created: 1, updated: 3 });
  },
  async 'bulk ingest with a failed row'() {
    conn.bulk2.pollInterval = 5;
    const result = await conn.bulk2.loadAndWaitForResults({ object: 'Account', operation: 'upsert', externalIdFieldName: 'owed_Customer__c',
      input: [{ owed_Customer__c: 'C-0003', Name: 'Renamed, "in bulk"', Phone: null }, { owed_Customer__c: 'BULK-1', Name: '' }], lineEnding: 'LF' });
    assert.deepEqual(result.successfulResults.map((r) => [r.sf__Created, r.owed_Customer__c, r.Name]), [['false', 'C-0003', 'Renamed, "in bulk"']]);
    assert.match(result.failedResults[0].sf__Error, /^REQUIRED_FIELD_MISSING:/);
    assert.deepEqual(result.unprocessedRecords, []);
  },
  async 'bulk query'() {
    const rows = await (await conn.bulk2.query('SELECT Name, owed_Balance__c FROM Account ORDER BY Name', { pollInterval: 5 })).toArray();
    assert.ok(rows.length > 300);
    assert.deepEqual(rows.find((r) => r.Name === 'Account 0010'), { Name: 'Account 0010', owed_Balance__c: '10.5' });
  },
  async 'a 401 leads to a new login and the same answer'() {
    await control('expire', { what: 'sessions' });
    assert.equal((await conn.query('SELECT Id FROM Account LIMIT 1')).totalSize, 1);
    assert.equal(logins, 1);
  },
  async 'html in place of an answer is seen as such'() {
    await control('mood', { rule: { mood: 'html', method: 'PATCH' } });
    await assert.rejects(conn.sobject('Account').upsert({ owed_Customer__c: 'NEW-3', Name: 'z' }, 'owed_Customer__c'), /ERROR_HTTP_503|Service Unavailable|html/i);
  },
  async 'the end of the daily limit'() {
    await control('usage', { used: 15000 });
    await rejected(conn.limits(), 'REQUEST_LIMIT_EXCEEDED');
    assert.deepEqual(conn.limitInfo.apiUsage, { used: 15000, limit: 15000 });
  },
};

(async () => {
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(`FAILED ${name}`);
      console.error(error);
      process.exit(1);
    }
  }
  process.exit(0);
})();
