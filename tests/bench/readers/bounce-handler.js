// npm's bounce-handler over the messages of a directory, from memory, for some seconds of processor time.
// Prints: messages a second, messages in which it names somebody, messages.
'use strict';
const fs = require('fs');
const path = require('path');
const BounceHandler = require(path.resolve(process.argv[2], 'node_modules/bounce-handler')).BounceHandler;
const seconds = Number(process.argv[3]);
const folder = process.argv[4];
const messages = fs.readdirSync(folder).filter((name) => name.endsWith('.eml')).sort()
	.map((name) => fs.readFileSync(path.join(folder, name), 'latin1'));
console.log = () => {}; // it writes what it thinks

function one(text) {
	try {
		const found = new BounceHandler().parse_email(text);
		return Array.isArray(found) ? found.some((r) => r.recipient) : false;
	} catch (_) {
		return false;
	}
}

const named = messages.filter(one).length;
const start = process.cpuUsage();
let done = 0;
let used = 0;
while (used < seconds) {
	messages.forEach(one);
	done += messages.length;
	const cpu = process.cpuUsage(start);
	used = (cpu.user + cpu.system) / 1e6;
}
process.stdout.write(`${(done / used).toFixed(1)} ${named} ${messages.length}\n`);
