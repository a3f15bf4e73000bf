'use strict';

// What stands around keys: aliases, rings, policies, registrations, dual authorization. Which of these run
// is decided by NOT_YET in the test; those in it are written and have not been run.
const assert = require('node:assert');
const { call, collection, create, metadata } = require('./calls');

const POLICY = 'application/vnd.ibm.kms.policy+json';
let number = 0;
const fresh = (word) => `${word}-${process.pid}-${(number += 1)}`;

module.exports = {
  async createKeyAlias() {
    const [{ id }, alias] = [await create(), fresh('node')];
    await call('createKeyAlias', 201, { id, alias });
    assert.strictEqual((await metadata(alias)).id, id);
  },

  async deleteKeyAlias() {
    const [{ id }, alias] = [await create(), fresh('node')];
    await call('createKeyAlias', 201, { id, alias });
    await call('deleteKeyAlias', 204, { id, alias });
    assert.deepStrictEqual((await metadata(id)).aliases ?? [], []);
  },

  async createKeyRing() {
    const keyRingId = fresh('ring');
    await call('createKeyRing', 201, { keyRingId });
    const { result } = await call('listKeyRings', 200);
    assert.ok(result.resources.some(({ id }) => id === keyRingId));
  },

  async listKeyRings() {
    const { result } = await call('listKeyRings', 200);
    assert.ok(result.resources.some(({ id }) => id === 'default'));
  },

  async deleteKeyRing() {
    const keyRingId = fresh('ring');
    await call('createKeyRing', 201, { keyRingId });
    await call('deleteKeyRing', 204, { keyRingId });
  },

  async putPolicy() {
    const { id } = await create();
    const setKeyPoliciesOneOf = collection(POLICY, { rotation: { interval_month: 2 } });
    const { result } = await call('putPolicy', 200, { id, policy: 'rotation', setKeyPoliciesOneOf });
    assert.strictEqual(result.resources[0].rotation.interval_month, 2);
  },

  async getPolicy() {
    const { id } = await create();
    const { result } = await call('getPolicy', 200, { id });
    assert.strictEqual(result.metadata.collectionTotal, 0);
  },

  async putInstancePolicy() {
    const policy = { policy_type: 'metrics', policy_data: { enabled: true } };
    const setInstancePoliciesOneOf = collection(POLICY, policy);
    await call('putInstancePolicy', 204, { policy: 'metrics', setInstancePoliciesOneOf });
    const { result } = await call('getInstancePolicy', 200, { policy: 'metrics' });
    assert.strictEqual(result.resources[0].policy_data.enabled, true);
  },

  async getInstancePolicy() {
    await call('getInstancePolicy', 200);
  },

  async getAllowedIpPort() {
    const { result } = await call('getAllowedIpPort', 200);
    assert.strictEqual(result.metadata.collectionTotal, result.resources.length);
  },

  async setKeyForDeletion() {
    const { id } = await create();
    const setKeyPoliciesOneOf = collection(POLICY, { dualAuthDelete: { enabled: true } });
    await call('putPolicy', 200, { id, policy: 'dualAuthDelete', setKeyPoliciesOneOf });
    await call('setKeyForDeletion', 204, { id });
    assert.strictEqual((await metadata(id)).dualAuthDelete.keySetForDeletion, true);
  },

  async unsetKeyForDeletion() {
    const { id } = await create();
    const setKeyPoliciesOneOf = collection(POLICY, { dualAuthDelete: { enabled: true } });
    await call('putPolicy', 200, { id, policy: 'dualAuthDelete', setKeyPoliciesOneOf });
    await call('setKeyForDeletion', 204, { id });
    await call('unsetKeyForDeletion', 204, { id });
    assert.strictEqual((await metadata(id)).dualAuthDelete.keySetForDeletion, false);
  },

  async getRegistrations() {
    const { id } = await create();
    const { result } = await call('getRegistrations', 200, { id });
    assert.strictEqual(result.metadata.collectionTotal, 0);
  },

  async getRegistrationsAllKeys() {
    await call('getRegistrationsAllKeys', 200);
  },

  async syncAssociatedResources() {
    await call('syncAssociatedResources', 204, { id: (await create()).id });
  },
};
