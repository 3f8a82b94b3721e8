# Gem::Version. See ../vercmp_peer.py.
def sign(a, b)
  return '?' unless Gem::Version.correct?(a) && Gem::Version.correct?(b)

  { -1 => '<', 0 => '=', 1 => '>' }[Gem::Version.new(a) <=> Gem::Version.new(b)]
end

$stdin.each_line(chomp: true) { |row| puts sign(*row.split("\t", 2)) }
