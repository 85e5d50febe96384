// Command cmdlets makes the tables of Exchange's cmdlets from Microsoft's
// documentation, a local clone of github.com/MicrosoftDocs/office-docs-powershell:
//
//	go run ./internal/cmd/cmdlets /path/to/office-docs-powershell
//
// It writes names, positions and kinds, and none of the documentation's texts.
package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strings"
)

const (
	pages        = "exchange/exchange-ps/ExchangePowerShell"
	table        = "internal/report/cmdlets.txt"
	examples     = "internal/report/testdata/examples.txt"
	cmdletPrefix = "Get-"
)

// gone is what a page says about a cmdlet that should no longer be used.
var gone = regexp.MustCompile(`This cmdlet is (?:retired\.|replaced by )`)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cmdlets:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("want the directory of a clone of office-docs-powershell")
	}
	commit, err := git(arguments[0], "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	archive, err := git(arguments[0], "archive", "HEAD", pages)
	if err != nil {
		return err
	}
	from := "# MicrosoftDocs/office-docs-powershell, commit " + string(commit)
	var lines, shapes, limited strings.Builder
	lines.WriteString(from + "# Where, name, and parameters: @N is a position, ? a switch.\n")
	shapes.WriteString(from + "# The shapes of the examples: cmdlets, parameters, and kinds of values.\n")
	for name, text := range pagesOf(archive, &err) {
		if gone.MatchString(text) {
			continue
		}
		p := readPage(name, text)
		lines.WriteString(p.String() + "\n")
		if p.where == online {
			limited.WriteString(p.limit())
			for _, example := range p.examples {
				shapes.WriteString(shape(example) + "\n")
			}
		}
	}
	if err != nil {
		return err
	}
	source, err := limitsFile(strings.TrimSpace(string(commit)), limited.String())
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(table, []byte(lines.String()), 0o644), os.WriteFile(examples, []byte(shapes.String()), 0o644),
		os.WriteFile(limits, source, 0o644))
}

func git(directory string, arguments ...string) ([]byte, error) {
	out, err := exec.Command("git", append([]string{"-C", directory}, arguments...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("git %s in %s: %w", arguments[0], directory, err)
	}
	return out, nil
}

// pagesOf yields the name and the text of every page of a cmdlet that reads, in the
// order of their names. It stores its error where the caller says.
func pagesOf(archive []byte, failed *error) func(yield func(string, string) bool) {
	return func(yield func(string, string) bool) {
		files := tar.NewReader(bytes.NewReader(archive))
		for {
			header, err := files.Next()
			if err != nil {
				if err != io.EOF {
					*failed = err
				}
				return
			}
			name, isPage := strings.CutSuffix(path.Base(header.Name), ".md")
			if !isPage || !strings.HasPrefix(name, cmdletPrefix) {
				continue
			}
			text, err := io.ReadAll(files)
			if err != nil {
				*failed = err
				return
			}
			if !yield(name, string(text)) {
				return
			}
		}
	}
}
