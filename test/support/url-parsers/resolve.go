// Reads URIs, one JSON string a line; writes for each what Go's readers take it for.
package main

import (
	"bufio"
	"encoding/json"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
)

// A server undoes escapes and resolves dots in either order, or does one of them only.
func paths(written string) []string {
	found := []string{written, path.Clean(written)}
	once, err := url.PathUnescape(written)
	if err != nil {
		return found
	}
	found = append(found, once, path.Clean(once))
	if after, err := url.PathUnescape(path.Clean(written)); err == nil {
		found = append(found, after, path.Clean(after))
	}
	if twice, err := url.PathUnescape(once); err == nil {
		found = append(found, twice, path.Clean(twice))
	}
	return found
}

func readings(uri string) [][]any {
	found := [][]any{}
	add := func(u *url.URL) {
		port, _ := strconv.Atoi(u.Port())
		written := u.EscapedPath()
		if u.Opaque != "" {
			written = u.Opaque
		}
		for _, p := range append(paths(written), u.Path, path.Clean(u.Path)) {
			found = append(found, []any{u.Scheme, u.Hostname(), port, p})
		}
	}
	if u, err := url.Parse(uri); err == nil {
		add(u)
		add(u.JoinPath())
		if base, err := url.Parse("https://other.example/"); err == nil {
			add(base.ResolveReference(u))
		}
	}
	if strings.HasPrefix(uri, "file://") {
		for _, p := range paths(strings.TrimPrefix(uri, "file://")) {
			found = append(found, []any{"file", "", 0, p})
		}
	}
	return found
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var uri string
		if json.Unmarshal(lines.Bytes(), &uri) != nil {
			panic("not a JSON string")
		}
		if out.Encode(readings(uri)) != nil {
			panic("not written")
		}
	}
}
