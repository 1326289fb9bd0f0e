// npm's bounce-handler over an mbox on standard input: "NUMBER STATUS" for each message.
'use strict';
const fs = require('fs');
const path = require('path');
const BounceHandler = require(path.resolve(process.argv[2], 'node_modules/bounce-handler')).BounceHandler;
const messages = fs.readFileSync(0, 'utf8').split(/^From MAILER-DAEMON .*\n/m).slice(1);
console.log = () => {}; // it writes what it thinks
messages.forEach((text, number) => {
	let status = '';
	try {
		const found = new BounceHandler().parse_email(text);
		status = (Array.isArray(found) && found[0] && found[0].status) || '';
	} catch (_) {
		status = '';
	}
	process.stdout.write(`${number} ${status}\n`);
});
