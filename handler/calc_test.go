//go:build calc

package main_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSpreadsheet opens the published file and the error log in LibreOffice Calc,
// as a partner would. make test-calc runs it.
func TestSpreadsheet(t *testing.T) {
	p := open(t, troublesome(), map[string]string{"REPORTS": "details=" + detailCall})
	p.night()
	published := p.published("details")
	csv := p.blob(fmt.Sprintf("details/%s/details_%[1]s.csv", p.today))
	log := p.blob(fmt.Sprintf("details/%s/details_%[1]s.errors.log", p.today))
	sheet, logged := convert(t, csv, ','), convert(t, log, '\t')

	for what, opened := range map[string]worksheet{
		"the file, split at commas":     sheet,
		"the file, split at semicolons": convert(t, csv, ';'),
		"the file, split at tabs":       convert(t, csv, '\t'),
		"the error log":                 logged,
	} {
		t.Run("no cell is a formula in "+what, func(t *testing.T) {
			if len(opened.formulas) > 0 {
				t.Errorf("formulas: %q", opened.formulas)
			}
		})
	}
	t.Run("every line of the error log is a row", func(t *testing.T) {
		want := 1 + len(p.failures("details"))
		if logged.rows != want || want == 1 {
			t.Errorf("%d rows, want %d", logged.rows, want)
		}
	})
	t.Run("names keep their accents, scripts and line breaks", func(t *testing.T) {
		column, checked := slices.Index(published.header, "Display Name"), 0
		for _, rows := range published.rows {
			for _, row := range rows {
				for _, name := range []string{row[1], row[column]} {
					if isASCII(name) {
						continue
					}
					checked++
					if !slices.Contains(sheet.texts, shown(name)) {
						t.Errorf("%q is not in the sheet", name)
					}
				}
			}
		}
		if checked == 0 || !strings.Contains(strings.Join(sheet.texts, "\n"), "Café Noël, Zürich") {
			t.Error("no name has accents, so this test checks nothing")
		}
	})
	t.Run("the byte order mark is not part of the first header", func(t *testing.T) {
		if !slices.Contains(sheet.texts, published.header[0]) {
			t.Errorf("%q is not in the sheet", published.header[0])
		}
	})
	t.Run("every record is a row", func(t *testing.T) {
		want := 1
		for _, rows := range published.rows {
			want += len(rows)
		}
		if sheet.rows != want {
			t.Errorf("%d rows, want %d", sheet.rows, want)
		}
	})
	t.Run("Calc would run what is not guarded", func(t *testing.T) {
		for _, separator := range ",;\t" {
			body := fmt.Sprintf("\ufeffName%cCity\r\nContoso%[1]c=1+1\r\n", separator)
			if sheet := convert(t, []byte(body), separator); len(sheet.formulas) != 1 {
				t.Errorf("%q: formulas: %q; this test would not notice one", body, sheet.formulas)
			}
		}
	})
}

func isASCII(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 }) }

// shown is what can be seen of a text: line breaks as one character, and no byte
// order mark at its beginning.
func shown(s string) string {
	return strings.TrimPrefix(strings.ReplaceAll(s, "\r\n", "\n"), "\ufeff")
}

// worksheet is what was found in an .xlsx file.
type worksheet struct {
	rows     int
	formulas []string
	texts    []string
}

// convert makes LibreOffice read a CSV and reads the .xlsx that it writes.
func convert(t *testing.T, csv []byte, separator rune) worksheet {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "report.csv"), csv, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "soffice", "--headless", "-env:UserInstallation=file://"+filepath.ToSlash(dir)+"/profile",
		fmt.Sprintf("--infilter=CSV:%d,34,UTF8,1", separator), // as its import dialog proposes if a file begins with a byte order mark
		"--convert-to", "xlsx", "--outdir", dir, filepath.Join(dir, "report.csv"))
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("convert: %v\n%s", err, output)
	}
	archive, err := zip.OpenReader(filepath.Join(dir, "report.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var sheet worksheet
	for _, file := range archive.File {
		switch {
		case strings.HasPrefix(file.Name, "xl/worksheets/sheet"):
			elements(t, file, func(name, text string) {
				switch name {
				case "row":
					sheet.rows++
				case "f":
					sheet.formulas = append(sheet.formulas, text)
				}
			})
		case file.Name == "xl/sharedStrings.xml":
			var pieces string // of a cell whose text has several scripts
			elements(t, file, func(name, text string) {
				switch name {
				case "t":
					pieces += text
				case "si":
					sheet.texts, pieces = append(sheet.texts, shown(pieces)), ""
				}
			})
		}
	}
	return sheet
}

// elements calls found at the end of each element, with the text since the last one began.
func elements(t *testing.T, file *zip.File, found func(name, text string)) {
	t.Helper()
	body, err := file.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	decoder := xml.NewDecoder(body)
	var text bytes.Buffer
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", file.Name, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			text.Reset()
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			found(token.Name.Local, text.String())
		}
	}
}
