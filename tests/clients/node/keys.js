'use strict';

// Keys: make, import, read, list, rotate, disable, enable, delete, restore; and what they wrap.
const assert = require('node:assert');
const { json } = require('node:stream/consumers');
const { call, create, metadata, refused, unwrap, wrap } = require('./calls');
const { secureImport } = require('./secure_import');

const MATERIAL = Buffer.alloc(32, 7).toString('base64');
const DEK = Buffer.from('0123456789abcdef').toString('base64');

module.exports = {
  async createKey() {
    const key = await create();
    assert.deepStrictEqual([key.state, key.extractable, key.imported], [1, false, false]);
  },

  async 'createKey: a standard key'() {
    const key = await create({ extractable: true, payload: DEK });
    assert.strictEqual((await call('getKey', 200, { id: key.id })).result.resources[0].payload, DEK);
  },

  async 'createKey: imported'() {
    const [one, two] = [await create({ payload: MATERIAL }), await create({ payload: MATERIAL })];
    const { ciphertext } = await wrap(one.id, { plaintext: DEK });
    assert.strictEqual(await unwrap(two.id, { ciphertext }), DEK); // the same material opens it
  },

  async 'createKey: imported with a token'() {
    const key = await create(await secureImport(Buffer.from(MATERIAL, 'base64')));
    const twin = await create({ payload: MATERIAL });
    const { ciphertext } = await wrap(key.id, { plaintext: DEK });
    assert.strictEqual(await unwrap(twin.id, { ciphertext }), DEK);
  },

  async postImportToken() {
    const { result } = await call('postImportToken', 200, { expiration: 600, maxAllowedRetrievals: 3 });
    assert.strictEqual(result.remainingRetrievals, 3);
  },

  async getImportToken() {
    await call('postImportToken', 200, { expiration: 600, maxAllowedRetrievals: 3 });
    const { result } = await call('getImportToken', 200);
    assert.strictEqual(result.remainingRetrievals, 2);
    assert.match(Buffer.from(result.payload, 'base64').toString(), /^-----BEGIN PUBLIC KEY-----/);
  },

  async getKeys() {
    const key = await create();
    const { result } = await call('getKeys', 200, { limit: 5000, offset: 0 });
    assert.ok(result.resources.some(({ id }) => id === key.id));
    assert.strictEqual(result.metadata.collectionTotal, result.resources.length);
  },

  async getKeyCollectionMetadata() {
    const total = async () => Number((await call('getKeyCollectionMetadata', 200)).headers['key-total']);
    const before = await total();
    await create();
    assert.strictEqual(await total(), before + 1);
  },

  async getKey() {
    const key = await create();
    const found = (await call('getKey', 200, { id: key.id })).result.resources[0];
    assert.deepStrictEqual([found.id, found.payload], [key.id, undefined]);
  },

  async 'getKey: refused'() {
    await refused(404, 'KEY_NOT_FOUND_ERR', call('getKey', 200, { id: '00000000-0000-4000-8000-000000000000' }));
  },

  async getKeyMetadata() {
    const key = await create();
    assert.strictEqual((await metadata(key.id)).crn, key.crn);
  },

  async getKeyVersions() {
    const { id } = await create();
    await call('rotateKey', 204, { id });
    const { result } = await call('getKeyVersions', 200, { id });
    assert.strictEqual(result.metadata.collectionTotal, 2);
  },

  async wrapKey() {
    const made = await wrap((await create()).id);
    assert.strictEqual(Buffer.from(made.plaintext, 'base64').length, 32);
  },

  async unwrapKey() {
    const { id } = await create();
    const { ciphertext } = await wrap(id, { plaintext: DEK, aad: ['bucket', 'object'] });
    assert.strictEqual(await unwrap(id, { ciphertext, aad: ['bucket', 'object'] }), DEK);
    await refused(422, 'UNPROCESSABLE_CIPHERTEXT_ERR', unwrap(id, { ciphertext }));
  },

  async rewrapKey() {
    const { id } = await create();
    const { ciphertext } = await wrap(id, { plaintext: DEK });
    await call('rotateKey', 204, { id });
    const { result } = await call('rewrapKey', 200, { id, keyActionRewrapBody: { ciphertext } });
    assert.notStrictEqual(result.keyVersion.id, result.rewrappedKeyVersion.id);
    assert.strictEqual(await unwrap(id, { ciphertext: result.ciphertext }), DEK);
  },

  async rotateKey() {
    const { id } = await create();
    const before = await metadata(id);
    await call('rotateKey', 204, { id });
    assert.notStrictEqual((await metadata(id)).keyVersion.id, before.keyVersion.id);
  },

  async 'rotateKey: imported'() {
    const { id } = await create({ payload: MATERIAL });
    await call('rotateKey', 204, { id, keyActionRotateBody: { payload: Buffer.alloc(32, 8).toString('base64') } });
  },

  async disableKey() {
    const { id } = await create();
    await call('disableKey', 204, { id });
    assert.strictEqual((await metadata(id)).state, 2);
    await refused(409, 'KEY_ACTION_INVALID_STATE_ERR', wrap(id));
  },

  async enableKey() {
    const { id } = await create();
    await call('disableKey', 204, { id });
    await call('enableKey', 204, { id });
    await wrap(id);
  },

  async deleteKey() {
    const { id } = await create();
    const { result } = await call('deleteKey', 200, { id, prefer: 'return=representation' });
    assert.deepStrictEqual([result.resources[0].id, result.resources[0].state], [id, 5]);
    await call('deleteKey', 204, { id: (await create()).id });
  },

  async restoreKey() {
    const { id } = await create({ payload: MATERIAL });
    await call('deleteKey', 204, { id });
    const { result } = await call('restoreKey', 201, { id });
    const restored = await json(result); // of this one operation the client hands out the unread stream
    assert.deepStrictEqual([restored.resources[0].id, restored.resources[0].state], [id, 1]);
    await wrap(id);
  },
};
