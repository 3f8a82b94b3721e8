// The crate semver, which Cargo uses. See ../vercmp_peer.py.
use semver::{BuildMetadata, Version};
use std::io::{self, BufRead};

// Precedence: build metadata does not count (SemVer 2.0.0, clause 10).
fn parse(text: &str) -> Option<Version> {
    let mut version = Version::parse(text).ok()?;
    version.build = BuildMetadata::EMPTY;
    Some(version)
}

fn sign(a: &str, b: &str) -> char {
    match (parse(a), parse(b)) {
        (Some(x), Some(y)) => ['<', '=', '>'][(x.cmp(&y) as i8 + 1) as usize],
        _ => '?',
    }
}

fn main() {
    for row in io::stdin().lock().lines() {
        let row = row.unwrap();
        let (a, b) = row.split_once('\t').unwrap();
        println!("{}", sign(a, b));
    }
}
