<?php
// composer/semver's normal form and PHP's version_compare. See ../vercmp_peer.py.
require '/usr/share/php/Composer/Semver/autoload.php';

function normal(Composer\Semver\VersionParser $parser, string $text): ?string
{
	try {
		return $parser->normalize($text);
	} catch (UnexpectedValueException $e) {
		return null;
	}
}

$parser = new Composer\Semver\VersionParser();
while (($row = fgets(STDIN)) !== false) {
	[$a, $b] = explode("\t", rtrim($row, "\n"));
	$x = normal($parser, $a);
	$y = normal($parser, $b);
	if (preg_match('/\d{19}/', $a . ' ' . $b))
		echo "x\n"; // beyond its numbers
	elseif ($x === null || $y === null || strpos($x, 'dev-') === 0 || strpos($y, 'dev-') === 0)
		echo "?\n";
	else
		echo substr('<=>', version_compare($x, $y) + 1, 1), "\n";
}
