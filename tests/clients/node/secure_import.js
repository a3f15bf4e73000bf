'use strict';

// What the owner of key material does with an import token, in Node's own cryptography: this client has no
// function for it. The nonce of the token, encrypted with the new key, proves that both ends mean the same key.
const { constants, createCipheriv, publicEncrypt, randomBytes } = require('node:crypto');
const { call } = require('./calls');

async function secureImport(material) {
  await call('postImportToken', 200, { expiration: 600, maxAllowedRetrievals: 1 });
  const token = (await call('getImportToken', 200)).result;
  const key = Buffer.from(token.payload, 'base64');
  const iv = randomBytes(12);
  const cipher = createCipheriv(`aes-${material.length * 8}-gcm`, material, iv);
  const nonce = [cipher.update(Buffer.from(token.nonce, 'base64')), cipher.final(), cipher.getAuthTag()];
  const sealed = publicEncrypt(
    { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    material,
  );
  return {
    payload: sealed.toString('base64'),
    encryptedNonce: Buffer.concat(nonce).toString('base64'),
    iv: iv.toString('base64'),
    encryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  };
}

module.exports = { secureImport };
