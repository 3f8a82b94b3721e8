// node-semver in its loose mode. See ../vercmp_peer.py.
'use strict';
const semver = require('semver');

// Corten reads "1" and "1.2", and no fourth number, which node-semver takes for a
// pre-release if the third has two digits (1.2.33.4 is its 1.2.3-3.4).
function parse(text) {
	text = text.trim();
	const short = /^[v=\s]*\d+(\.\d+)?$/.exec(text);
	if (short)
		text += short[1] ? '.0' : '.0.0';
	return /^[v=\s]*\d+\.\d+\.\d+\./.test(text) ? null : semver.parse(text, { loose: true });
}

function sign(a, b) {
	if (/\d{16}/.test(a) || /\d{16}/.test(b))
		return 'x'; // beyond its numbers
	const x = parse(a), y = parse(b);
	return x === null || y === null ? '?' : '<=>'[x.compare(y) + 1];
}

const rows = require('fs').readFileSync(0, 'utf8').split('\n').filter(Boolean);
process.stdout.write(rows.map((row) => sign(...row.split('\t'))).join('\n') + '\n');
