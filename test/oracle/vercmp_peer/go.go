// golang.org/x/mod/semver. See ../vercmp_peer.py.
package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"

	"golang.org/x/mod/semver"
)

// Published data writes versions of modules without the "v", too.
func withV(text string) string {
	if strings.HasPrefix(text, "v") {
		return text
	}
	return "v" + text
}

// Corten also reads releases of Go itself, which this package does not know.
var release = regexp.MustCompile(`^\d+(\.\d+){0,2}(alpha|beta|rc)\d+($|[-+])`)

func sign(a, b string) string {
	if release.MatchString(a) || release.MatchString(b) {
		return "x"
	}
	a, b = withV(a), withV(b)
	if !semver.IsValid(a) || !semver.IsValid(b) {
		return "?"
	}
	return string("<=>"[semver.Compare(a, b)+1])
}

func main() {
	rows := bufio.NewScanner(os.Stdin)
	for rows.Scan() {
		row := strings.SplitN(rows.Text(), "\t", 2)
		fmt.Println(sign(row[0], row[1]))
	}
}
