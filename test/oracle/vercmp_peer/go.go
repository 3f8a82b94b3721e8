// golang.org/x/mod/semver. See ../vercmp_peer.py.
package main

import (
	"bufio"
	"fmt"
	"os"
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

func sign(a, b string) string {
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
