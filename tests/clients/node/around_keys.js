'use strict';

// What stands around keys: aliases, rings, policies, registrations, dual authorization. Which of these run
// is decided by NOT_YET in the test; those in it are written and have not been run.
const assert = require('node:assert');
const { call, collection, create, metadata, refused } = require('./calls');

const POLICY = 'application/vnd.ibm.kms.policy+json';
const BUCKET = 'crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:node';
const DUAL = { dualAuthDelete: { enabled: true } };
let number = 0;
const fresh = (word) => `${word}-${process.pid}-${(number += 1)}`;

const putPolicy = async (id, policy, resource) =>
  (await call('putPolicy', 200, { id, policy, setKeyPoliciesOneOf: collection(POLICY, resource) })).result.resources;

const getPolicy = async (id, query = {}) => (await call('getPolicy', 200, { id, ...query })).result.resources;

// Set a policy of the instance, which the operations after this one and other clients share.
async function putInstancePolicy(policy, data) {
  const setInstancePoliciesOneOf = {
    metadata: { collectionType: POLICY, collectionTotal: 1 },
    resources: [{ policy_type: policy, policy_data: data }],
  };
  await call('putInstancePolicy', 204, { policy, setInstancePoliciesOneOf });
}

async function instancePolicy(policy) {
  return (await call('getInstancePolicy', 200, { policy })).result.resources[0].policy_data;
}

// What a service has registered before the test; no client can.
async function registered() {
  const urlEncodedResourceCrnQuery = encodeURIComponent(BUCKET);
  const { result } = await call('getRegistrationsAllKeys', 200, { urlEncodedResourceCrnQuery, totalCount: true });
  assert.deepStrictEqual([result.metadata.totalCount, result.resources.length], [1, 1]);
  return result.resources[0];
}

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
    const [{ rotation }] = await putPolicy(id, 'rotation', { rotation: { interval_month: 2 } });
    assert.deepStrictEqual(rotation, { enabled: true, interval_month: 2 });
    assert.deepStrictEqual((await metadata(id)).rotation, rotation);
  },

  async 'putPolicy: refused'() {
    const { id } = await create({ extractable: true });
    await refused(400, 'KEY_ROOT_REQ_ERR', putPolicy(id, 'rotation', { rotation: { interval_month: 2 } }));
  },

  async getPolicy() {
    const { id } = await create();
    assert.deepStrictEqual(await getPolicy(id), []);
    const [rotation] = await putPolicy(id, 'rotation', { rotation: { interval_month: 2 } });
    const [dual] = await putPolicy(id, 'dualAuthDelete', DUAL);
    assert.deepStrictEqual(await getPolicy(id), [rotation, dual]);
    assert.deepStrictEqual(await getPolicy(id, { policy: 'dualAuthDelete' }), [dual]);
  },

  async putInstancePolicy() {
    await putInstancePolicy('rotation', { enabled: true, attributes: { interval_month: 3 } });
    try {
      assert.deepStrictEqual((await instancePolicy('rotation')).attributes, { interval_month: 3 });
      assert.strictEqual((await metadata((await create()).id)).rotation.interval_month, 3);
    } finally {
      await putInstancePolicy('rotation', { enabled: false });
    }
    assert.strictEqual((await instancePolicy('rotation')).enabled, false);
  },

  async getInstancePolicy() {
    await putInstancePolicy('metrics', { enabled: false });
    const { result } = await call('getInstancePolicy', 200);
    assert.strictEqual(result.metadata.collectionTotal, result.resources.length);
    assert.ok(result.resources.some(({ policy_type: type }) => type === 'metrics'));
  },

  async getAllowedIpPort() {
    assert.deepStrictEqual((await call('getAllowedIpPort', 200)).result.resources, []);
    await putInstancePolicy('allowedIP', { enabled: true, attributes: { allowed_ip: ['127.0.0.0/8', '::1'] } });
    try {
      const { result } = await call('getAllowedIpPort', 200);
      const port = Number(new URL(process.env.KEYSTEAD_URL).port);
      assert.deepStrictEqual(result.resources, [{ private_endpoint_port: port }]);
    } finally {
      await putInstancePolicy('allowedIP', { enabled: false });
    }
  },

  async setKeyForDeletion() {
    const { id } = await create();
    await refused(409, 'NOT_DUAL_AUTH_ERR', call('setKeyForDeletion', 204, { id }));
    await putPolicy(id, 'dualAuthDelete', DUAL);
    await call('setKeyForDeletion', 204, { id });
    assert.strictEqual((await metadata(id)).dualAuthDelete.keySetForDeletion, true);
    await refused(409, 'AUTHORIZATIONS_NOT_MET', call('deleteKey', 204, { id })); // one person cannot be both
  },

  async unsetKeyForDeletion() {
    const { id } = await create();
    await putPolicy(id, 'dualAuthDelete', DUAL);
    await call('setKeyForDeletion', 204, { id });
    await call('unsetKeyForDeletion', 204, { id });
    assert.strictEqual((await metadata(id)).dualAuthDelete.keySetForDeletion, false);
  },

  async getRegistrations() {
    const found = await registered();
    const { result } = await call('getRegistrations', 200, { id: found.keyId, preventKeyDeletion: false });
    assert.deepStrictEqual(result.resources, [found]);
    assert.deepStrictEqual((await call('getRegistrations', 200, { id: (await create()).id })).result.resources, []);
  },

  async getRegistrationsAllKeys() {
    const found = await registered();
    assert.deepStrictEqual([found.resourceCrn, found.description], [BUCKET, 'bucket key']);
    assert.strictEqual(found.keyVersion.id, (await metadata(found.keyId)).keyVersion.id);
  },

  async 'deleteKey: in use'() {
    await refused(409, 'PROTECTED_RESOURCE_ERR', call('deleteKey', 204, { id: (await registered()).keyId }));
  },

  async syncAssociatedResources() {
    const id = (await registered()).keyId;
    await call('syncAssociatedResources', 204, { id });
    await refused(409, 'REQ_TOO_EARLY_ERR', call('syncAssociatedResources', 204, { id }));
  },
};
