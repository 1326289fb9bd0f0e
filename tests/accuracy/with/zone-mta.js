// ZoneMTA's table of replies over replies on standard input, one a line: "NUMBER CATEGORY".
'use strict';
const fs = require('fs');
const path = require('path');
const bounces = require(path.resolve(process.argv[2], 'node_modules/zone-mta/lib/bounces'));
fs.readFileSync(0, 'utf8').split('\n').slice(0, -1).forEach((line, number) => {
	const found = bounces.check(line.replace(/\\n/g, '\n'));
	process.stdout.write(`${number} ${found.category || ''}\n`);
});
