'use strict';

// Run the operations one after the other, without those whose names are arguments, and print one JSON line
// for each; the first line holds the methods of the client, found in the client itself.
const { KeyProtectV2 } = require('./connect');
const operations = { ...require('./keys'), ...require('./around_keys'), ...require('./emulated') };

async function outcome(run) {
  try {
    await run();
    return { ok: true, detail: '' };
  } catch (error) {
    return { ok: false, detail: [error.stack, JSON.stringify(error.body)].join('\n') };
  }
}

async function main(without) {
  const methods = Object.getOwnPropertyNames(KeyProtectV2.prototype).filter((name) => name !== 'constructor');
  console.log(JSON.stringify({ methods }));
  for (const [operation, run] of Object.entries(operations)) {
    if (!without.includes(operation)) {
      console.log(JSON.stringify({ operation, ...(await outcome(run)) }));
    }
  }
}

main(process.argv.slice(2));
