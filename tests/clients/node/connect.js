'use strict';

// Node reads the server's CA from the file that NODE_EXTRA_CA_CERTS names; nothing else is set.
const KeyProtectV2 = require('@ibm-cloud/ibm-key-protect/ibm-key-protect-api/v2');
const { IamAuthenticator } = require('@ibm-cloud/ibm-key-protect/auth');

const authenticator = new IamAuthenticator({
  apikey: process.env.IBMCLOUD_API_KEY,
  url: process.env.IBMCLOUD_IAM_API_ENDPOINT,
});
const kms = new KeyProtectV2({ authenticator, serviceUrl: process.env.KEYSTEAD_URL });
const instance = { bluemixInstance: process.env.KP_INSTANCE_ID };

module.exports = { KeyProtectV2, kms, instance };
