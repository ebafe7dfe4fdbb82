// Command packdict compresses the segmenter's dictionaries, out of its module's
// own folder, into analyzer/dict, where a build with the tag embeddict takes
// them into the binary. "make build" runs it; the files are not committed.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"huiying/analyzer/dict"
)

func main() {
	to := filepath.Join("analyzer", "dict")
	if len(os.Args) > 1 {
		to = os.Args[1]
	}
	if err := run(to); err != nil {
		fmt.Fprintln(os.Stderr, "packdict:", err)
		os.Exit(1)
	}
}

func run(to string) error {
	out, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/yanyiwu/gojieba").Output()
	if err != nil {
		return fmt.Errorf("find the module of the segmenter: %w", err)
	}
	return dict.Pack(filepath.Join(strings.TrimSpace(string(out)), "deps", "cppjieba", "dict"), to)
}
