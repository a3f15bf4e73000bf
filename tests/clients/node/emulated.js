'use strict';

// What only a development server does: it is told by the command that starts it, from any language.
const { execFileSync } = require('node:child_process');
const { call, create, refused, wrap } = require('./calls');

function dev(...words) {
  return execFileSync('keystead', ['dev', ...words], { encoding: 'utf8' }).trim();
}

module.exports = {
  async 'wrapKey: after the key has expired'() {
    const expirationDate = new Date(Date.parse(dev('clock', '0')) + 3_600_000).toISOString();
    const { id } = await create({ expirationDate });
    await wrap(id);
    dev('clock', '+1h');
    await refused(409, 'KEY_ACTION_INVALID_STATE_ERR', wrap(id));
  },

  async 'rotateKey: with a fault that was ordered'() {
    const { id } = await create();
    dev('fault', '/api/v2/keys/{key}/actions/rotate', '--method', 'POST', '--status', '409', '--count', '1');
    await refused(409, 'REQ_TOO_EARLY_ERR', call('rotateKey', 204, { id }));
    await call('rotateKey', 204, { id });
  },
};
