'use strict';

// The few calls that most operations need, and how they say what they expected.
const assert = require('node:assert');
const { kms, instance } = require('./connect');

const KEY = 'application/vnd.ibm.kms.key+json';

function collection(type, resource) {
  return { metadata: { collectionType: type, collectionTotal: 1 }, resources: [{ type, ...resource }] };
}

// Call a method of the client for one key, and insist on the status of its answer.
async function call(method, status, params = {}) {
  const response = await kms[method]({ ...instance, ...params });
  assert.strictEqual(response.status, status);
  return response;
}

async function create(fields = {}) {
  const body = collection(KEY, { name: 'from node', extractable: false, ...fields });
  return (await call('createKey', 201, { body })).result.resources[0];
}

async function wrap(id, body = {}) {
  return (await call('wrapKey', 200, { id, keyActionWrapBody: body })).result;
}

async function unwrap(id, body) {
  return (await call('unwrapKey', 200, { id, keyActionUnwrapBody: body })).result.plaintext;
}

async function metadata(id) {
  return (await call('getKeyMetadata', 200, { id })).result.resources[0];
}

// Expect a refusal with a status and a reason code, which this client leaves in the text of the body.
async function refused(status, code, promise) {
  await assert.rejects(promise, (error) => {
    assert.strictEqual(error.status, status);
    assert.ok(JSON.stringify(error.body).includes(code), `${code} is not in ${JSON.stringify(error.body)}`);
    return true;
  });
}

module.exports = { call, collection, create, metadata, refused, unwrap, wrap };
